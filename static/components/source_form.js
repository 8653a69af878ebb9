// The form of an archive: only what the chosen place has to be told is asked for.
import { listening } from "./modules.js";

/** @param {HTMLFormElement} form */
export function start(form) {
  const place = /** @type {HTMLSelectElement | null} */ (form.querySelector("[name=place]"));
  if (!place) return { stop() {} };
  const asked = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("[data-only]")]);
  const show = () => {
    for (const input of asked) {
      const isWanted = (input.dataset.only ?? "").split(" ").includes(place.value);
      input.disabled = !isWanted;
      const field = input.closest(".field");
      if (field) /** @type {HTMLElement} */ (field).hidden = !isWanted;
    }
  };
  show();
  return { stop: listening(place, "change", show) };
}
