// The form of auto-label as an address has it filled in: a model, and a way of looking with it.
import { must } from "../lib/dom.js";
import { offerThreshold } from "./class_thresholds.js";
import { offerSize } from "./slice_advice.js";

/** @typedef {{confidence?: number, iou?: number, thresholds?: Record<string, number> | null, slice?: {size: number, overlap: number} | null, merge?: {method: string} | null}} Way */

/** Open with what links of evaluations and models name. @param {HTMLFormElement} form @param {URLSearchParams} asked */
export function fillsFrom(form, asked) {
  const models = /** @type {HTMLSelectElement | null} */ (form.querySelector("[name=model]"));
  const wanted = asked.get("label");
  if (!models || ![...models.options].some((option) => option.value === wanted)) return;
  models.value = wanted ?? "";
  const way = read(asked.get("way"));
  if (way) fill(form, way);
  form.closest("dialog")?.showModal();
}

/** An address may say anything. @param {string | null} text @returns {Way | null} */
function read(text) {
  try {
    const way = JSON.parse(text ?? "null");
    return way !== null && typeof way === "object" ? way : null;
  } catch {
    return null;
  }
}

/** @param {HTMLFormElement} form @param {Way} way */
function fill(form, { confidence, iou, thresholds, slice, merge }) {
  set(form, "confidence", confidence);
  set(form, "iou", iou);
  for (const [name, value] of Object.entries(thresholds ?? {})) offerThreshold(form, name, Number(value));
  if (!slice || !Number.isInteger(slice.size)) return;
  const choice = offerSize(form, slice.size);
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  set(form, "overlap", slice.overlap);
  // What a call leaves out, the engine takes.
  /** @type {any} */ (form.elements.namedItem("merge")).value = merge?.method ?? "greedy_nmm";
}

/** A slider takes the very number, also one between its steps. @param {HTMLFormElement} form @param {string} name @param {unknown} value */
function set(form, name, value) {
  if (typeof value !== "number") return;
  const field = /** @type {HTMLInputElement} */ (must(`[name=${name}]`, form));
  field.value = String(value);
  if (Number(field.value) !== value) {
    field.step = "any";
    field.value = String(value);
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
