// The loss of a training as a curve and as a table, asked for every two seconds while it is live.
import { listening } from "../components/modules.js";
import { call } from "../lib/api.js";
import { el, must } from "../lib/dom.js";
import { drawn } from "./line_chart.js";

const EVERY_MS = 2000;
const SLOWEST_MS = 30000;
const ROWS = 25;
const LIVE = new Set(["queued", "running"]);

/** @typedef {{step: number, loss: number, boxes: number, objects: number, classes: number}} Point */
/** @typedef {"loss" | "boxes" | "objects" | "classes"} Name */

// Dashes tell the lines apart where colours do not.
const LINES = /** @type {{name: Name, label: string}[]} */ ([
  { name: "loss", label: "Total" },
  { name: "boxes", label: "Boxes" },
  { name: "objects", label: "Objects" },
  { name: "classes", label: "Classes" },
]);

class LossCurve {
  /** @param {HTMLElement} section */
  constructor(section) {
    this.section = section;
    this.wait = EVERY_MS;
    this.isStopped = false;
    this.unlisten = listening(document, "job:finished", () => this.look());
    this.look();
  }

  async look() {
    clearTimeout(this.timer);
    try {
      if (!document.hidden) this.show(await call(this.section.dataset.url ?? ""));
      this.wait = EVERY_MS;
    } catch {
      this.wait = Math.min(this.wait * 2, SLOWEST_MS);
    }
    if (this.isStopped || !LIVE.has(this.section.dataset.state ?? "")) return;
    this.timer = setTimeout(() => this.look(), this.wait);
  }

  /** @param {{state: string, history: Point[], settings: {steps: number}}} training */
  show({ state, history, settings }) {
    this.section.dataset.state = state;
    const isDrawn = history.length > 1;
    must("[data-part=chart]", this.section).hidden = !isDrawn;
    must("[data-part=numbers]", this.section).hidden = !isDrawn;
    const empty = must("[data-part=empty]", this.section);
    empty.hidden = isDrawn;
    if (!LIVE.has(state)) empty.textContent = "No curve was recorded.";
    if (!isDrawn) return;
    must("[data-part=chart]", this.section).replaceChildren(drawn(chartOf(history, settings.steps)));
    must("[data-part=table]", this.section).replaceChildren(tableOf(history));
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.unlisten();
  }
}

/** @param {Point[]} history @param {number} steps */
function chartOf(history, steps) {
  const [first, last] = [history[0], history[history.length - 1]];
  return {
    lines: LINES.map(({ name, label }) => ({ label, points: history.map((point) => /** @type {[number, number]} */ ([point.step, point[name]])) })),
    end: steps,
    across: "Step",
    title: `Loss from ${first.loss.toFixed(2)} at step ${first.step} to ${last.loss.toFixed(2)} at step ${last.step} of ${steps}.`,
  };
}

/** So many rows that one can read them, the last always among them. @param {Point[]} history */
function tableOf(history) {
  const gap = Math.ceil(history.length / ROWS);
  const shown = history.filter((_, at) => (history.length - 1 - at) % gap === 0);
  const head = ["Step", ...LINES.map(({ label }) => label)].map((label) => el("th", { scope: "col", class: "num" }, label));
  const rows = shown.map((point) =>
    el("tr", {}, el("td", { class: "num", "data-label": "Step" }, point.step), ...LINES.map(({ name, label }) =>
      el("td", { class: "num", "data-label": label }, point[name].toFixed(3)))));
  return el("table", { class: "table" }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows));
}

/** @param {HTMLElement} section */
export function start(section) {
  return new LossCurve(section);
}
