// <div data-module="gallery">: the first page of the list becomes a grid of all of it.
import { listening } from "../components/modules.js";
import { toast } from "../components/toasts.js";
import { isTyping, must } from "../lib/dom.js";
import { combosOf } from "../lib/keys.js";
import { actionFor } from "./actions.js";
import { Boxes } from "./boxes.js";
import { Bulk } from "./bulk.js";
import { Grid } from "./grid.js";
import { Marquee } from "./marquee.js";
import { alwaysBoxes, Options, smallest } from "./options.js";
import { askedFor, comesBack, leave, remembered } from "./place.js";
import { MOST, Selection } from "./selection.js";
import { Source } from "./source.js";
import { Touch } from "./touch.js";

const TOO_MANY = `More than ${MOST.toLocaleString("en")} can't be chosen one by one. Narrow the search, or select all that it finds.`;

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
    this.grid = new Grid(frame, this.source, this.selection, smallest);
    this.boxes = new Boxes(colors());
    this.bulk = bar && this.selection && new Bulk(bar, { dataset, line }, this.selection, this.source, () => this.refresh());
    this.marquee = this.selection && new Marquee(this.grid, this.selection, (framed, adds) => this.takeFramed(framed, adds));
    this.touch = this.selection && new Touch(frame, { cellOf: (event) => this.grid.cellOf(event), isSelecting: () => this.isSelecting, toggle: (cell) => this.toggle(cell) });
    this.options = optionsOf(this);
    // A range may be asked for before the last one is here.
    this.turn = 0;
    this.grid.settled = (cells) => {
      if (alwaysBoxes()) cells.forEach((cell) => this.boxes.show(cell));
    };
    this.stops = this.listen();
  }

  stop() {
    this.stops.forEach((stop) => stop());
    for (const part of [this.grid, this.bulk, this.marquee, this.touch, this.options]) part?.stop();
    this.source.forget();
  }

  async open() {
    if (comesBack()) return;
    const at = askedFor();
    try {
      await this.source.open(at);
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { kind: "bad" });
      return;
    }
    if (this.source.total) await this.source.page(0).catch(() => {});
    this.frame.replaceChildren(this.grid.node);
    const place = this.source.place ?? remembered();
    if (this.source.place !== null) this.grid.active = place;
    if (place > 0 && place < this.source.total) this.grid.reveal(place, true);
    this.grid.draw();
    this.grid.settle();
    if (this.source.place !== null) this.grid.go(place);
    this.frame.dataset.ready = "";
  }

  /** Show how things are now, without moving. */
  async refresh() {
    this.boxes.forget();
    await this.source.open().catch(() => {});
    this.grid.draw();
    document.dispatchEvent(new CustomEvent("gallery:changed"));
  }

  get isSelecting() {
    return Boolean(this.selection?.size(this.source.total));
  }

  listen() {
    const { frame } = this;
    return [
      listening(frame, "click", (event) => this.click(event)),
      listening(frame, "focusin", (event) => this.focus(event)),
      listening(frame, "pointerover", (event) => this.point(event, true)),
      listening(frame, "pointerout", (event) => this.point(event, false)),
      listening(window, "pagehide", () => leave(this.grid.firstSeen())),
      listening(document, "keydown", (event) => this.key(event)),
    ];
  }

  /** @param {MouseEvent} event */
  click(event) {
    const cell = this.grid.cellOf(event);
    if (!cell?.picture || !this.selection) return;
    const isPick = event.target instanceof Element && Boolean(event.target.closest(".pick"));
    if (this.touch?.takes(cell)) event.preventDefault();
    else if (event.shiftKey) this.range(cell.place);
    else if (isPick || event.ctrlKey || event.metaKey) this.toggle(cell);
    else return;
    event.preventDefault();
  }

  /** @param {import("./cell.js").Cell} cell */
  async toggle(cell) {
    const { selection, source } = this;
    const picture = cell.picture, place = cell.place;
    if (!picture || !selection) return;
    // One less than all: they are named from here on.
    if (selection.isAll) {
      const ids = await this.named(0, source.total - 1);
      if (!ids) return;
      selection.set(ids);
    }
    selection.toggle(picture.id, place);
  }

  toggleActive() {
    const cell = this.grid.cellAt(this.grid.active);
    if (cell) this.toggle(cell);
  }

  /** @param {number} place */
  async range(place) {
    const { selection } = this;
    if (!selection) return;
    const turn = (this.turn += 1);
    if (selection.isAll) selection.clear();
    const ids = await this.named(Math.min(selection.anchor, place), Math.max(selection.anchor, place));
    if (ids && turn === this.turn) selection.range(ids);
  }

  /** @param {{first: number, last: number, from: number, to: number}} framed @param {boolean} adds */
  async takeFramed({ first, last, from, to }, adds) {
    const { grid, selection, source } = this;
    if (!selection) return;
    const turn = (this.turn += 1), { columns } = grid;
    const isInside = (/** @type {number} */ place) => place % columns >= from && place % columns <= to;
    const ids = first > last || from > to ? [] : await this.named(first * columns, Math.min(last * columns + to, source.total - 1), isInside);
    if (!ids || turn !== this.turn) return;
    selection.base = adds && !selection.isAll ? new Set(selection.ids) : new Set();
    selection.range(ids);
    selection.anchorAt(first * columns + from);
  }

  /** The ids from place to place, if they are not too many. @param {number} first @param {number} last @param {(place: number) => boolean} [fits] */
  async named(first, last, fits) {
    let number = last - first + 1;
    if (fits) number = Array.from({ length: number }, (_, index) => fits(first + index)).filter(Boolean).length;
    try {
      if (number <= MOST) return await this.source.ids(first, last, fits);
      toast(TOO_MANY, { kind: "bad" });
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { kind: "bad" });
    }
    this.grid.draw();
    return null;
  }

  select() {
    this.frame.toggleAttribute("data-selecting", this.isSelecting);
    this.grid.draw();
    this.bulk?.render();
  }

  selectAll() {
    if (!this.selection || !this.source.total) return false;
    this.selection.all();
    return true;
  }

  clear() {
    if (!this.isSelecting && !this.marquee?.from) return false;
    this.marquee?.cancel();
    this.selection?.clear();
    this.grid.draw();
    return true;
  }

  /** @param {string} action @returns {boolean} whether there was something to do it with */
  does(action) {
    return Boolean(this.isSelecting && this.bulk?.does(action));
  }

  /** @param {FocusEvent} event */
  focus(event) {
    const cell = this.grid.cellOf(event);
    if (!cell) return;
    this.grid.active = cell.place;
    this.showBoxes(cell);
  }

  /** @param {PointerEvent} event @param {boolean} isOver */
  point(event, isOver) {
    const cell = this.grid.cellOf(event);
    if (!cell || (event.relatedTarget instanceof Node && cell.node.contains(event.relatedTarget))) return;
    if (isOver) this.showBoxes(cell);
    else if (!this.isLookedAt(cell)) this.boxes.hide(cell);
  }

  /** @param {import("./cell.js").Cell} cell */
  showBoxes(cell) {
    this.boxes.show(cell, () => this.isLookedAt(cell));
  }

  /** Whether one points at the picture, or it has the focus, or all show their boxes. @param {import("./cell.js").Cell} cell */
  isLookedAt(cell) {
    return alwaysBoxes() || cell.node.matches(":hover") || cell.node.contains(document.activeElement);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const found = actionFor(combosOf(event), this.frame.contains(/** @type {Node} */ (event.target)));
    if (found && found[0].run?.(this, found[1]) !== false) event.preventDefault();
  }

  /** Go where the key says, and with Shift select all up to there. @param {string} combo */
  move(combo) {
    const { grid, selection, source } = this;
    const key = combo.replace("Shift+", ""), from = grid.active;
    const to = Math.max(0, Math.min(from + (this.steps()[key] ?? 0), source.total - 1));
    grid.go(to);
    if (!selection) return;
    if (key !== combo) this.range(to);
    else if (!this.isSelecting) selection.anchorAt(to);
  }

  /** @returns {Record<string, number>} */
  steps() {
    const { columns } = this.grid;
    const screen = columns * Math.max(1, Math.floor(innerHeight / this.grid.layout().row) - 1);
    return { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -screen, PageDown: screen, Home: -Infinity, End: Infinity };
  }

  find() {
    const field = /** @type {HTMLInputElement} */ (must("#toolbar input[name=q]"));
    field.focus();
    field.select();
  }

  async help() {
    const { showKeys } = await import("./help.js");
    showKeys(must("#keys-help [data-part=keys]"));
    /** @type {HTMLDialogElement} */ (must("#keys-help")).showModal();
  }

  async copyLink() {
    const picture = this.grid.cellAt(this.grid.active)?.picture;
    if (!picture) return;
    const url = new URL(location.href);
    url.searchParams.set("at", picture.id);
    try {
      await navigator.clipboard.writeText(url.href);
      toast("The link is copied. It opens the list at this picture.", { kind: "good" });
    } catch {
      history.replaceState(history.state, "", url);
      toast("The address bar has the link now. Copy it there.");
    }
  }
}

/** @param {Gallery} gallery */
function optionsOf(gallery) {
  const bar = document.querySelector("[data-part=view-options]");
  if (!(bar instanceof HTMLElement)) return null;
  const { grid, boxes } = gallery;
  return new Options(bar, {
    resized: () => {
      const place = grid.firstSeen();
      grid.draw();
      if (place) grid.reveal(place, true);
    },
    boxes: (always) => grid.cells().forEach((cell) => (always ? boxes.show(cell) : boxes.hide(cell))),
  });
}

/** The colours of the classes, as the page tells them. */
function colors() {
  const told = JSON.parse(must("#gallery-classes").textContent ?? "[]");
  return new Map(told.map((/** @type {{id: string, color: string}} */ one) => [one.id, one.color]));
}
