// Export: the format, which boxes and what goes along become one job.
import { must } from "../lib/dom.js";
import { startsJob } from "./job_form.js";
import { listening } from "./modules.js";
import { followRanges } from "./ranges.js";

/** @param {HTMLFormElement} form */
export function start(form) {
  const stops = [
    followRanges(form),
    listening(form, "change", (event) => {
      const { name, value, dataset } = event.target;
      // A format that holds everything leaves nothing to add.
      if (name === "format") must("[data-part=extras]", form).hidden = "whole" in dataset;
      if (name === "boxes") must("[data-part=score]", form).hidden = value !== "proposed";
    }),
    startsJob(form, async (fields) => ({ json: order(form, fields), started: "Export started. The download appears in Exports." })),
  ];
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** @param {HTMLFormElement} form @param {FormData} fields */
function order(form, fields) {
  const withProposals = fields.get("boxes") === "proposed";
  const isWhole = "whole" in must("[name=format]:checked", form).dataset;
  return {
    format: fields.get("format"),
    states: withProposals ? ["accepted", "proposed"] : ["accepted"],
    min_score: withProposals ? Number(fields.get("min_score")) : null,
    image_states: fields.get("pictures") === "approved" ? ["approved"] : [],
    ...(!isWhole && { include_images: fields.has("include_images"), include_previews: fields.has("include_previews") }),
  };
}
