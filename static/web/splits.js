// The page of splits: sliders that say their value, and one that takes what the others leave.
import { listening, startModules } from "../components/modules.js";
import { followRanges } from "../components/ranges.js";

/** @param {HTMLFormElement} form */
function start(form) {
  const parts = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[type=range]")]);
  /** The next slider takes what the moved one gives, so that they always add up to 100. @param {Event} event */
  const even = (event) => {
    const at = parts.indexOf(/** @type {HTMLInputElement} */ (event.target));
    if (at < 0) return;
    for (let step = 1; step < parts.length; step++) {
      const other = parts[(at + step) % parts.length];
      const rest = 100 - parts.reduce((sum, part) => sum + (part === other ? 0 : Number(part.value)), 0);
      other.value = String(Math.min(100, Math.max(0, rest)));
      const said = form.querySelector(`output[for="${other.id}"]`);
      if (said) said.textContent = other.value;
      if (rest >= 0) return;
    }
  };
  const stops = [followRanges(form), listening(form, "input", even)];
  return { stop: () => stops.forEach((stop) => stop()) };
}

startModules(document, { ranges: { start } });
