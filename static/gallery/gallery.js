// <div data-module="gallery">: the first page of the list becomes a grid of all of it.
import { listening } from "../components/modules.js";
import { toast } from "../components/toasts.js";
import { isTyping, must } from "../lib/dom.js";
import { Boxes } from "./boxes.js";
import { Bulk } from "./bulk.js";
import { Grid } from "./grid.js";
import { Selection } from "./selection.js";
import { Source } from "./source.js";

const SIZE = "gallery.size", ALWAYS = "gallery.boxes";
const DEFAULT_SIZE = 176;
const PLACE = () => `gallery.place ${location.pathname}${location.search}`;

/** @param {HTMLElement} frame */
export function start(frame) {
  const gallery = new Gallery(frame);
  gallery.open();
  return gallery;
}

export class Gallery {
  /** @param {HTMLElement} frame */
  constructor(frame) {
    this.frame = frame;
    frame.tabIndex = -1;
    const { dataset = "", line = "", sort = "order" } = frame.dataset;
    const bar = document.getElementById("bulk");
    this.source = new Source(dataset, line, sort, () => this.grid.render());
    this.selection = bar ? new Selection(() => this.select()) : null;
    this.grid = new Grid(frame, this.source, this.selection, () => Number(localStorage.getItem(SIZE)) || DEFAULT_SIZE);
    this.boxes = new Boxes(colors());
    this.bulk = bar && this.selection && new Bulk(bar, { dataset, line }, this.selection, this.source, () => this.refresh());
    this.grid.settled = (cells) => {
      if (this.always) cells.forEach((cell) => this.boxes.show(cell));
    };
    this.stops = [...this.listen(), ...this.options()];
  }

  stop() {
    this.stops.forEach((stop) => stop());
    this.grid.stop();
    this.bulk?.stop();
    this.source.forget();
  }

  async open() {
    try {
      await this.source.open();
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { kind: "bad" });
      return;
    }
    if (this.source.total) await this.source.page(0).catch(() => {});
    this.frame.replaceChildren(this.grid.node);
    this.comeBack();
    this.grid.draw();
    this.grid.settle();
    this.frame.dataset.ready = "";
  }

  /** Show how things are now, without moving. */
  async refresh() {
    this.boxes.forget();
    await this.source.open().catch(() => {});
    this.grid.draw();
    document.dispatchEvent(new CustomEvent("gallery:changed"));
  }

  /** Who returns from the editor finds the list where it was left. */
  comeBack() {
    const place = Number(sessionStorage.getItem(PLACE()));
    const isBack = /** @type {PerformanceNavigationTiming | undefined} */ (performance.getEntriesByType("navigation")[0])?.type === "back_forward";
    if (place && (isBack || document.referrer.includes("/images/"))) this.grid.reveal(place, true);
  }

  get always() {
    return localStorage.getItem(ALWAYS) === "1";
  }

  listen() {
    const { frame } = this;
    return [
      listening(frame, "click", (event) => this.click(event)),
      listening(frame, "keydown", (event) => this.key(event)),
      listening(frame, "focusin", (event) => this.focus(event)),
      listening(frame, "pointerover", (event) => this.point(event, true)),
      listening(frame, "pointerout", (event) => this.point(event, false)),
      listening(window, "pagehide", () => sessionStorage.setItem(PLACE(), String(this.grid.firstSeen()))),
      listening(document, "keydown", (event) => this.anywhere(event)),
    ];
  }

  /** The size of the cells, and whether boxes are always drawn. */
  options() {
    const options = document.querySelector("[data-part=view-options]");
    if (!(options instanceof HTMLElement)) return [];
    const size = /** @type {HTMLInputElement} */ (must("#gallery-density", options));
    const always = /** @type {HTMLInputElement} */ (must("[data-part=boxes]", options));
    options.hidden = false;
    size.value = localStorage.getItem(SIZE) ?? String(DEFAULT_SIZE);
    always.checked = this.always;
    return [
      listening(size, "input", () => {
        const place = this.grid.firstSeen();
        localStorage.setItem(SIZE, size.value);
        this.grid.draw();
        if (place) this.grid.reveal(place, true);
      }),
      listening(always, "change", () => {
        localStorage.setItem(ALWAYS, always.checked ? "1" : "0");
        for (const cell of this.grid.cells()) if (always.checked) this.boxes.show(cell); else this.boxes.hide(cell);
      }),
    ];
  }

  /** @param {MouseEvent} event */
  click(event) {
    const cell = this.grid.cellOf(event);
    if (!cell?.picture || !this.selection) return;
    const isPick = event.target instanceof Element && Boolean(event.target.closest(".pick"));
    if (event.shiftKey) this.range(cell.place);
    else if (isPick || event.ctrlKey || event.metaKey) this.selection.toggle(cell.picture.id, cell.place);
    else return;
    event.preventDefault();
  }

  /** @param {number} place */
  async range(place) {
    const { anchor } = /** @type {Selection} */ (this.selection);
    this.selection?.add(await this.source.ids(Math.min(anchor, place), Math.max(anchor, place)));
  }

  select() {
    this.frame.toggleAttribute("data-selecting", Boolean(this.selection?.size(this.source.total)));
    this.grid.draw();
    this.bulk?.render();
  }

  /** @param {FocusEvent} event */
  focus(event) {
    const cell = this.grid.cellOf(event);
    if (!cell) return;
    this.grid.active = cell.place;
    this.boxes.show(cell);
  }

  /** @param {PointerEvent} event @param {boolean} isOver */
  point(event, isOver) {
    const cell = this.grid.cellOf(event);
    if (!cell || (event.relatedTarget instanceof Node && cell.node.contains(event.relatedTarget))) return;
    if (isOver) this.boxes.show(cell);
    else if (!this.always && !cell.node.contains(document.activeElement)) this.boxes.hide(cell);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const cell = this.grid.cellOf(event);
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = this.step(event.key);
    if (step !== null) this.move(cell.place, step, event.shiftKey);
    else if (event.key === " " && cell.picture) this.selection?.toggle(cell.picture.id, cell.place);
    else return;
    event.preventDefault();
  }

  /** @param {string} key */
  step(key) {
    const { columns } = this.grid;
    const screen = columns * Math.max(1, Math.floor(innerHeight / this.grid.layout().row) - 1);
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -screen, PageDown: screen, Home: -Infinity, End: Infinity };
    return steps[key] ?? null;
  }

  /** @param {number} place @param {number} step @param {boolean} selects */
  move(place, step, selects) {
    const to = Math.max(0, Math.min(place + step, this.source.total - 1));
    this.grid.go(to);
    if (selects && this.selection) this.range(to);
  }

  /** @param {KeyboardEvent} event */
  anywhere(event) {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "/") must("#toolbar input[name=q]").focus();
    else if (event.key === "a" && this.bulk && must("#bulk").querySelector("[data-does=archive]")) this.bulk.run("archive");
    else if (event.key === "Escape" && this.selection) this.selection.clear();
    else return;
    event.preventDefault();
  }
}

/** The colours of the classes, as the page tells them. */
function colors() {
  const told = JSON.parse(must("#gallery-classes").textContent ?? "[]");
  return new Map(told.map((/** @type {{id: string, color: string}} */ one) => [one.id, one.color]));
}
