// Sliders that say their value: <output for="the slider's id"> follows <input type="range">.
import { listening } from "./modules.js";

/** @param {HTMLElement} root */
export function followRanges(root) {
  return listening(root, "input", (event) => {
    const field = event.target;
    if (field.type !== "range") return;
    const said = root.querySelector(`output[for="${field.id}"]`);
    if (said) said.textContent = field.value;
  });
}
