// The attributes of the selection as fields: those that the classes describe, and what else the shape carries.
import { el, icon, must } from "../../lib/dom.js";
import { describe } from "../commands/boxes.js";
import { lacking, misfit, titleOf } from "../model/attributes.js";
import { foreign, shared } from "../model/described.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/attributes.js").Attribute} Attribute
 * @typedef {{attribute: Attribute, root: HTMLElement, show: (value: unknown, mixed: boolean) => void}} Row
 */

/** So many choices are buttons, each one click away; more become a list. */
const BUTTONS = 6;
const LETTERS = 36;
const MIXED = "Several values";

export class Attributes {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.root = must("#attributes");
    /** @type {Row[]} */
    this.rows = [];
    this.shown = "";
    /** Whether the keys came here from the picture, and go back there. */
    this.visited = false;
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {Box[]} boxes the selection */
  draw(boxes) {
    const { editor } = this.app;
    const labels = boxes.map((box) => editor.classes.get(box.class_id ?? ""));
    const schema = shared(labels);
    const others = boxes.length === 1 ? foreign(boxes[0], labels[0]) : [];
    this.root.hidden = !schema.length && !others.length;
    // Fields of the same kind stay, so that nobody loses what they are typing.
    const wanted = JSON.stringify([schema, boxes.map((box) => box.id), others.map(([name]) => name)]);
    if (wanted !== this.shown) this.build(schema, others);
    this.shown = wanted;
    const missing = new Set(boxes.flatMap((box, at) => lacking(box, labels[at]).map(({ name }) => name)));
    const disabled = !boxes.some((box) => editor.mayChange(box));
    for (const { attribute, root, show } of this.rows) {
      const values = boxes.map((box) => box.attributes?.[attribute.name] ?? null);
      const mixed = values.some((value) => value !== values[0]);
      root.classList.toggle("missing", missing.has(attribute.name));
      for (const control of root.querySelectorAll("input, select, button")) /** @type {HTMLInputElement} */ (control).disabled = disabled;
      // What is being typed stays; it counts when the field is left.
      if (!root.querySelector("input:not([type=checkbox]):focus")) show(mixed ? null : values[0], mixed);
    }
    for (const [name, value] of others) {
      const cell = this.root.querySelector(`[data-other="${CSS.escape(name)}"] dd`);
      if (cell) cell.textContent = String(value);
    }
    for (const button of this.root.querySelectorAll("[data-other] button")) /** @type {HTMLButtonElement} */ (button).disabled = disabled;
  }

  /** @param {Attribute[]} schema @param {[string, unknown][]} others */
  build(schema, others) {
    this.rows = schema.map((attribute, at) => this.row(attribute, `attribute-${at}`));
    const rest = others.map(([name, value]) =>
      el("div", { "data-other": name }, el("dt", { class: "truncate" }, name), el("dd", { class: "truncate" }, String(value)),
        el("button", { class: "button quiet square small", type: "button", "aria-label": `Remove ${name}`, onclick: () => this.write(name, null) }, icon("x"))),
    );
    this.root.replaceChildren(...this.rows.map(({ root }) => root), ...(rest.length ? [el("dl", { class: "others" }, ...rest)] : []));
  }

  /** @param {Attribute} attribute @param {string} id @returns {Row} */
  row(attribute, id) {
    const isShort = (attribute.choices ?? []).join("").length <= LETTERS && (attribute.choices ?? []).length <= BUTTONS;
    if (attribute.kind === "choice") return isShort ? this.chips(attribute, id) : this.list(attribute, id);
    return attribute.kind === "checkbox" ? this.box(attribute, id) : this.field(attribute, id);
  }

  /** @param {Attribute} attribute @param {string} id @param {...HTMLElement} controls */
  frame(attribute, id, ...controls) {
    const note = el("p", { class: "error", id: `${id}-error`, hidden: true });
    const title = el("label", { for: id, id: `${id}-title`, class: "truncate", title: titleOf(attribute) }, titleOf(attribute), attribute.required ? el("span", { class: "needed", title: "Has to be filled in" }, " *") : null);
    return el("div", { class: "attribute", "data-attribute": attribute.name }, title, ...controls, note);
  }

