// "Compare on a sample first" in the form of auto-label: its settings beside a second model or confidence.
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";
import { listening } from "./modules.js";

/**
 * @typedef {{model: string, confidence: number, thresholds?: Record<string, number> | null}} Way
 * @typedef {{images?: string[], filter?: unknown}} Pictures
 */

/**
 * @param {HTMLFormElement} form
 * @param {() => {way: Way, pictures: Pictures}} describe what the form is set to
 */
export function comparesFirst(form, describe) {
  const part = form.querySelector("[data-part=compare]");
  if (!part) return () => {};
  return listening(part, "click", (event) => {
    const button = event.target.closest("[data-does=compare]");
    if (button) compare(form, button, describe());
  });
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement} button @param {{way: Way, pictures: Pictures}} asked */
async function compare(form, button, { way, pictures }) {
  const sample = field(form, "sample");
  if (!sample.reportValidity()) return;
  button.disabled = true;
  try {
    const json = { ways: [way, rivalOf(form, way)], ...pictures, sample: Number(sample.value) };
    const made = await call(form.dataset.compare ?? "", { method: "POST", json });
    location.assign(`/evaluations/${made.evaluation.id}/`);
  } catch (error) {
    const box = must("[data-part=problem]", form);
    box.hidden = false;
    must(".problem > div", box).textContent = error instanceof Error ? error.message : String(error);
    button.disabled = false;
  }
}

/** As the form says, but for the model and the confidence; another model has other classes. @param {HTMLFormElement} form @param {Way} way */
function rivalOf(form, way) {
  const model = field(form, "rival").value;
  const rival = { ...way, model, confidence: Number(field(form, "rival-confidence").value) };
  return model === way.model ? rival : { ...rival, thresholds: null };
}

/** @param {HTMLFormElement} form @param {string} name @returns {HTMLInputElement} */
function field(form, name) {
  return /** @type {HTMLInputElement} */ (must(`[data-part=${name}]`, form));
}
