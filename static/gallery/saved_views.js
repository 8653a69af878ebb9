// Keep the search that is shown as a view under a name.
import { listening } from "../components/modules.js";
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";

/** @param {HTMLFormElement} form */
export function start(form) {
  const stop = listening(form, "submit", async (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    const json = { name: fields.get("name"), q: form.dataset.line, sort: form.dataset.sort, is_shared: fields.has("is_shared") };
    try {
      await call(form.dataset.url ?? "", { method: "POST", json });
      location.reload();
    } catch (error) {
      const problem = must("[data-part=problem]", form);
      problem.hidden = false;
      must(".problem > div", problem).textContent = /** @type {Error} */ (error).message;
    }
  });
  return { stop };
}
