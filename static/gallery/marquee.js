// A frame that is drawn with the mouse from an empty place: what it touches is selected. At the edges the page scrolls.
import { listening } from "../components/modules.js";
import { el } from "../lib/dom.js";

const BEGINS_PX = 5;
const EDGE_PX = 70;
// A frame at the very edge scrolls so far in each frame of the screen.
const FASTEST_PX = 60;
const EMPTY = ".grid, .grid-row, [data-module=gallery], #pictures, .page";

/** @typedef {{x: number, y: number}} Point */

export class Marquee {
  /**
   * @param {import("./grid.js").Grid} grid
   * @param {import("./selection.js").Selection} selection
   * @param {(frame: ReturnType<import("./grid.js").Grid["touched"]>, adds: boolean) => void} chosen what was framed, and whether it joins what is selected
   */
  constructor(grid, selection, chosen) {
    this.grid = grid;
    this.selection = selection;
    this.chosen = chosen;
    /** @type {{x: number, depth: number, y: number, adds: boolean} | null} where the frame began */
    this.from = null;
    /** @type {Point} */
    this.at = { x: 0, y: 0 };
    /** @type {HTMLElement | null} */
    this.node = null;
    const stops = [
      listening(document, "pointerdown", (event) => this.press(event)),
      listening(document, "pointermove", (event) => this.drag(event)),
      listening(document, "pointerup", () => this.release()),
      listening(document, "pointercancel", () => this.cancel()),
      listening(window, "blur", () => this.cancel()),
    ];
    this.stop = () => {
      this.cancel();
      stops.forEach((stop) => stop());
    };
  }

  /** @param {PointerEvent} event */
  press(event) {
    const isEmpty = event.target instanceof Element && event.target.matches(EMPTY);
    if (event.button || event.pointerType !== "mouse" || !isEmpty || !this.grid.node.isConnected) return;
    // No text is selected on the way.
    event.preventDefault();
    this.at = { x: event.clientX, y: event.clientY };
    this.from = { ...this.at, depth: this.grid.depth(event.clientY), adds: event.ctrlKey || event.metaKey || event.shiftKey };
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (!this.from) return;
    this.at = { x: event.clientX, y: event.clientY };
    if (this.node || Math.hypot(this.at.x - this.from.x, this.at.y - this.from.y) < BEGINS_PX) return;
    this.node = el("div", { class: "marquee", "aria-hidden": "true" }, el("span"));
    document.body.append(this.node);
    this.step();
  }

  /** Once a frame of the screen, for the page may scroll while the mouse rests. */
  step() {
    if (!this.node || !this.from) return;
    this.scroll();
    const { first, last, from, to } = this.touched();
    const columns = this.grid.columns;
    this.selection.covers = (place) => {
      const row = Math.floor(place / columns), column = place % columns;
      return row >= first && row <= last && column >= from && column <= to;
    };
    this.outline((last - first + 1) * (to - from + 1));
    this.grid.draw();
    requestAnimationFrame(() => this.step());
  }

  scroll() {
    const above = EDGE_PX - this.at.y, below = this.at.y - (innerHeight - EDGE_PX);
    const into = Math.max(above, below, 0) / EDGE_PX;
    if (into) scrollBy({ top: Math.sign(below - above) * Math.ceil(Math.min(into, 1.5) ** 2 * FASTEST_PX), behavior: "instant" });
  }

  touched() {
    const { x, depth } = /** @type {{x: number, depth: number}} */ (this.from);
    const here = this.grid.depth(this.at.y);
    return this.grid.touched({ left: Math.min(x, this.at.x), right: Math.max(x, this.at.x), top: Math.min(depth, here), bottom: Math.max(depth, here) });
  }

  /** @param {number} number of pictures inside */
  outline(number) {
    const { x, depth } = /** @type {{x: number, depth: number}} */ (this.from);
    const node = /** @type {HTMLElement} */ (this.node);
    const start = Math.max(-2, Math.min(this.grid.heightOf(depth), innerHeight + 2));
    const top = Math.min(start, this.at.y), left = Math.min(x, this.at.x);
    node.style.transform = `translate(${left}px, ${top}px)`;
    node.style.inlineSize = `${Math.abs(this.at.x - x)}px`;
    node.style.blockSize = `${Math.abs(this.at.y - start)}px`;
    /** @type {HTMLElement} */ (node.firstElementChild).textContent = number > 0 ? number.toLocaleString("en") : "";
  }

  release() {
    const { from, node } = this;
    if (from && node) this.chosen(this.touched(), from.adds);
    this.cancel();
  }

  cancel() {
    this.from = null;
    this.node?.remove();
    this.node = null;
    this.selection.covers = null;
  }
}
