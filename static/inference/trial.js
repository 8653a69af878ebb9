// A look at a photo of one's own: what the model finds in it, drawn over it. Nothing is kept.
import { listening } from "../components/modules.js";
import { sendForm } from "../components/upload_request.js";
import { must } from "../lib/dom.js";

const SPACE = "http://www.w3.org/2000/svg";
const LOWEST = 0.05;

/** @typedef {{class_name: string, shape: string, score: number, x: number, y: number, w: number, h: number}} Found */
/** @typedef {{width: number, height: number, milliseconds: number, detections: Found[]}} Seen */

/** @param {HTMLElement} section */
export function start(section) {
  const form = must("[data-part=form]", section);
  const looks = new Looks(section);
  const stops = [
    listening(form, "submit", (event) => event.preventDefault()),
    listening(form, "change", (event) => {
      if (event.target.name !== "confidence") looks.look();
    }),
    listening(form, "input", (event) => {
      if (event.target.name === "confidence") looks.draw();
    }),
  ];
  return {
    stop() {
      looks.forget();
      for (const stop of stops) stop();
    },
  };
}

class Looks {
  /** @param {HTMLElement} section */
  constructor(section) {
    this.section = section;
    this.abort = new AbortController();
    /** @type {Seen | null} */
    this.seen = null;
    this.shown = "";
  }

  /** @param {string} name @returns {any} */
  field(name) {
    return this.section.querySelector(`[name=${name}]`);
  }

  forget() {
    this.abort.abort();
    if (this.shown) URL.revokeObjectURL(this.shown);
    this.shown = "";
  }

  /** Everything above the lowest score is asked for once; the slider then only hides. */
  async look() {
    const file = this.field("file").files?.[0];
    if (!file) return;
    this.forget();
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.show(file);
    this.say("The model is looking.");
    const body = new FormData();
    const side = Number(this.field("slices")?.value);
    body.append("file", file);
    body.append("options", JSON.stringify({ confidence: LOWEST, ...(side ? { slice: { size: side } } : {}) }));
    try {
      const seen = await sendForm(this.section.dataset.url ?? "", body, () => {}, signal);
      if (signal.aborted) return;
      this.seen = seen;
      this.draw();
    } catch (error) {
      if (!signal.aborted) this.say(error instanceof Error ? error.message : "It could not look. Try again.");
    }
  }

  /** @param {File} file */
  show(file) {
    this.seen = null;
    this.shown = URL.createObjectURL(file);
    const figure = must("[data-part=picture]", this.section);
    figure.querySelector("svg")?.remove();
    const image = /** @type {HTMLImageElement} */ (must("img", figure));
    // A format that this browser does not show still gets its boxes.
    image.onerror = () => image.removeAttribute("src");
    image.src = this.shown;
    figure.hidden = false;
    must("[data-part=classes]", this.section).replaceChildren();
  }

  draw() {
    const from = Number(this.field("confidence").value);
    must("output", this.section).textContent = String(from);
    if (!this.seen) return;
    const found = this.seen.detections.filter((one) => one.score >= from);
    const figure = must("[data-part=picture]", this.section);
    figure.querySelector("svg")?.remove();
    figure.append(drawing(this.seen, found));
    this.count(found);
    const { milliseconds } = this.seen;
    const time = milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
    this.say(`${found.length ? `${found.length} found` : "Nothing found"} in ${time}.${this.next(this.seen.detections)}`);
  }

  /** A draft needs boxes as sure as the model usually is, wherever the slider stands. @param {Found[]} found */
  next(found) {
    const { draftFrom } = this.section.dataset;
    if (!draftFrom) return "";
    return found.some((one) => one.score >= Number(draftFrom)) ? " It can be activated now." : " Try another photo, or upload the file again with other settings.";
  }

  /** @param {Found[]} found */
  count(found) {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const one of found) counts.set(one.class_name, (counts.get(one.class_name) ?? 0) + 1);
    const items = [...counts].map(([name, count]) => {
      const item = document.createElement("li");
      item.className = "badge";
      item.textContent = count > 1 ? `${name} × ${count}` : name;
      return item;
    });
    must("[data-part=classes]", this.section).replaceChildren(...items);
  }

  /** @param {string} words */
  say(words) {
    must("[data-part=words]", this.section).textContent = words;
  }
}

/** @param {Seen} seen @param {Found[]} found */
function drawing(seen, found) {
  const svg = document.createElementNS(SPACE, "svg");
  svg.setAttribute("viewBox", `0 0 ${seen.width} ${seen.height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${found.length} boxes`);
  for (const one of found) {
    const box = document.createElementNS(SPACE, "rect");
    for (const [name, value] of [["x", one.x], ["y", one.y], ["width", one.w], ["height", one.h]]) box.setAttribute(String(name), String(value));
    const title = document.createElementNS(SPACE, "title");
    title.textContent = `${one.class_name} ${Math.round(one.score * 100)} %`;
    box.append(title);
    svg.append(box);
  }
  return svg;
}
