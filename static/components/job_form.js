// A dialog's form that starts a job: shows a refusal in place, or closes and tells the page.
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";
import { listening } from "./modules.js";
import { toast } from "./toasts.js";

/**
 * @param {HTMLFormElement} form
 * @param {(fields: FormData) => Promise<{json: unknown, started: string}>} describe the call's body, and what to say once it runs
 */
export function startsJob(form, describe) {
  const box = form.querySelector("[data-part=problem]");
  return listening(form, "submit", async (event) => {
    event.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (must("[type=submit]", form));
    if (button.disabled) return;
    button.disabled = true;
    try {
      const { json, started } = await describe(new FormData(form));
      await call(form.dataset.url ?? "", { method: "POST", json });
      form.closest("dialog")?.close();
      toast(started, { kind: "good" });
      form.dispatchEvent(new CustomEvent("job:started", { bubbles: true }));
      if (box) /** @type {HTMLElement} */ (box).hidden = true;
    } catch (error) {
      if (!box) throw error;
      /** @type {HTMLElement} */ (box).hidden = false;
      must(".problem > div", /** @type {HTMLElement} */ (box)).textContent = error instanceof Error ? error.message : String(error);
    } finally {
      button.disabled = false;
    }
  });
}