  /** A text or a number. @param {Attribute} attribute @param {string} id @returns {Row} */
  field(attribute, id) {
    const isNumber = attribute.kind === "number";
    const input = el("input", {
      id, class: "input", type: isNumber ? "number" : "text", min: attribute.min, max: attribute.max, autocomplete: "off",
      step: isNumber ? attribute.step ?? "any" : null, maxlength: isNumber ? null : 1024, "aria-describedby": `${id}-error`, "aria-required": attribute.required ? "true" : null,
    });
    const root = this.frame(attribute, id, input);
    input.addEventListener("change", () => {
      const number = Number.isNaN(input.valueAsNumber) ? null : input.valueAsNumber;
      const bad = isNumber && input.validity.badInput;
      this.tryWrite(attribute, bad ? Number.NaN : isNumber ? number : input.value || null, root);
    });
    return { attribute, root, show: (value, mixed) => {
      if (input.hasAttribute("aria-invalid")) return;
      input.value = value === null || value === undefined ? "" : String(value);
      input.placeholder = mixed ? MIXED : "";
    } };
  }

  /** @param {Attribute} attribute @param {string} id @returns {Row} */
  box(attribute, id) {
    const input = el("input", { id, type: "checkbox" });
    const root = this.frame(attribute, id, input);
    input.addEventListener("change", () => this.tryWrite(attribute, input.checked, root));
    return { attribute, root, show: (value, mixed) => {
      input.checked = value === true;
      input.indeterminate = mixed || (attribute.required === true && value === null);
    } };
  }

  /** @param {Attribute} attribute @param {string} id @returns {Row} */
  list(attribute, id) {
    const none = el("option", { value: "" }, "Not set");
    const select = el("select", { id, class: "select" }, none, ...(attribute.choices ?? []).map((choice) => el("option", { value: choice }, choice)));
    const root = this.frame(attribute, id, select);
    select.addEventListener("change", () => this.tryWrite(attribute, select.value || null, root));
    return { attribute, root, show: (value, mixed) => {
      // A value of an earlier schema is shown as it is, until another one is chosen.
      const old = value !== null && !attribute.choices?.includes(String(value));
      none.textContent = mixed ? MIXED : old ? `${value} (no longer a choice)` : "Not set";
      select.value = value === null || old ? "" : String(value);
    } };
  }

  /** @param {Attribute} attribute @param {string} id @returns {Row} */
  chips(attribute, id) {
    const buttons = (attribute.choices ?? []).map((choice, at) =>
      el("button", { type: "button", class: "chip", id: at ? null : id, "data-choice": choice, "aria-pressed": "false" }, choice));
    const group = el("div", { class: "chips", role: "group", "aria-labelledby": `${id}-title` }, ...buttons);
    const root = this.frame(attribute, id, group);
    for (const button of buttons) {
      button.addEventListener("click", () => {
        const off = button.getAttribute("aria-pressed") === "true" && !attribute.required;
        this.tryWrite(attribute, off ? null : button.dataset.choice, root);
      });
    }
    return { attribute, root, show: (value) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(value === button.dataset.choice));
    } };
  }

  /** @param {Attribute} attribute @param {unknown} value @param {HTMLElement} root */
  tryWrite(attribute, value, root) {
    const reason = misfit(attribute, value);
    const note = must(".error", root);
    note.textContent = reason;
    note.hidden = !reason;
    const control = root.querySelector("input, select");
    if (reason) control?.setAttribute("aria-invalid", "true");
    else control?.removeAttribute("aria-invalid");
    if (!reason) this.write(attribute.name, value);
  }

  /** @param {string} name @param {unknown} value */
  write(name, value) {
    const { editor } = this.app;
    const edits = describe(editor.selected, { [name]: value });
    if (edits.length && editor.submit(edits, "describe")) editor.emit("say", value === null ? `${name} removed.` : `${name}: ${value}.`);
    else this.draw(editor.selected);
  }

  /** Enter keeps what was typed, a digit takes that choice; both go back to the picture, as Esc does. @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const choices = /** @type {HTMLElement[]} */ ([...(target.closest(".chips")?.querySelectorAll("button") ?? [])]);
    const isTyped = event.key === "Enter" && target.matches("input");
    const choice = event.ctrlKey || event.altKey ? undefined : choices[Number(event.key) - 1];
    if (!isTyped && !choice && !(event.key === "Escape" && this.visited)) return;
    event.preventDefault();
    event.stopPropagation();
    if (isTyped) target.dispatchEvent(new Event("change"));
    choice?.click();
    if (isTyped && target.hasAttribute("aria-invalid")) return;
    this.visited = false;
    must("#stage").focus({ preventScroll: true });
  }

  /** Put the keys into the first field. @returns {boolean} whether there is one */
  focus() {
    const [missing] = this.rows.filter(({ root }) => root.classList.contains("missing"));
    const control = /** @type {HTMLElement | null} */ ((missing ?? this.rows[0])?.root.querySelector("input, select, button"));
    control?.focus();
    this.visited = true;
    return control !== null && control !== undefined;
  }
}
