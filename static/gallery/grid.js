// A grid of any number of pictures that only holds the rows one can see; the page itself scrolls.
import { listening } from "../components/modules.js";
import { el, perFrame } from "../lib/dom.js";
import { Cell } from "./cell.js";
import { GAP, aboveOf, depthOf, layoutOf, seen, touched } from "./layout.js";

/** @typedef {{node: HTMLElement, cells: Cell[], top: number}} Row */

// A cell that stays in sight for so long gets its thumbnail.
const SETTLED_MS = 90;

export class Grid {
  /**
   * @param {HTMLElement} frame
   * @param {import("./source.js").Source} source
   * @param {import("./selection.js").Selection | null} selection
   * @param {() => number} smallest the least width of a cell
   */
  constructor(frame, source, selection, smallest) {
    this.frame = frame;
    this.source = source;
    this.selection = selection;
    this.smallest = smallest;
    this.node = el("div", { class: "grid", role: "grid", "aria-label": "Pictures", "aria-multiselectable": selection ? "true" : null });
    /** @type {Row[]} */
    this.pool = [];
    /** @type {Map<number, Row>} */
    this.shown = new Map();
    this.active = 0;
    this.tabStop = 0;
    this.told = "";
    /** The rows that were drawn last. @type {{first: number, last: number} | null} */
    this.seen = null;
    this.isEmpty = false;
    this.columns = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** Called when the cells in sight have settled. @type {(cells: Cell[]) => void} */
    this.settled = () => {};
    this.render = perFrame(() => this.draw());
    const watcher = new ResizeObserver(this.render);
    watcher.observe(frame);
    const stops = [listening(window, "scroll", this.render), listening(window, "resize", this.render), () => watcher.disconnect()];
    this.stop = () => {
      clearTimeout(this.timer);
      stops.forEach((stop) => stop());
    };
  }

  layout() {
    return layoutOf({ width: this.frame.clientWidth, smallest: this.smallest(), total: this.source.total, viewport: innerHeight });
  }

