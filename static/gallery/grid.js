// A grid of any number of pictures that only holds the rows one can see; the page itself scrolls.
import { listening } from "../components/modules.js";
import { el, perFrame } from "../lib/dom.js";
import { Cell } from "./cell.js";
import { GAP, aboveOf, layoutOf, seen } from "./layout.js";

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
    /** @type {{node: HTMLElement, cells: Cell[]}[]} */
    this.pool = [];
    /** @type {Map<number, {node: HTMLElement, cells: Cell[]}>} */
    this.shown = new Map();
    this.active = 0;
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
    this.node.setAttribute("aria-rowcount", String(layout.rows));
    this.node.setAttribute("aria-colcount", String(layout.columns));
    const range = seen(layout, -this.node.getBoundingClientRect().top, innerHeight);
    for (const [row, held] of this.shown) if (row < range.first || row >= range.last) this.release(row, held);
    this.source.look(range.first * layout.columns, Math.min(range.last * layout.columns, Math.max(1, layout.total)) - 1);
    for (let row = range.first; row < range.last; row += 1) this.paint(row, range.top(row), layout);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), SETTLED_MS);
  }

  settle() {
    const cells = this.cells();
    for (const cell of cells) cell.load();
    this.settled(cells);
  }

  cells() {
    return [...this.shown.values()].flatMap((row) => row.cells).filter((cell) => cell.picture && cell.node.isConnected);
  }

  /** @param {number} row @param {number} top @param {import("./layout.js").Layout} layout */
  paint(row, top, layout) {
    const held = this.shown.get(row) ?? this.take(row);
    held.node.style.transform = `translateY(${top}px)`;
    held.node.setAttribute("aria-rowindex", String(row + 1));
    held.cells.forEach((cell, column) => {
      const place = row * layout.columns + column;
      if (place >= layout.total) {
        // The last row ends where the pictures do.
        cell.node.remove();
        return;
      }
      if (!cell.node.parentNode) held.node.append(cell.node);
      const picture = this.source.at(place);
      cell.paint(place, picture, Boolean(picture && this.selection?.has(picture.id)));
      cell.link.tabIndex = place === this.active ? 0 : -1;
    });
  }

  /** @param {number} row */
  take(row) {
    const held = this.pool.pop() ?? this.make();
    this.shown.set(row, held);
    this.node.append(held.node);
    return held;
  }

  make() {
    const cells = Array.from({ length: this.columns }, () => new Cell(Boolean(this.selection), this.source.line));
    cells.forEach((cell, column) => cell.node.setAttribute("aria-colindex", String(column + 1)));
    const node = el("div", { class: "grid-row", role: "row" }, ...cells.map((cell) => cell.node));
    node.style.gridTemplateColumns = `repeat(${this.columns}, minmax(0, 1fr))`;
    node.style.columnGap = `${GAP}px`;
    return { node, cells };
  }

  /** @param {number} row @param {{node: HTMLElement, cells: Cell[]}} held */
  release(row, held) {
    this.shown.delete(row);
    // The focus would fall back to the page; it stays where it is until its cell is shown again.
    if (held.node.contains(document.activeElement)) this.node.parentElement?.focus({ preventScroll: true });
    held.node.remove();
    this.pool.push(held);
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
    this.cellAt(this.active)?.link.focus({ preventScroll: true });
  }

  /** Scroll no further than needed for the place to be in sight. @param {number} place @param {boolean} [atTop] */
  reveal(place, atTop = false) {
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

  /** The first place that can be seen, to come back to. */
  firstSeen() {
    const layout = this.layout();
    const above = -this.node.getBoundingClientRect().top;
    return above <= 0 ? 0 : Math.floor((above * layout.ratio) / layout.row + 0.5) * layout.columns;
  }
}
