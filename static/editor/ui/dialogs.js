// The help, the palette of all actions, finding a class by name, and the words that send an image back.
import { el, must } from "../../lib/dom.js";
import { keycaps } from "../../lib/keys.js";
import { pickClass } from "./actions.js";
import { swatch } from "./panel.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("./actions.js").Action} Action
 * @typedef {{label: string, hint: Node[], sign: Node | null, off: boolean, run: () => void}} Choice
 */

const MAC = /Mac|iP(hone|ad)/.test(navigator.platform);

/** @param {string} id */
const dialogOf = (id) => /** @type {HTMLDialogElement} */ (must(id));

/** @param {string} combo @returns {HTMLElement} */
const keys = (combo) => el("span", { class: "keys" }, ...keycaps(combo, MAC).map((cap) => el("kbd", {}, cap)));

/** @param {Action} action */
const shownOf = (action) => action.shown ?? action.keys;

export class Dialogs {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    /** @type {Action[]} */
    this.actions = [];
    this.picker = dialogOf("#picker");
    this.search = /** @type {HTMLInputElement} */ (must("#picker-search"));
    this.options = must("#picker-options");
    /** @type {Choice[]} */
    this.choices = [];
    /** @type {Choice[]} */
    this.found = [];
    this.at = 0;
    this.search.addEventListener("input", () => this.filter());
    this.search.addEventListener("keydown", (event) => this.key(event));
    this.options.addEventListener("click", (event) => this.click(event));
    const changes = /** @type {HTMLFormElement} */ (must("#changes-form"));
    changes.addEventListener("submit", () => this.sendBack(changes));
    for (const dialog of document.querySelectorAll("dialog")) {
      dialog.addEventListener("close", () => must("#stage").focus({ preventScroll: true }));
    }
  }

  /** @param {Action[]} actions */
  show(actions) {
    this.actions = actions;
    must("#help-keys").replaceChildren(...[...grouped(actions.filter((action) => shownOf(action).length))].map(([group, members]) => this.group(group, members)));
  }

  /** @param {string} group @param {Action[]} members */
  group(group, members) {
    const rows = members.map((action) => el("div", {}, el("dt", {}, action.title), el("dd", {}, ...shownOf(action).map(keys))));
    return el("section", {}, el("h3", {}, group), el("dl", {}, ...rows));
  }

  /** @param {"help" | "palette" | "classes" | "changes"} name */
  ask(name) {
    if (name === "help" || name === "changes") return dialogOf(`#${name}`).showModal();
    this.choices = name === "palette" ? this.actionChoices() : this.classChoices();
    this.search.placeholder = name === "palette" ? "What do you want to do?" : "Which class?";
    this.search.value = "";
    this.filter();
    this.picker.showModal();
    this.search.focus();
  }

  /** @returns {Choice[]} */
  actionChoices() {
    const { app } = this;
    return this.actions
      .filter((action) => !action.held && !action.shown?.includes("…") && !action.keys.some((key) => key.includes("Arrow")))
      .map((action) => ({
        label: action.title, hint: action.keys.slice(0, 1).map(keys), sign: null,
        off: action.enabled ? !action.enabled(app) : false, run: () => void action.run(app, action.keys[0] ?? ""),
      }));
  }

  /** @returns {Choice[]} */
  classChoices() {
    const { editor } = this.app;
    return editor.data.classes.map((one) => ({
      label: one.name, hint: [], sign: swatch(one.color), off: false, run: () => pickClass(this.app, one.id),
    }));
  }

  /** Keep what has all the letters typed, what begins with them first. */
  filter() {
    const wanted = this.search.value.trim().toLowerCase();
    const rank = (/** @type {Choice} */ choice) => {
      const label = choice.label.toLowerCase();
      return label.startsWith(wanted) ? 0 : label.includes(` ${wanted}`) ? 1 : label.includes(wanted) ? 2 : 3;
    };
    this.found = this.choices.filter((choice) => rank(choice) < 3).sort((a, b) => rank(a) - rank(b));
    this.at = 0;
    this.draw();
  }

  draw() {
    const rows = this.found.map((choice, at) =>
      el(
        "div",
        { role: "option", id: `choice-${at}`, class: "line", "data-at": at, "aria-selected": String(at === this.at), "aria-disabled": choice.off ? "true" : null },
        choice.sign, el("span", { class: "grow" }, choice.label), ...choice.hint,
      ),
    );
    this.options.replaceChildren(...(rows.length ? rows : [el("p", { class: "note" }, "Nothing found. Type other letters.")]));
    this.search.setAttribute("aria-activedescendant", rows.length ? `choice-${this.at}` : "");
    rows[this.at]?.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      this.take(this.found[this.at]);
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    this.at = (this.at + step + this.found.length) % Math.max(this.found.length, 1);
    this.draw();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const row = /** @type {HTMLElement} */ (event.target).closest("[data-at]");
    if (row) this.take(this.found[Number(row.getAttribute("data-at"))]);
  }

  /** @param {Choice | undefined} choice */
  take(choice) {
    if (!choice || choice.off) return;
    this.picker.close();
    choice.run();
  }

  /** @param {HTMLFormElement} form */
  sendBack(form) {
    const comment = /** @type {HTMLTextAreaElement} */ (must("#changes-comment", form));
    void this.app.review.send("reject", comment.value.trim());
    comment.value = "";
  }
}

/** @param {Action[]} actions @returns {Map<string, Action[]>} */
function grouped(actions) {
  const groups = new Map();
  for (const action of actions) groups.set(action.group, [...(groups.get(action.group) ?? []), action]);
  return groups;
}
