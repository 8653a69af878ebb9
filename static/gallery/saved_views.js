// Saved views: keep the search that is shown under a name, or forget the one that is open.
import { listening } from "../components/modules.js";
import { toast } from "../components/toasts.js";
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";

/** @param {HTMLFormElement} form */
export function start(form) {
  const stop = listening(form, "submit", async (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const json = { name: fields.get("name"), q: form.dataset.line, sort: form.dataset.sort, is_shared: fields.has("is_shared") };
    await sent(must("[data-part=problem]", form), form.dataset.url ?? "", { method: "POST", json });
  });
  // The button stands among choices that are counted, and drawn, again and again.
  const stopForgetting = listening(document, "click", (event) => {
    const url = event.target.closest?.("[data-forgets]")?.dataset.forgets;
    if (url) sent(null, url, { method: "DELETE" });
  });
  return {
    stop() {
      stop();
      stopForgetting();
    },
  };
}

/** Tell the server, and show the page with what it knows then. @param {HTMLElement | null} problem @param {string} url @param {{method: string, json?: unknown}} order */
async function sent(problem, url, order) {
  try {
    await call(url, order);
    location.reload();
  } catch (error) {
    const words = /** @type {Error} */ (error).message;
    if (!problem) {
      toast(words, { kind: "bad" });
      return;
    }
    problem.hidden = false;
    must(".problem > div", problem).textContent = words;
  }
}
