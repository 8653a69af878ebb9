// Light, contrast and channels of the picture as it is shown; the picture itself stays as it is.
import { el, must } from "../../lib/dom.js";
import { PLAIN } from "../view/settings.js";

/** @typedef {import("./actions.js").App} App */

const SLIDERS = /** @type {const} */ ([
  ["brightness", "Brightness", 0.2, 3], ["contrast", "Contrast", 0.2, 3], ["gamma", "Gamma", 0.2, 4], ["saturation", "Saturation", 0, 3],
]);
const CHANNELS = [["all", "All colours"], ["red", "Red"], ["green", "Green"], ["blue", "Blue"], ["grey", "Grey"]];

/** @type {Adjustments | null} */
let adjustments = null;

/** @param {App} app */
export function toggleAdjustments(app) {
  adjustments ??= new Adjustments(app);
  adjustments.toggle();
}

class Adjustments {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.fields = SLIDERS.map(([name, words, low, high]) => this.slider(name, words, low, high));
    this.channel = el("select", { id: "channel", class: "select" }, ...CHANNELS.map(([id, words]) => el("option", { value: id }, words)));
    this.channel.addEventListener("change", () => app.editor.set({ channel: /** @type {"all"} */ (this.channel.value) }));
    this.inverted = el("input", { type: "checkbox" });
    this.inverted.addEventListener("change", () => app.editor.set({ inverted: this.inverted.checked }));
    this.root = el(
      "div",
      { id: "adjustments", class: "popover", popover: "auto", role: "dialog", "aria-label": "Brightness, contrast, channels" },
      ...this.fields.map(({ row }) => row),
      el("div", { class: "pick" }, el("label", { for: "channel" }, "Channel"), this.channel),
      el("label", { class: "tick" }, this.inverted, "Inverted"),
      el("button", { type: "button", class: "button small", onclick: () => app.editor.set({ ...PLAIN }) }, "As it is"),
    );
    this.root.addEventListener("keydown", (event) => event.stopPropagation());
    this.root.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "closed") must("#stage").focus({ preventScroll: true });
    });
    document.body.append(this.root);
    app.editor.on("settings", () => this.draw());
  }

  /** @param {"brightness" | "contrast" | "gamma" | "saturation"} name @param {string} words @param {number} low @param {number} high */
  slider(name, words, low, high) {
    const field = el("input", { id: `tone-${name}`, type: "range", min: low, max: high, step: 0.05 });
    const value = el("output", { for: `tone-${name}` });
    field.addEventListener("input", () => this.app.editor.set({ [name]: field.valueAsNumber }));
    field.addEventListener("dblclick", () => this.app.editor.set({ [name]: 1 }));
    return { name, field, value, row: el("div", { class: "pick" }, el("label", { for: `tone-${name}` }, words), value, field) };
  }

  toggle() {
    this.draw();
    this.root.togglePopover();
    if (this.root.matches(":popover-open")) this.fields[0].field.focus();
  }

  draw() {
    const { values } = this.app.editor.settings;
    for (const { name, field, value } of this.fields) {
      field.value = String(values[name]);
      value.textContent = values[name].toFixed(2);
    }
    this.channel.value = values.channel;
    this.inverted.checked = values.inverted;
  }
}
