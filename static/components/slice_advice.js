// What the server advises for slices, and how long the chosen ones would take, in the form of auto-label.
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";
import { span } from "./job.js";
import { listening } from "./modules.js";

/** @typedef {{size: number, overlap: number}} Cut */
/** @typedef {{slice: Cut | null, looks: number, seconds: number | null}} Plan */
/** @typedef {{images: number, objects: {count: number, small: number, large: number} | null, suggested: Cut | null, is_whole_enough: boolean, plans: Plan[]}} Advice */

/** @param {HTMLFormElement} form @returns {() => void} */
export function advises(form) {
  const place = /** @type {HTMLElement | null} */ (form.querySelector("[data-part=advice]"));
  if (!place) return () => {};
  const adviser = new Adviser(form, place);
  const watch = new MutationObserver(() => adviser.ask());
  const dialog = form.closest("dialog");
  if (dialog) watch.observe(dialog, { attributeFilter: ["open"] });
  adviser.ask();
  const stops = [
    listening(form, "change", (event) => (event.target.name === "model" ? adviser.ask() : adviser.tell())),
    listening(place, "click", (event) => {
      if (event.target.closest("button")) adviser.take();
    }),
  ];
  return () => {
    watch.disconnect();
    for (const stop of stops) stop();
  };
}

/** A size that is not among the choices becomes one. @param {HTMLFormElement} form @param {number} size @returns {HTMLInputElement} */
export function offerSize(form, size) {
  const known = choiceOf(form, size);
  if (known) return known;
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "slicing", value: String(size) });
  label.append(input, `${size} px`);
  must(".segments", form).append(label);
  return input;
}

/** @param {HTMLFormElement} form @param {number | string} value @returns {HTMLInputElement | null} */
function choiceOf(form, value) {
  return form.querySelector(`[name=slicing][value="${value}"]`);
}

class Adviser {
  /** @param {HTMLFormElement} form @param {HTMLElement} place */
  constructor(form, place) {
    this.form = form;
    this.place = place;
    this.asked = "";
    /** @type {Advice | null} */
    this.advice = null;
  }

  /** @param {string} name @returns {any} */
  field(name) {
    return this.form.elements.namedItem(name);
  }

  /** Once for each model, and only where somebody looks. */
  async ask() {
    const model = this.field("model").value;
    if (!this.form.closest("dialog")?.open || this.asked === model) return;
    this.asked = model;
    this.advice = null;
    this.place.hidden = true;
    try {
      const advice = await call(`${this.form.dataset.url}/advice?model=${encodeURIComponent(model)}`);
      if (this.asked !== model) return;
      this.advice = advice;
      if (advice.suggested) offerSize(this.form, advice.suggested.size);
      this.tell();
    } catch {
      // Advice is an extra: without it the form works as before, and the next opening asks again.
      if (this.asked === model) this.asked = "";
    }
  }

  /** @param {number | string} value @returns {HTMLInputElement | null} */
  choice(value) {
    return choiceOf(this.form, value);
  }

  take() {
    const cut = this.advice?.suggested;
    const choice = this.choice(cut ? cut.size : "none");
    if (!choice) return;
    choice.checked = true;
    if (cut) {
      this.field("overlap").value = String(cut.overlap);
      this.field("overlap").dispatchEvent(new Event("input", { bubbles: true }));
    }
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    choice.focus();
  }

  tell() {
    if (!this.advice) return;
    const words = [this.suggestion(), this.time()].filter(Boolean).join(" ");
    must("[data-part=advice-words]", this.place).textContent = words;
    must("button", this.place).hidden = !this.advice.objects || this.isTaken();
    this.place.hidden = !words;
  }

  suggestion() {
    const { objects, suggested } = /** @type {Advice} */ (this.advice);
    if (!objects) return "";
    const small = `The smaller objects here have about ${Math.round(objects.small)} px.`;
    if (!suggested) return `${small} The whole picture shows them well enough.`;
    return `${small} Slices of ${suggested.size} px with an overlap of ${suggested.overlap} suit them.`;
  }

  /** What is chosen, as a plan that the server has made; it is asked for one where it has not. */
  plan() {
    const { plans } = /** @type {Advice} */ (this.advice);
    const size = this.field("slicing").value;
    if (size === "none") return plans.find((one) => one.slice === null);
    const overlap = Number(this.field("overlap").value);
    const known = plans.find((one) => one.slice?.size === Number(size) && one.slice.overlap === overlap);
    if (!known) this.askFor(size, overlap);
    return known;
  }

  /** @param {string} size @param {number} overlap */
  async askFor(size, overlap) {
    const { asked: model, advice } = this;
    try {
      const url = `${this.form.dataset.url}/advice?model=${encodeURIComponent(model)}&size=${size}&overlap=${overlap}`;
      const { plans } = await call(url);
      if (this.advice !== advice || !advice) return;
      advice.plans = plans;
      const isThere = plans.some((/** @type {Plan} */ one) => one.slice?.size === Number(size) && one.slice.overlap === overlap);
      if (isThere) this.tell();
    } catch {
      // Without a time the form works as before.
    }
  }

  time() {
    const { images } = /** @type {Advice} */ (this.advice);
    const plan = this.plan();
    if (!plan || plan.seconds === null) return "";
    const count = `${images.toLocaleString()} picture${images === 1 ? "" : "s"}`;
    return `As chosen: ${plan.looks.toLocaleString()} look${plan.looks === 1 ? "" : "s"} a picture, about ${span(plan.seconds)} for ${count}.`;
  }

  isTaken() {
    const cut = this.advice?.suggested;
    const chosen = this.field("slicing").value;
    return cut ? chosen === String(cut.size) && Number(this.field("overlap").value) === cut.overlap : chosen === "none";
  }
}
