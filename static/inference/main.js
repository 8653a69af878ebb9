// The page of models: uploads, the catalogue and its running installations.
import * as job from "../components/job.js";
import { startModules } from "../components/modules.js";
import { must } from "../lib/dom.js";
import * as catalog from "./catalog.js";
import * as upload from "./upload.js";

const htmx = /** @type {any} */ (window).htmx;

startModules(document, { "model-upload": upload });
let shelf = startModules(must("#catalog"), { catalog, job });

/** Fetch the page again and put its part of that id in place of ours. @param {string} id */
function refresh(id) {
  const url = location.pathname + location.search;
  return htmx.ajax("GET", url, { target: `#${id}`, select: `#${id}`, swap: "outerHTML" });
}

/** The catalogue as it is now; who was at an entry stays there. */
async function refreshCatalog() {
  const entry = document.activeElement?.closest(".entry")?.id;
  shelf.stop();
  await refresh("catalog");
  shelf = startModules(must("#catalog"), { catalog, job });
  if (entry) /** @type {HTMLElement | null} */ (document.querySelector(`#${entry} :is(button, a):not([hidden])`))?.focus();
}

document.addEventListener("job:started", refreshCatalog);
document.addEventListener("job:finished", (event) => {
  refreshCatalog();
  if (/** @type {CustomEvent} */ (event).detail.state === "succeeded") refresh("installed");
});
