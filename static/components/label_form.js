// Auto-label: model, confidence, slicing and which pictures become one job.
import { must } from "../lib/dom.js";
import { choosesThresholds, thresholdsOf } from "./class_thresholds.js";
import { startsJob } from "./job_form.js";
import { listening } from "./modules.js";
import { followRanges } from "./ranges.js";
import { advises } from "./slice_advice.js";

/** @param {HTMLFormElement} form */
export function start(form) {
  const stops = [
    followRanges(form),
    advises(form),
    choosesThresholds(form),
    listening(form, "change", (event) => {
      if (event.target.name === "slicing") must("[data-part=slices]", form).hidden = event.target.value === "none";
    }),
    startsJob(form, async (fields) => ({ json: order(form, fields), started: "Auto-labelling started." })),
  ];
  offer(form, new URLSearchParams(location.search).get("label"));
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** Open with the model that the address names, as links from a model's page do. @param {HTMLFormElement} form @param {string | null} wanted */
function offer(form, wanted) {
  const models = /** @type {HTMLSelectElement | null} */ (form.querySelector("[name=model]"));
  if (!models || ![...models.options].some((option) => option.value === wanted)) return;
  models.value = wanted ?? "";
  form.closest("dialog")?.showModal();
}

/** @param {HTMLFormElement} form @param {FormData} fields */
function order(form, fields) {
  const size = fields.get("slicing");
  const isSliced = size !== "none";
  return {
    model: fields.get("model"),
    confidence: Number(fields.get("confidence")),
    thresholds: thresholdsOf(form),
    iou: Number(fields.get("iou")),
    slice: isSliced ? { size: Number(size), overlap: Number(fields.get("overlap")) } : null,
    merge: isSliced ? { method: fields.get("merge") } : null,
    ...pictures(form, String(fields.get("scope"))),
    replace: fields.has("replace") ? "proposed" : "none",
    create_classes: fields.has("create_classes"),
  };
}

/** Which pictures: all, those without boxes, those of a search, or the selected ones. @param {HTMLFormElement} form @param {string} scope */
export function pictures(form, scope) {
  if (scope === "all") return {};
  if (scope === "new") return { filter: { state: ["new"] } };
  const { line, images } = must("[name=scope]:checked", form).dataset;
  return images ? { images: JSON.parse(images) } : { filter: { q: line } };
}
