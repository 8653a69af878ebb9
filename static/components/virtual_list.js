// A list of any length that only holds the rows one can see.
import { el, perFrame } from "../lib/dom.js";
import { listening } from "./modules.js";

const ROW = 32;
const SPARE = 4;

/** @template T */
export class VirtualList {
  /**
   * @param {HTMLElement} frame the scrolling element
   * @param {(item: T, row: HTMLElement) => void} paint fills a row, or brings one that it filled before up to date
   */
  constructor(frame, paint) {
    this.frame = frame;
    this.paint = paint;
    /** @type {T[]} */
    this.items = [];
    /** @type {Map<T, HTMLElement>} the rows that are shown */
    this.rows = new Map();
    this.lines = el("ul", { class: "lines" });
    frame.replaceChildren(this.lines);
    this.render = perFrame(() => this.draw());
    this.stop = listening(frame, "scroll", this.render);
  }

  /** @param {T[]} items */
  show(items) {
    this.items = items;
    this.render();
  }

  draw() {
    this.lines.style.blockSize = `${this.items.length * ROW}px`;
    const first = Math.max(0, Math.floor(this.frame.scrollTop / ROW) - SPARE);
    const last = Math.min(this.items.length, Math.ceil((this.frame.scrollTop + this.frame.clientHeight) / ROW) + SPARE);
    const rows = new Map();
    for (let at = first; at < last; at += 1) {
      const row = this.rows.get(this.items[at]) ?? el("li", { class: "line" });
      row.setAttribute("aria-setsize", String(this.items.length));
      row.setAttribute("aria-posinset", String(at + 1));
      row.style.insetBlockStart = `${at * ROW}px`;
      this.paint(this.items[at], row);
      rows.set(this.items[at], row);
    }
    const before = [...this.rows.values()];
    this.rows = rows;
    // Moving a row takes the focus from it, and a click that has begun.
    if (before.length !== rows.size || [...rows.values()].some((row, at) => row !== before[at])) {
      this.lines.replaceChildren(...rows.values());
    }
  }
}
