// Confidences of single classes in the form of auto-label: a row for each, chosen among the model's classes.
import { call } from "../lib/api.js";
import { el, icon, must } from "../lib/dom.js";
import { listening } from "./modules.js";

/** @param {HTMLFormElement} form @returns {() => void} */
export function choosesThresholds(form) {
  const part = /** @type {HTMLDetailsElement | null} */ (form.querySelector("[data-part=thresholds]"));
  if (!part) return () => {};
  const thresholds = new Thresholds(form, part);
  const stops = [
    listening(part, "toggle", () => thresholds.load()),
    listening(form, "change", (event) => {
      if (event.target.name === "model") thresholds.forget();
    }),
    listening(part, "click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.does === "add") thresholds.add();
      if (button?.dataset.does === "remove") thresholds.remove(button.closest("li"));
    }),
  ];
  return () => stops.forEach((stop) => stop());
}

/** What was chosen, by class name; none where nothing was. @param {HTMLFormElement} form @returns {Record<string, number> | null} */
export function thresholdsOf(form) {
  const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-part=thresholds] [data-class]"));
  const chosen = [...inputs].map((input) => [input.dataset.class, Number(input.value)]);
  return chosen.length ? Object.fromEntries(chosen) : null;
}

/** A confidence of a class that is chosen already. @param {HTMLFormElement} form @param {string} name @param {number} value */
export function offerThreshold(form, name, value) {
  const part = /** @type {HTMLDetailsElement} */ (must("[data-part=thresholds]", form));
  must("ul", part).append(rowOf(name, String(value)));
  part.open = true;
}

/** @param {string} name @param {string} value */
function rowOf(name, value) {
  const input = el("input", { class: "input", type: "number", min: "0", max: "1", step: "any", value, required: true });
  input.dataset.class = name;
  input.setAttribute("aria-label", `Lowest confidence of ${name}`);
  const button = el("button", { class: "button quiet small", type: "button" }, icon("x"));
  button.dataset.does = "remove";
  button.setAttribute("aria-label", `As all others: ${name}`);
  return el("li", { class: "row" }, el("span", { class: "grow truncate" }, name), input, button);
}

class Thresholds {
  /** @param {HTMLFormElement} form @param {HTMLDetailsElement} part */
  constructor(form, part) {
    this.form = form;
    this.part = part;
    this.rows = must("ul", part);
    this.select = /** @type {HTMLSelectElement} */ (must("select", part));
    this.loaded = "";
  }

  get model() {
    return /** @type {HTMLSelectElement} */ (this.form.elements.namedItem("model")).value;
  }

  /** Another model has other classes. */
  forget() {
    this.loaded = "";
    this.rows.replaceChildren();
    this.select.replaceChildren();
    if (this.part.open) this.load();
  }

  async load() {
    const { model } = this;
    if (!this.part.open || this.loaded === model) return;
    this.loaded = model;
    try {
      const { class_names: names } = await call(`/api/v1/models/${model}`);
      if (this.model !== model) return;
      const inputs = /** @type {NodeListOf<HTMLElement>} */ (this.rows.querySelectorAll("[data-class]"));
      const chosen = new Set([...inputs].map((input) => input.dataset.class));
      const others = [...new Set(names)].filter((name) => !chosen.has(name));
      this.select.replaceChildren(...others.map((name) => new Option(name, name)));
    } catch {
      // The next opening asks again.
      this.loaded = "";
    }
  }

  add() {
    const [option] = this.select.selectedOptions;
    if (!option) return;
    const common = /** @type {HTMLInputElement} */ (this.form.elements.namedItem("confidence")).value;
    const row = rowOf(option.value, common);
    this.rows.append(row);
    option.remove();
    /** @type {HTMLInputElement} */ (must("input", row)).select();
  }

  /** @param {HTMLElement | null} row */
  remove(row) {
    const name = row?.querySelector("input")?.dataset.class ?? "";
    row?.remove();
    this.select.append(new Option(name, name));
    this.select.focus();
  }
}
