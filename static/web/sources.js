// Sources: their jobs move while one looks, and what came of them appears when they end.
import * as job from "../components/job.js";
import { startModules } from "../components/modules.js";
import { must } from "../lib/dom.js";

const htmx = /** @type {any} */ (window).htmx;

let activity = startModules(must("#activity"), { job });

async function refresh() {
  activity.stop();
  const url = must("#activity").dataset.url;
  await htmx.ajax("GET", url, { target: "#activity", select: "#activity", swap: "outerHTML" });
  activity = startModules(must("#activity"), { job });
}

document.addEventListener("job:started", refresh);
document.addEventListener("job:finished", refresh);
