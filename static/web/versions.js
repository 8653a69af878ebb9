// The versions of a dataset: exporting one, and the exports that come of it.
import * as exportForm from "../components/export_form.js";
import * as job from "../components/job.js";
import { startModules } from "../components/modules.js";
import { must } from "../lib/dom.js";

const htmx = /** @type {any} */ (window).htmx;

let activity = startModules(must("#activity"), { job });
startModules(document, { "export-form": exportForm });

async function refreshActivity() {
  activity.stop();
  const url = must("#activity").dataset.url;
  await htmx.ajax("GET", url, { target: "#activity", select: "#activity", swap: "outerHTML" });
  activity = startModules(must("#activity"), { job });
}

document.addEventListener("job:started", refreshActivity);
document.addEventListener("job:finished", refreshActivity);
