// Prepare: clean, label and assign become one job of steps.
import { must } from "../lib/dom.js";
import { startsJob } from "./job_form.js";
import { listening } from "./modules.js";
import { followRanges } from "./ranges.js";

/** @param {HTMLFormElement} form */
export function start(form) {
  const stops = [
    followRanges(form),
    listening(form, "change", () => fit(form)),
    startsJob(form, async (fields) => ({ json: order(form, fields), started: "Preparing started." })),
  ];
  fit(form);
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** A step that is off hides its options, and only people who may do it can be chosen. @param {HTMLFormElement} form */
function fit(form) {
  const fields = new FormData(form);
  for (const part of form.querySelectorAll("[data-step]")) {
    const { step = "" } = /** @type {HTMLElement} */ (part).dataset;
    const options = /** @type {HTMLElement | null} */ (part.querySelector("[data-part=options]"));
    if (options) options.hidden = !fields.getAll("step").includes(step);
  }
  for (const found of form.querySelectorAll("input[name=people]")) {
    const box = /** @type {HTMLInputElement} */ (found);
    box.disabled = fields.get("purpose") === "review" && !("mayReview" in box.dataset);
    if (box.disabled) box.checked = false;
  }
}

/** What is left out is said before the server is asked. @param {HTMLFormElement} form @param {FormData} fields */
function order(form, fields) {
  const steps = fields.getAll("step");
  if (!steps.length) throw new Error("Choose at least one step.");
  if (steps.includes("assign") && !fields.has("people")) throw new Error("Choose who gets the pictures.");
  const size = Number(fields.get("size"));
  return {
    clean: steps.includes("clean") ? { rules: Object.fromEntries(fields.getAll("rule").map((name) => [name, true])) } : null,
    label: steps.includes("label")
      ? { model: fields.get("model"), confidence: Number(fields.get("confidence")), slice: size ? { size } : null }
      : null,
    assign: steps.includes("assign") ? { purpose: fields.get("purpose"), people: fields.getAll("people") } : null,
    ...pictures(form, String(fields.get("scope"))),
  };
}

/** All pictures, those without boxes, or those of the search. @param {HTMLFormElement} form @param {string} scope */
function pictures(form, scope) {
  if (scope === "all") return {};
  return scope === "new" ? { filter: { state: ["new"] } } : { filter: { q: must("[name=scope]:checked", form).dataset.line } };
}
