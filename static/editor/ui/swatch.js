// The colour of a class as a small square.
import { el } from "../../lib/dom.js";

/** @param {string} color */
export function swatch(color) {
  const square = el("span", { class: "swatch", "aria-hidden": "true" });
  square.style.background = color;
  return square;
}
