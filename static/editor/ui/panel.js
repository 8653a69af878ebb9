// The side panel's upper half: classes and the threshold.
import { el, must, perFrame } from "../../lib/dom.js";
import { isDrawn } from "../model/attributes.js";
import { isAbove } from "../model/order.js";
import { pickClass } from "./actions.js";
import { Lazy } from "./actions/lazy.js";
import { swatch } from "./swatch.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../view/editor.js").LabelClass} LabelClass
 */

export class Panel {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.list = must("#classes");
    this.slider = /** @type {HTMLInputElement} */ (must("#threshold"));
    /** @type {Map<string, string>} class id to its key */
    this.keys = new Map();
    this.render = perFrame(() => this.draw());
    const { editor } = app;
    for (const name of /** @type {const} */ (["boxes", "classes", "settings", "selection", "opened"])) editor.on(name, this.render);
    this.slider.addEventListener("input", () => editor.set({ threshold: Number(this.slider.value) }));
    this.slider.addEventListener("pointerup", () => must("#stage").focus({ preventScroll: true }));
    this.list.addEventListener("click", (event) => this.click(event));
  }

  /** @param {Map<string, string>} keys key to class id */
  showKeys(keys) {
    this.keys = new Map([...keys].map(([key, id]) => [id, key]));
    this.render();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const row = /** @type {HTMLElement} */ (event.target).closest("[data-class]");
    const id = row?.getAttribute("data-class");
    if (!id) return;
    pickClass(this.app, id);
    if (event.detail > 0) must("#stage").focus({ preventScroll: true });
  }

  draw() {
    const { editor } = this.app;
    const { threshold } = editor.settings.values;
    this.slider.value = String(threshold);
    must("#threshold-value").textContent = threshold.toFixed(2);
    const { uses, hidden, waiting, tags } = this.count();
    const { classes } = editor.data;
    if (tags || classes.some(({ use }) => use === "tags")) void Lazy.tags(this.app).catch(() => undefined);
    must("#threshold-note").textContent = hidden ? `${hidden} hidden below` : "";
    must("#waiting").textContent = waiting ? `${waiting} to judge` : "";
    if (!classes.length) {
      this.list.replaceChildren(el("li", { class: "note" }, "This project has no classes yet. Add some in its settings."));
      return;
    }
    const chosen = editor.selection.size === 1 ? editor.selected[0]?.class_id : null;
    const focused = document.activeElement?.getAttribute("data-class");
    this.list.replaceChildren(...classes.filter(isDrawn).map((one) => this.row(one, uses.get(one.id) ?? 0, chosen)));
    if (focused) /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-class="${focused}"]`))?.focus();
  }

  count() {
    const { document, scene } = this.app.editor;
    const uses = new Map();
    let hidden = 0;
    let waiting = 0;
    let tags = 0;
    for (const box of document.view.values()) {
      if (!isAbove(box, scene.filter)) {
        if (box.state === "proposed") hidden++;
        continue;
      }
      if (box.shape === "tag") tags++;
      else uses.set(box.class_id, (uses.get(box.class_id) ?? 0) + 1);
      if (box.state === "proposed") waiting++;
    }
    return { uses, hidden, waiting, tags };
  }

  /** @param {LabelClass} one @param {number} uses @param {string | null | undefined} chosen the class of the only selected box */
  row(one, uses, chosen) {
    const key = this.keys.get(one.id);
    const button = el(
      "button",
      {
        type: "button", class: chosen === one.id ? "line chosen" : "line", "data-class": one.id,
        "aria-pressed": String(this.app.editor.currentClass === one.id), "aria-keyshortcuts": key,
      },
      swatch(one.color), el("span", { class: "grow truncate" }, one.name), el("span", { class: "count" }, uses), key ? el("kbd", {}, key) : null,
    );
    return el("li", {}, button);
  }
}
