// Export: the format, which boxes and what goes along become one job.
import { must } from "../lib/dom.js";
import { startsJob } from "./job_form.js";
import { listening } from "./modules.js";
import { followRanges } from "./ranges.js";

const ABOUT = /** @type {Record<string, string>} */ ({
  yolo: "A text file per picture and a data.yaml, as Ultralytics reads them.",
  coco: "One instances.json, as pycocotools reads it.",
  voc: "An XML file per picture, as Pascal VOC has them.",
  csv: "One row per box, for a spreadsheet.",
  json: "Everything that is known about every box, in a stable order.",
  zip: "Labels in JSON, YOLO and COCO with pictures, previews and metadata.",
});

/** @param {HTMLFormElement} form */
export function start(form) {
  const stops = [
    followRanges(form),
    listening(form, "change", (event) => {
      const { name, value } = event.target;
      if (name === "format") must("[data-part=about]", form).textContent = ABOUT[value];
      if (name === "boxes") must("[data-part=score]", form).hidden = value !== "proposed";
    }),
    startsJob(form, async (fields) => ({ json: order(fields), started: "Export started. The download appears in Exports." })),
  ];
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** @param {FormData} fields */
function order(fields) {
  const withProposals = fields.get("boxes") === "proposed";
  return {
    format: fields.get("format"),
    states: withProposals ? ["accepted", "proposed"] : ["accepted"],
    min_score: withProposals ? Number(fields.get("min_score")) : null,
    include_images: fields.has("include_images"),
    include_previews: fields.has("include_previews"),
  };
}
