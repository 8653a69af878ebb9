// Auto-label: model, confidence, slicing and which pictures become one job.
import { must } from "../lib/dom.js";
import { choosesThresholds, thresholdsOf } from "./class_thresholds.js";
import { startsJob } from "./job_form.js";
import { listening } from "./modules.js";
import { followRanges } from "./ranges.js";
import { advises } from "./slice_advice.js";
import { comparesFirst } from "./way_compare.js";
import { fillsFrom } from "./way_filled.js";

/** @param {HTMLFormElement} form */
export function start(form) {
  const stops = [
    followRanges(form),
    advises(form),
    choosesThresholds(form),
    listening(form, "change", (event) => {
      if (event.target.name === "slicing") must("[data-part=slices]", form).hidden = event.target.value === "none";
    }),
    comparesFirst(form, () => {
      const fields = new FormData(form);
      return { way: wayOf(form, fields), pictures: pictures(form, String(fields.get("scope"))) };
    }),
    startsJob(form, async (fields) => ({ json: order(form, fields), started: "Auto-labelling started." })),
  ];
  fillsFrom(form, new URLSearchParams(location.search));
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** @param {HTMLFormElement} form @param {FormData} fields */
function order(form, fields) {
  return {
    ...wayOf(form, fields),
    ...pictures(form, String(fields.get("scope"))),
    replace: fields.has("replace") ? "proposed" : "none",
    create_classes: fields.has("create_classes"),
  };
}

/** How to look, as the form says. @param {HTMLFormElement} form @param {FormData} fields */
function wayOf(form, fields) {
  const size = fields.get("slicing");
  const isSliced = size !== "none";
  return {
    model: String(fields.get("model")),
    confidence: Number(fields.get("confidence")),
    thresholds: thresholdsOf(form),
    iou: Number(fields.get("iou")),
    slice: isSliced ? { size: Number(size), overlap: Number(fields.get("overlap")) } : null,
    merge: isSliced ? { method: fields.get("merge") } : null,
  };
}

/** Which pictures: all, those without boxes, those of a search, or the selected ones. @param {HTMLFormElement} form @param {string} scope */
export function pictures(form, scope) {
  if (scope === "all") return {};
  if (scope === "new") return { filter: { state: ["new"] } };
  const { line, images } = must("[name=scope]:checked", form).dataset;
  return images ? { images: JSON.parse(images) } : { filter: { q: line } };
}
