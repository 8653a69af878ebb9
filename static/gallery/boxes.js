// The boxes of a picture, drawn over its thumbnail: those one points at, or all in sight.
import { call } from "../lib/api.js";

const SPACE = "http://www.w3.org/2000/svg";
const KEPT = 300;
const DRAWN = 500;

/** @typedef {{class_id: string | null, shape: string, x: number, y: number, w: number, h: number, rotation?: number, points?: number[][], state: string}} Box */

export class Boxes {
  /** @param {Map<string, string>} colors of the classes by their ids */
  constructor(colors) {
    this.colors = colors;
    /** @type {Map<string, Box[]>} */
    this.known = new Map();
  }

  forget() {
    this.known.clear();
  }

  /** @param {import("./cell.js").Cell} cell @param {() => boolean} isWanted still, when the boxes are here */
  async show(cell, isWanted = () => true) {
    const picture = cell.picture;
    if (!picture?.box_count || cell.frame.querySelector("svg.boxes")) return;
    const boxes = this.known.get(picture.id) ?? (await this.fetch(picture.id));
    if (cell.picture !== picture || !isWanted() || cell.frame.querySelector("svg.boxes")) return;
    cell.frame.append(this.drawing(picture, boxes));
  }

  /** @param {import("./cell.js").Cell} cell */
  hide(cell) {
    cell.frame.querySelector("svg.boxes")?.remove();
  }

  /** @param {string} id @returns {Promise<Box[]>} */
  async fetch(id) {
    /** @type {Box[]} */
    let found = [];
    try {
      found = (await call(`/api/v1/images/${id}/boxes`)).results.filter((/** @type {Box} */ box) => box.state !== "rejected").slice(0, DRAWN);
    } catch {
      // A thumbnail without boxes is what one sees anyway; the next look asks again.
      return found;
    }
    if (this.known.size >= KEPT) this.known.delete(String(this.known.keys().next().value));
    this.known.set(id, found);
    return found;
  }

  /** @param {import("./source.js").Picture} picture @param {Box[]} boxes */
  drawing(picture, boxes) {
    const svg = document.createElementNS(SPACE, "svg");
    svg.setAttribute("class", "boxes");
    svg.setAttribute("viewBox", `0 0 ${picture.width} ${picture.height}`);
    svg.setAttribute("aria-hidden", "true");
    for (const box of boxes) svg.append(this.outline(box));
    return svg;
  }

  /** @param {Box} box */
  outline(box) {
    const shape = document.createElementNS(SPACE, "rect");
    for (const [name, value] of Object.entries({ x: box.x, y: box.y, width: box.w, height: box.h })) shape.setAttribute(name, String(value));
    if (box.rotation) shape.setAttribute("transform", `rotate(${box.rotation} ${box.x + box.w / 2} ${box.y + box.h / 2})`);
    shape.setAttribute("stroke", this.colors.get(box.class_id ?? "") ?? "currentColor");
    if (box.state === "proposed") shape.setAttribute("stroke-dasharray", "4 3");
    return shape;
  }
}
