// Export: the version, the format, which boxes and what goes along become one job.
import { must } from "../lib/dom.js";
import { startsJob } from "./job_form.js";
import { listening } from "./modules.js";
import { followRanges } from "./ranges.js";

/** @param {HTMLFormElement} form */
export function start(form) {
  const version = /** @type {HTMLSelectElement | null} */ (form.querySelector("[name=version]"));
  // How many pictures there are now says nothing about a version.
  const showCounts = () => {
    for (const count of form.querySelectorAll("[data-part=now]")) /** @type {HTMLElement} */ (count).hidden = Boolean(version?.value);
  };
  const stops = [
    followRanges(form),
    // Whatever opens the dialog says which version it means; nothing said is the dataset as it is now.
    listening(document, "click", (event) => {
      const opener = event.target.closest?.("[data-opens]");
      if (!version || opener?.dataset.opens !== form.closest("dialog")?.id) return;
      version.value = opener.dataset.version ?? "";
      showCounts();
    }),
    listening(form, "change", (event) => {
      must("[data-part=places]", form).hidden = !hasRoomForPlaces(form);
      const { name, value } = event.target;
      if (name === "format") showFormat(form);
      if (name === "version") showCounts();
      if (name === "boxes") must("[data-part=score]", form).hidden = value !== "proposed";
    }),
    startsJob(form, async (fields) => ({ json: order(form, fields), started: "Export started. The download appears in Exports." })),
  ];
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** What is known of the format that is chosen. @param {HTMLFormElement} form */
function formatOf(form) {
  const choice = /** @type {HTMLSelectElement} */ (must("[name=format]", form));
  return choice.options[choice.selectedIndex].dataset;
}

/** What it is, and what can be added: a format that holds everything leaves nothing to add. @param {HTMLFormElement} form */
function showFormat(form) {
  const format = formatOf(form);
  must("[data-part=says]", form).textContent = format.says ?? "";
  must("[data-part=extras]", form).hidden = "whole" in format;
  must("[data-part=sides]", form).hidden = !("sides" in format);
  must("[data-part=threads]", form).hidden = !("threads" in format);
  // Everything is with them, unless somebody says otherwise.
  /** @type {HTMLInputElement} */ (must("[name=include_threads]", form)).checked = "whole" in format;
}

/** Pictures carry their place, and so do some formats without them. @param {HTMLFormElement} form */
function hasRoomForPlaces(form) {
  const format = formatOf(form);
  const withPictures = /** @type {HTMLInputElement} */ (must("[name=include_images]", form)).checked;
  return "places" in format || withPictures;
}

/** @param {HTMLFormElement} form @param {FormData} fields */
function order(form, fields) {
  const withProposals = fields.get("boxes") === "proposed";
  const format = formatOf(form);
  const isWhole = "whole" in format;
  const hasSides = "sides" in format;
  return {
    format: fields.get("format"),
    by_split: hasSides && fields.has("by_split"),
    ...which(form, fields),
    states: withProposals ? ["accepted", "proposed"] : ["accepted"],
    min_score: withProposals ? Number(fields.get("min_score")) : null,
    include_threads: "threads" in format && fields.has("include_threads"),
    include_gps: hasRoomForPlaces(form) && fields.has("include_gps"),
    ...classes(form),
    ...(!isWhole && { include_images: fields.has("include_images"), include_previews: fields.has("include_previews") }),
  };
}

/** The classes that go out under another name, or not at all; of those of a version some may be missing here. @param {HTMLFormElement} form */
function classes(form) {
  const changed = [...form.querySelectorAll("[data-part=classes] li")].flatMap((row) => {
    const [goes, name] = /** @type {NodeListOf<HTMLInputElement>} */ (row.querySelectorAll("input"));
    const was = goes.dataset.class ?? "";
    if (!goes.checked) return [[was, null]];
    return name.value.trim() && name.value.trim() !== was ? [[was, name.value.trim()]] : [];
  });
  return changed.length ? { classes: Object.fromEntries(changed) } : {};
}

/** The pictures of a version or of now: all, the approved ones, or those that are selected. @param {HTMLFormElement} form @param {FormData} fields */
function which(form, fields) {
  if (fields.get("pictures") !== "chosen") return { version: Number(fields.get("version")) || null, image_states: fields.get("pictures") === "approved" ? ["approved"] : [] };
  const { line, images } = must("[name=pictures]:checked", form).dataset;
  return images ? { images: JSON.parse(images) } : { filter: { q: line } };
}
