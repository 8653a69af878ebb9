// The filter of boxes: what is chosen here narrows the picture, the list, Tab, the sweep and "select all".
import { el, must } from "../../lib/dom.js";
import { swatch } from "./swatch.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {"sources" | "states" | "classes"} Part
 */

const SOURCES = [["human", "People"], ["model", "Model"], ["import", "Import"]];
const STATES = [["proposed", "Proposed"], ["accepted", "Accepted"], ["rejected", "Rejected"]];
const REST_MS = 120;

/** @type {Filters | null} */
let filters = null;

/** What can be asked for, in the open filter. @param {App} app */
export function showFilters(app) {
  filters ??= new Filters(app);
  filters.draw();
}

class Filters {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.root = must("#filters");
    this.words = /** @type {HTMLInputElement} */ (must("#filter-words"));
    this.words.addEventListener("input", () => this.typed());
    this.chips = must("#filter-chips");
    this.chips.addEventListener("click", (event) => this.click(event));
    if (this.words.value) this.typed();
    this.root.addEventListener("keydown", (event) => this.key(event));
    for (const name of /** @type {const} */ (["settings", "classes", "opened"])) app.editor.on(name, () => this.draw());
  }

  get choice() {
    return this.app.editor.sight.choice;
  }

  typed() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.app.editor.sight.ask({ words: this.words.value }), REST_MS);
  }

  draw() {
    if (this.root.hidden) return;
    const { editor } = this.app;
    const { choice } = this;
    if (document.activeElement !== this.words) this.words.value = choice.words;
    const focused = document.activeElement?.getAttribute("data-chip");
    const locks = [...editor.document.view.values()].some((box) => "locked" in box);
    this.chips.replaceChildren(
      this.row("Source", SOURCES.map(([id, words]) => this.chip("sources", id, words))),
      this.row("State", STATES.map(([id, words]) => this.chip("states", id, words))),
      this.row("Only", [this.flag("mine", "Mine"), locks ? this.flag("locked", "Locked") : null]),
      this.row("Class", editor.data.classes.map((one) => this.chip("classes", one.id, one.name, one.color))),
    );
    if (focused) /** @type {HTMLElement | null} */ (this.chips.querySelector(`[data-chip="${CSS.escape(focused)}"]`))?.focus();
  }

  /** @param {string} name @param {(Node | null)[]} chips */
  row(name, chips) {
    return el("div", { class: "chip-row", role: "group", "aria-label": name }, el("span", { class: "note", "aria-hidden": "true" }, name), el("div", {}, ...chips));
  }

  /** @param {Part} part @param {string} id @param {string} words @param {string} [color] */
  chip(part, id, words, color) {
    const on = /** @type {Set<string | null>} */ (this.choice[part]).has(id);
    return el("button", { type: "button", class: "chip", "aria-pressed": String(on), "data-chip": `${part} ${id}` }, color ? swatch(color) : null, words);
  }

  /** @param {"mine" | "locked"} name @param {string} words */
  flag(name, words) {
    return el("button", { type: "button", class: "chip", "aria-pressed": String(this.choice[name]), "data-chip": name }, words);
  }

  /** @param {MouseEvent} event */
  click(event) {
    const [part, id] = /** @type {HTMLElement} */ (event.target).closest("[data-chip]")?.getAttribute("data-chip")?.split(" ") ?? [];
    if (!part) return;
    if (part === "mine" || part === "locked") return this.app.editor.sight.ask({ [part]: !this.choice[part] });
    const set = new Set(this.choice[/** @type {"sources" | "states"} */ (part)]);
    if (!set.delete(id)) set.add(id);
    this.app.editor.sight.ask({ [part]: set });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.root.hidden = true;
    must("#stage").focus({ preventScroll: true });
    this.app.editor.emit("settings", null);
  }
}
