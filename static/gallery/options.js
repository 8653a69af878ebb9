// How large pictures are shown, and whether all of them have their boxes drawn; kept in this browser.
import { listening } from "../components/modules.js";
import { must } from "../lib/dom.js";

const SIZE = "gallery.size", ALWAYS = "gallery.boxes";
const DEFAULT_SIZE = 176, NARROW_SIZE = 150;
const NARROW = "(max-width: 640px)";

/** The least width of a picture. */
export function smallest() {
  return Number(localStorage.getItem(SIZE)) || (matchMedia(NARROW).matches ? NARROW_SIZE : DEFAULT_SIZE);
}

export function alwaysBoxes() {
  return localStorage.getItem(ALWAYS) === "1";
}

export class Options {
  /** @param {HTMLElement} bar @param {{resized: () => void, boxes: (always: boolean) => void}} listener */
  constructor(bar, listener) {
    this.listener = listener;
    this.size = /** @type {HTMLInputElement} */ (must("#gallery-density", bar));
    this.always = /** @type {HTMLInputElement} */ (must("[data-part=boxes]", bar));
    bar.hidden = false;
    this.size.value = String(smallest());
    this.always.checked = alwaysBoxes();
    const stops = [listening(this.size, "input", () => this.keepSize()), listening(this.always, "change", () => this.keepBoxes())];
    this.stop = () => stops.forEach((stop) => stop());
  }

  /** @param {number} direction */
  resize(direction) {
    if (direction > 0) this.size.stepUp(4);
    else this.size.stepDown(4);
    this.keepSize();
  }

  toggleBoxes() {
    this.always.checked = !this.always.checked;
    this.keepBoxes();
  }

  keepSize() {
    localStorage.setItem(SIZE, this.size.value);
    this.listener.resized();
  }

  keepBoxes() {
    localStorage.setItem(ALWAYS, this.always.checked ? "1" : "0");
    this.listener.boxes(this.always.checked);
  }
}
