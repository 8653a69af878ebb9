// The rules of a check: sliders say their value, and what the rules would find is counted while one chooses.
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";
import { listening } from "./modules.js";
import { followRanges } from "./ranges.js";

const WAIT_MS = 250;
const number = new Intl.NumberFormat("en");

class CleanRules {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.asked = 0;
    this.stops = [followRanges(form), listening(form, "input", () => this.later())];
    this.count();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.count(), WAIT_MS);
  }

  /** What the last call asked wins; a refused number is the browser's to explain. */
  async count() {
    const asked = ++this.asked;
    const rules = this.chosen();
    if (!this.form.checkValidity() || !Object.keys(rules).length) return;
    try {
      const { counts, images, measured } = await call(this.form.dataset.url ?? "", { method: "POST", json: { rules } });
      if (asked !== this.asked) return;
      this.show(counts);
      this.tellUnmeasured(images - measured);
    } catch {
      // The check itself does not need these numbers.
      this.show({});
    }
  }

  /** Every rule with a number, on or off: what is off shows what it would find. @returns {Record<string, object>} */
  chosen() {
    const found = [...this.form.querySelectorAll("[data-rule]")].map((box) => {
      const name = /** @type {HTMLElement} */ (box).dataset.rule ?? "";
      const field = /** @type {HTMLInputElement | null} */ (box.querySelector("input[type=range], input[type=number]"));
      return [name, field ? { [field.name.slice(name.length + 1)]: Number(field.value) } : {}];
    });
    return Object.fromEntries(found);
  }

  /** @param {Record<string, number>} counts */
  show(counts) {
    for (const box of this.form.querySelectorAll("[data-rule]")) {
      const { rule = "" } = /** @type {HTMLElement} */ (box).dataset;
      const place = /** @type {HTMLElement} */ (box.querySelector("[data-part=count]"));
      place.textContent = rule in counts ? number.format(counts[rule]) : "";
    }
  }

  /** @param {number} count */
  tellUnmeasured(count) {
    const place = must("[data-part=unmeasured]", this.form);
    place.hidden = !count;
    const [who, them] = count === 1 ? ["picture is", "it"] : ["pictures are", "them"];
    place.textContent = `${number.format(count)} ${who} not measured yet: likeness, sharpness and brightness pass ${them} by.`;
  }

  stop() {
    clearTimeout(this.timer);
    this.stops.forEach((stop) => stop());
  }
}

/** @param {HTMLFormElement} form */
export function start(form) {
  return new CleanRules(form);
}
