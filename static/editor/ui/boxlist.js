// The list of boxes: what a screen reader reads, and the list that everybody clicks. Only the rows in sight exist.
import { el, icon, must, perFrame } from "../../lib/dom.js";
import { Lazy } from "./actions/lazy.js";
import { swatch } from "./swatch.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../model/edits.js").Box} Box
 */

const ROW = 28;
const SPARE = 6;
const STATES = /** @type {Record<string, [string, string]>} */ ({
  accepted: ["check", "accepted"], proposed: ["sparkles", "proposed"], rejected: ["x", "rejected"],
});
const SOURCES = /** @type {Record<string, string>} */ ({ human: "by a person", model: "by a model", import: "imported" });

export class BoxList {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.frame = must("#boxes");
    this.rows = el("div", { class: "rows-inner", role: "presentation" });
    this.frame.append(this.rows);
    this.render = perFrame(() => this.draw());
    const { editor } = app;
    for (const name of /** @type {const} */ (["boxes", "classes", "settings", "opened"])) editor.on(name, this.render);
    editor.on("selection", () => this.follow());
    editor.on("boxes", () => this.inherit());
    /** @type {string | undefined} the row that is active after the next deletion */
    this.heir = undefined;
    this.frame.addEventListener("scroll", this.render);
    this.frame.addEventListener("click", (event) => this.click(event));
    this.frame.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.follow()).observe(this.frame);
  }

  /** The box that the keys move from. */
  get active() {
    return [...this.app.editor.selection].at(-1) ?? null;
  }

  draw() {
    const { editor } = this.app;
    const boxes = editor.boxes;
    this.drawCount(boxes.length);
    this.rows.style.blockSize = `${boxes.length * ROW}px`;
    const first = Math.max(Math.floor(this.frame.scrollTop / ROW) - SPARE, 0);
    const last = Math.min(Math.ceil((this.frame.scrollTop + this.frame.clientHeight) / ROW) + SPARE, boxes.length);
    this.rows.replaceChildren(...boxes.slice(first, last).map((box, at) => this.row(box, first + at, boxes.length)));
    const active = this.active && this.rows.querySelector(`#box-${this.active}`);
    if (active) this.frame.setAttribute("aria-activedescendant", active.id);
    else this.frame.removeAttribute("aria-activedescendant");
  }

  /** How many boxes are listed; where some are out of sight, of how many, here and at the edge of the picture. @param {number} listed */
  drawCount(listed) {
    const { sight, document } = this.app.editor;
    const { isNarrow } = sight;
    const total = isNarrow ? sight.counts.total : listed;
    must("#box-count").textContent = isNarrow ? `${listed} of ${total}` : String(listed);
    must("#no-boxes").hidden = total > 0 || !document.loaded;
    must("#none-shown").hidden = !isNarrow || listed > 0 || total === 0;
    must("#sight").hidden = !isNarrow || listed === total;
    must("#sight-words").textContent = `${listed} of ${total} boxes shown`;
  }

  /** @param {Box} box @param {number} at @param {number} of */
  row(box, at, of) {
    const look = this.app.editor.look(box.class_id);
    const [sign, state] = STATES[box.state];
    const score = box.score === null ? "" : box.score.toFixed(2);
    const carried = carriedBy(box);
    const row = el(
      "div",
      {
        role: "option", id: `box-${box.id}`, class: `line ${box.state}`, "data-box": box.id, "aria-posinset": at + 1, "aria-setsize": of,
        "aria-selected": String(this.app.editor.selection.has(box.id)),
        "aria-label": [look.name, score, state, SOURCES[box.source], box.locked ? "locked" : "", carried].filter(Boolean).join(", "),
      },
      swatch(look.color), el("span", { class: "grow truncate" }, look.name, carried ? el("span", { class: "carried" }, carried) : null),
      el("span", { class: "score" }, score), box.locked ? icon("lock") : null, icon(sign),
    );
    row.style.insetBlockStart = `${at * ROW}px`;
    return row;
  }

  /** Keep the selected row in sight. */
  follow() {
    const at = this.app.editor.boxes.findIndex((box) => box.id === this.active);
    if (at >= 0) {
      const top = at * ROW;
      if (top < this.frame.scrollTop) this.frame.scrollTop = top;
      else if (top + ROW > this.frame.scrollTop + this.frame.clientHeight) this.frame.scrollTop = top + ROW - this.frame.clientHeight;
    }
    this.render();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const id = /** @type {HTMLElement} */ (event.target).closest("[data-box]")?.getAttribute("data-box");
    if (!id) return;
    const { editor } = this.app;
    if (event.ctrlKey || event.metaKey) editor.select(toggled(editor.selection, id));
    else if (event.shiftKey && this.active) editor.select(this.span(this.active, id));
    else this.choose(id);
  }

  /** The boxes from one row to another. @param {string} from @param {string} to */
  span(from, to) {
    const ids = this.app.editor.boxes.map((box) => box.id);
    const [a, b] = [ids.indexOf(from), ids.indexOf(to)];
    const part = ids.slice(Math.min(a, b), Math.max(a, b) + 1);
    return a > b ? part.reverse() : part;
  }

  /** @param {string} id */
  choose(id) {
    const { editor } = this.app;
    editor.select([id]);
    const box = editor.document.view.get(id);
    if (box) editor.reveal(box);
  }

  /** To the fields of the active row. @param {KeyboardEvent} event */
  enter(event) {
    event.preventDefault();
    void Lazy.details(this.app).then((details) => {
      // Shown in the next frame only, and what is hidden takes no focus.
      details.draw();
      must("#box-class").focus();
    });
  }

  /** Back to the picture, with what is selected. @param {KeyboardEvent} event */
  leave(event) {
    event.preventDefault();
    event.stopPropagation();
    must("#stage").focus({ preventScroll: true });
  }

  /** Whoever deletes rows goes on with the next one. */
  inherit() {
    const { editor } = this.app;
    const { heir } = this;
    this.heir = undefined;
    if (heir && !editor.selection.size && document.activeElement === this.frame && editor.document.view.has(heir)) this.choose(heir);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const boxes = this.app.editor.boxes;
    const at = boxes.findIndex((box) => box.id === this.active);
    const to = /** @type {Record<string, number>} */ ({
      ArrowDown: at + 1, ArrowUp: Math.max(at - 1, 0), Home: 0, End: boxes.length - 1, PageDown: at + 10, PageUp: Math.max(at - 10, 0),
    })[event.key];
    if (event.key === "Enter" && this.active) return this.enter(event);
    if (event.key === "Escape" || event.key === "F6") return this.leave(event);
    if (event.key === "Delete" || event.key === "Backspace") this.heir = boxes[at + 1]?.id ?? boxes[at - 1]?.id;
    if (to === undefined || event.ctrlKey || event.altKey || !boxes.length) return;
    event.preventDefault();
    this.choose(boxes[Math.min(to, boxes.length - 1)].id);
  }
}

/** What a box carries, in short: "red, moving". @param {Box} box */
function carriedBy(box) {
  const said = Object.entries(box.attributes ?? {}).map(([name, value]) => (value === true ? name : value === false ? "" : String(value)));
  return said.filter(Boolean).join(", ");
}

/** @param {Set<string>} ids @param {string} id */
function toggled(ids, id) {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}