  draw() {
    if (!this.node.isConnected) return;
    const layout = this.layout();
    if (layout.columns !== this.columns) this.reset(layout.columns);
    this.node.style.blockSize = `${layout.height}px`;
    this.tell(layout);
    const range = seen(layout, -this.node.getBoundingClientRect().top, innerHeight);
    this.active = Math.max(0, Math.min(this.active, layout.total - 1));
    for (const [row, held] of this.shown) if (row < range.first || row >= range.last) this.release(row, held);
    this.source.look(range.first * layout.columns, Math.min(range.last * layout.columns, Math.max(1, layout.total)) - 1);
    // One picture can always be reached by Tab: the one that was looked at last, or the first in sight.
    const row = Math.floor(this.active / layout.columns);
    this.tabStop = row >= range.first && row < range.last ? this.active : Math.min(range.first + 1, Math.max(range.first, range.last - 1)) * layout.columns;
    // Nobody reads what flies by: its cells stay empty until the page rests or slows down.
    this.isEmpty = this.isRushing(range);
    this.seen = range;
    for (let row = range.first; row < range.last; row += 1) this.paint(row, range.top(row), layout, this.isEmpty);
    if (document.activeElement === this.frame) this.cellAt(this.active)?.link.focus({ preventScroll: true });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), SETTLED_MS);
  }

  /** Whether more than half of the rows are others than those of the last frame. @param {{first: number, last: number}} range */
  isRushing(range) {
    if (!this.seen || this.selection?.covers) return false;
    return Math.abs(range.first - this.seen.first) * 2 > range.last - range.first;
  }

  settle() {
    // Now it rests.
    this.seen = null;
    if (this.isEmpty) this.draw();
    const cells = this.cells();
    for (const cell of cells) cell.load();
    this.settled(cells);
  }

  cells() {
    return [...this.shown.values()].flatMap((row) => row.cells).filter((cell) => cell.picture && cell.node.isConnected);
  }

  /** How long the list is. @param {import("./layout.js").Layout} layout */
  tell(layout) {
    const told = `${layout.rows} ${layout.columns}`;
    if (told === this.told) return;
    this.told = told;
    this.node.setAttribute("aria-rowcount", String(layout.rows));
    this.node.setAttribute("aria-colcount", String(layout.columns));
  }

  /** @param {number} row @param {number} top @param {import("./layout.js").Layout} layout @param {boolean} isEmpty */
  paint(row, top, layout, isEmpty) {
    const held = this.shown.get(row) ?? this.take(row);
    if (top !== held.top) held.node.style.transform = `translateY(${top}px)`;
    held.top = top;
    held.cells.forEach((cell, column) => {
      const place = row * layout.columns + column;
      if (place >= layout.total) {
        // The last row ends where the pictures do.
        this.keepFocus(cell.node);
        cell.node.remove();
        return;
      }
      if (!cell.node.parentNode) held.node.append(cell.node);
      const picture = isEmpty ? null : this.source.at(place);
      cell.paint(place, picture, Boolean(picture && this.selection?.has(picture.id, place)));
      const tabIndex = place === this.tabStop ? 0 : -1;
      if (cell.link.tabIndex !== tabIndex) cell.link.tabIndex = tabIndex;
    });
  }

  /** @param {number} row */
  take(row) {
    const held = this.pool.pop() ?? this.make();
    held.node.setAttribute("aria-rowindex", String(row + 1));
    // In the order in which they are seen, for whoever reads them one after the other.
    const next = [...this.shown.keys()].filter((other) => other > row).sort((a, b) => a - b)[0];
    this.node.insertBefore(held.node, next === undefined ? null : (this.shown.get(next)?.node ?? null));
    this.shown.set(row, held);
    return held;
  }

  make() {
    const cells = Array.from({ length: this.columns }, () => new Cell(Boolean(this.selection), this.source.line));
    cells.forEach((cell, column) => cell.node.setAttribute("aria-colindex", String(column + 1)));
    const node = el("div", { class: "grid-row", role: "row" }, ...cells.map((cell) => cell.node));
    node.style.gridTemplateColumns = `repeat(${this.columns}, minmax(0, 1fr))`;
    node.style.columnGap = `${GAP}px`;
    return { node, cells, top: -1 };
  }

  /** @param {number} row @param {Row} held */
  release(row, held) {
    this.shown.delete(row);
    this.keepFocus(held.node);
    held.node.remove();
    this.pool.push(held);
  }

  /** The focus would fall back to the page; the frame has it until its cell is shown again. @param {Node} node that goes */
  keepFocus(node) {
    if (node.contains(document.activeElement)) this.frame.focus({ preventScroll: true });
  }

  /** @param {number} columns */
  reset(columns) {
    for (const [row, held] of [...this.shown]) this.release(row, held);
    this.pool = [];
    this.columns = columns;
  }

  /** Show that place and give its cell the focus. @param {number} place */
  go(place) {
    this.active = Math.max(0, Math.min(place, this.source.total - 1));
    this.reveal(this.active);
    this.draw();
    const link = this.cellAt(this.active)?.link;
    link?.focus({ preventScroll: true });
    // One that is on its way can't have the focus yet.
    if (document.activeElement !== link) this.frame.focus({ preventScroll: true });
  }

  /** Scroll no further than needed for the place to be in sight. @param {number} place @param {boolean} [atTop] */
  reveal(place, atTop = false) {
    this.seen = null;
    const layout = this.layout();
    const row = Math.floor(place / layout.columns);
    this.node.style.blockSize = `${layout.height}px`;
    const start = this.node.getBoundingClientRect().top + scrollY;
    const top = start + aboveOf(layout, row);
    const room = innerHeight - layout.row;
    if (atTop || top < scrollY + 60) scrollTo({ top: top - 60, behavior: "instant" });
    else if (top > scrollY + room - 60) scrollTo({ top: top - room + 60, behavior: "instant" });
  }

  /** @param {number} place */
  cellAt(place) {
    return this.shown.get(Math.floor(place / this.columns))?.cells[place % this.columns] ?? null;
  }

  /** The cell that an event happened in. @param {Event} event */
  cellOf(event) {
    const node = event.target instanceof Element ? event.target.closest("[data-place]") : null;
    return node instanceof HTMLElement ? this.cellAt(Number(node.dataset.place)) : null;
  }

  /** How deep in the list a point of the screen is. @param {number} y */
  depth(y) {
    const { top } = this.node.getBoundingClientRect();
    return depthOf(this.layout(), -top, y - top);
  }

  /** Where on the screen that depth is. @param {number} depth */
  heightOf(depth) {
    const { top } = this.node.getBoundingClientRect();
    return depth + top - depthOf(this.layout(), -top, 0);
  }

  /** Which rows and columns a frame touches. @param {{left: number, right: number, top: number, bottom: number}} frame from side to side of the screen, and by depth */
  touched({ left, right, top, bottom }) {
    const start = this.node.getBoundingClientRect().left;
    return touched(this.layout(), this.frame.clientWidth, { left: left - start, right: right - start, top, bottom });
  }

  /** The first place that can be seen, to come back to. */
  firstSeen() {
    const layout = this.layout();
    const above = -this.node.getBoundingClientRect().top;
    return above <= 0 ? 0 : Math.floor((above * layout.ratio) / layout.row + 0.5) * layout.columns;
  }
}
