// Parts of a page that change when a job moves or ends: fetched again in place, their modules started anew.
import { must } from "../lib/dom.js";
import { startModules } from "./modules.js";

/**
 * Start the modules of the parts, and again each time that a job starts or ends.
 * @param {string[]} ids
 * @param {Record<string, import("./modules.js").Module>} modules
 */
export function refreshing(ids, modules) {
  const htmx = /** @type {any} */ (window).htmx;
  const running = new Map(ids.map((id) => [id, startModules(must(`#${id}`), modules)]));

  async function refresh() {
    for (const id of ids) {
      running.get(id)?.stop();
      await htmx.ajax("GET", must(`#${id}`).dataset.url, { target: `#${id}`, select: `#${id}`, swap: "outerHTML" });
      running.set(id, startModules(must(`#${id}`), modules));
    }
  }

  document.addEventListener("job:started", refresh);
  document.addEventListener("job:finished", refresh);
}
