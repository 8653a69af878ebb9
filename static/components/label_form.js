// Auto-label: model, confidence, slicing and which pictures become one job.
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";
import { startsJob } from "./job_form.js";
import { listening } from "./modules.js";
import { followRanges } from "./ranges.js";

/** @param {HTMLFormElement} form */
export function start(form) {
  const overlap = form.querySelector("[data-part=overlap]");
  const stops = [
    followRanges(form),
    listening(form, "change", (event) => {
      if (event.target.name === "slicing" && overlap) /** @type {HTMLElement} */ (overlap).hidden = event.target.value === "none";
    }),
    startsJob(form, async (fields) => ({ json: await order(form, fields), started: "Auto-labelling started." })),
  ];
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** @param {HTMLFormElement} form @param {FormData} fields */
async function order(form, fields) {
  const size = fields.get("slicing");
  return {
    model: fields.get("model"),
    confidence: Number(fields.get("confidence")),
    iou: Number(fields.get("iou")),
    slice: size === "none" ? null : { size: Number(size), overlap: Number(fields.get("overlap")) },
    images: await chosen(form, String(fields.get("scope"))),
    replace: fields.has("replace") ? "proposed" : "none",
  };
}

/** The ids of the pictures, or null for all of them. @param {HTMLFormElement} form @param {string} scope */
async function chosen(form, scope) {
  if (scope === "all") return null;
  const query = new URLSearchParams({ dataset: form.dataset.dataset ?? "", limit: "500" });
  if (scope === "new") query.set("state", "new");
  else {
    const { state, q } = must("[name=scope]:checked", form).dataset;
    if (state) query.set("state", state);
    if (q) query.set("q", q);
  }
  const ids = [];
  for (let url = `/api/v1/images?${query}`; url;) {
    const page = await call(url);
    ids.push(...page.results.map((/** @type {{id: string}} */ image) => image.id));
    url = page.next;
  }
  if (!ids.length) throw new Error("No picture matches. Choose other pictures.");
  return ids;
}
