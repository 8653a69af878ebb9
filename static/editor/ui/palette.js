// The palette: every action, class and image of the dataset by a few of its letters; what was used last comes first.
import { call } from "../../lib/api.js";
import { el, must } from "../../lib/dom.js";
import { misfit } from "../../lib/fuzzy.js";
import { keycaps } from "../../lib/keys.js";
import { pickClass } from "./actions.js";
import { swatch } from "./swatch.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("./actions.js").Action} Action
 * @typedef {{id: string, label: string, hint: Node[], sign: Node | null, off: string, late: boolean, run: () => void}} Choice
 *   `off` says why it can't be done now; a `late` one is only shown to who types for it
 */

const MAC = /Mac|iP(hone|ad)/.test(navigator.platform);
const RECENT = 8;
const SHOWN = 60;
/** From so many letters on images are searched, when typing rests. */
const LETTERS = 2;
const REST_MS = 180;

/** @param {string} combo @returns {HTMLElement} */
export const capsOf = (combo) => el("span", { class: "keys" }, ...keycaps(combo, MAC).map((cap) => el("kbd", {}, cap)));

/** Why an action does nothing now; empty where it does. @param {Action} action @param {App} app */
export function reasonOf(action, app) {
  if (!action.enabled || action.enabled(app)) return "";
  const { editor } = app;
  const wants = /^(box|class|proposal|shape)\b|^(undo|redo)$/.test(action.id);
  if (wants && !editor.data.can.annotate) return "You can look, but not edit";
  if (wants && editor.isLocked) return "Approved: reopen it first";
  if (action.group === "Review") return editor.data.can.review ? `Not while it is ${editor.state.replace("_", " ")}` : "For reviewers";
  if (action.id === "undo" || action.id === "redo") return "Nothing there";
  if (action.id.startsWith("image.")) return "No more images";
  if (action.id === "box.paste") return "Copy a box first";
  return editor.selection.size ? "Not now" : "Select a box first";
}

export class Palette {
  /** @param {App} app @param {HTMLDialogElement} dialog */
  constructor(app, dialog) {
    this.app = app;
    this.dialog = dialog;
    this.search = /** @type {HTMLInputElement} */ (must("#picker-search"));
    this.options = must("#picker-options");
    /** @type {Choice[]} */
    this.choices = [];
    /** @type {Choice[]} */
    this.images = [];
    /** @type {Choice[]} */
    this.found = [];
    this.at = 0;
    this.search.addEventListener("input", () => this.typed());
    this.search.addEventListener("keydown", (event) => this.key(event));
    this.options.addEventListener("click", (event) => this.click(event));
  }

  /** @param {"palette" | "classes"} name */
  open(name) {
    this.searchesImages = name === "palette";
    this.choices = name === "palette" ? [...this.actionChoices(), ...this.classChoices("Class: ")] : this.classChoices("");
    this.typed();
  }

  /** @returns {Choice[]} */
  actionChoices() {
    const { app } = this;
    const { recent } = app.editor.settings.values;
    const rank = (/** @type {Action} */ { id }) => (recent.includes(id) ? recent.indexOf(id) : RECENT);
    return app.actions
      .filter((action) => !action.held && !action.shown?.includes("…") && action.shown?.length !== 0 && !action.keys.some((key) => key.includes("Arrow")))
      .sort((a, b) => rank(a) - rank(b))
      .map((action) => ({
        id: action.id, label: action.title, hint: action.keys.slice(0, 1).map(capsOf), sign: null, late: false,
        off: reasonOf(action, app), run: () => void action.run(app, action.keys[0] ?? ""),
      }));
  }

  /** @param {string} before @returns {Choice[]} */
  classChoices(before) {
    return this.app.editor.data.classes.map((one) => ({
      id: "", label: before + one.name, hint: [], sign: swatch(one.color), off: "", late: before !== "", run: () => pickClass(this.app, one.id),
    }));
  }

  typed() {
    clearTimeout(this.resting);
    this.images = [];
    if (this.searchesImages && this.search.value.trim().length >= LETTERS) this.resting = setTimeout(() => void this.findImages(), REST_MS);
    this.filter();
  }

  /** Images of this dataset by a part of their name. */
  async findImages() {
    const typed = this.search.value.trim();
    const { image, urls } = this.app.editor.data;
    const query = new URLSearchParams({ dataset: image.dataset, q: typed, limit: "6" });
    try {
      const answer = await call(`${image.data_url.split(`/${image.id}/`)[0]}?${query}`);
      if (typed !== this.search.value.trim()) return;
      this.images = answer.results.map((/** @type {{id: string, filename: string}} */ { id, filename }) => ({
        id: "", label: filename, hint: [el("span", { class: "note" }, "Image")], sign: null, off: "", late: true,
        run: () => void this.app.travel.visit(urls.state.replace(image.id, id).replace(/[^/]+$/, "")),
      }));
      this.filter(this.at);
    } catch {
      // Without the server there are still the actions.
    }
  }

  /** What fits, the best first; among equals what was used last. @param {number} [at] the row to stay on */
  filter(at = 0) {
    const wanted = this.search.value.trim();
    const ranked = this.choices
      .filter((choice) => wanted || !choice.late)
      .map((choice) => ({ choice, rank: Math.min(misfit(choice.label, wanted), misfit(choice.label.replace(/^Class: /, ""), wanted)) }))
      .filter(({ rank }) => rank < Infinity)
      .sort((a, b) => Number(Boolean(a.choice.off)) - Number(Boolean(b.choice.off)) || a.rank - b.rank);
    this.found = [...ranked.map(({ choice }) => choice).slice(0, SHOWN), ...this.images];
    this.at = Math.min(at, Math.max(this.found.length - 1, 0));
    this.draw();
  }

  draw() {
    const rows = this.found.map((choice, at) =>
      el(
        "div",
        { role: "option", id: `choice-${at}`, class: "line", "data-at": at, "aria-selected": String(at === this.at), "aria-disabled": choice.off ? "true" : null },
        choice.sign, el("span", { class: "grow" }, choice.label), choice.off ? el("span", { class: "note" }, choice.off) : null, ...choice.hint,
      ),
    );
    this.options.replaceChildren(...(rows.length ? rows : [el("p", { class: "note" }, "Nothing found. Type other letters.")]));
    this.search.setAttribute("aria-activedescendant", rows.length ? `choice-${this.at}` : "");
    rows[this.at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      this.take();
    }
    // Of a search field the browser would only empty it.
    if (event.key === "Escape") this.dialog.close();
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    this.at = (this.at + step + this.found.length) % Math.max(this.found.length, 1);
    this.draw();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const row = /** @type {HTMLElement} */ (event.target).closest("[data-at]");
    if (row) this.take(Number(row.getAttribute("data-at")));
  }

  /** Do what a row says. @param {number} [at] */
  take(at = this.at) {
    const choice = this.found[at];
    if (!choice || choice.off) return;
    this.dialog.close();
    const { editor } = this.app;
    if (choice.id) editor.set({ recent: [choice.id, ...editor.settings.values.recent.filter((id) => id !== choice.id)].slice(0, RECENT) });
    choice.run();
  }
}
