// A field to say something in, with the people of the tenant behind an @. Ctrl+Enter says it.
import { call } from "../../lib/api.js";
import { el } from "../../lib/dom.js";
import { misfit } from "../../lib/fuzzy.js";
import { uuid } from "../../lib/ids.js";
import { addressed, mentionAt } from "../model/threads.js";

/** @typedef {import("../model/threads.js").Person} Person */

const MOST = 2000;
const OFFERED = 6;

/** @type {Promise<Person[]> | null} */
let members = null;

/** Who can be addressed, asked for once. @returns {Promise<Person[]>} */
function everybody() {
  members ??= (async () => {
    /** @type {Person[]} */
    const found = [];
    for (let url = "/api/v1/tenant/members?limit=500"; url; ) {
      const { results, next } = await call(url);
      for (const one of results) if (one.is_active) found.push({ id: one.user, name: one.name });
      url = next;
    }
    return found;
  })();
  members.catch(() => (members = null));
  return members;
}

export class CommentForm {
  /** @param {import("../view/editor.js").Editor} editor @param {(text: string, mentions: string[], id: string) => Promise<boolean>} send answers whether it was said */
  constructor(editor, send) {
    this.editor = editor;
    this.send = send;
    const list = `people-${uuid()}`;
    this.options = el("ul", { id: list, class: "people-options", role: "listbox", "aria-label": "People", hidden: true });
    this.field = el("textarea", {
      class: "textarea", rows: 3, maxlength: MOST, role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list, "aria-haspopup": "listbox",
    });
    this.button = el("button", { type: "submit", class: "button primary small" }, "Comment");
    const hint = el("span", { class: "meta" }, "@ names somebody, Ctrl Enter sends.");
    this.form = el("form", { class: "comment-form" }, this.field, this.options, el("div", { class: "row tight" }, this.button, hint));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
    this.field.addEventListener("input", () => void this.offer());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("blur", () => this.hide());
    this.options.addEventListener("pointerdown", (event) => this.press(event));
    /** @type {Map<string, {text: string, people: Person[], id: string}>} what was begun and not said, by what it is about */
    this.begun = new Map();
    this.subject = "";
    /** @type {Person[]} */
    this.people = [];
    /** @type {Person[]} */
    this.offered = [];
    this.chosen = 0;
    this.id = uuid();
  }

  /** What it speaks of; what was begun about something else waits for its turn. @param {string} subject @param {string} label */
  about(subject, label) {
    this.field.placeholder = label;
    this.field.setAttribute("aria-label", label);
    if (subject === this.subject) return;
    this.begun.set(this.subject, { text: this.field.value, people: this.people, id: this.id });
    const known = this.begun.get(subject);
    this.subject = subject;
    this.fill(known?.text ?? "", known?.people ?? [], known?.id);
  }

  /** @param {string} text @param {Person[]} people @param {string} [id] */
  fill(text, people, id = uuid()) {
    this.field.value = text;
    this.people = [...people];
    this.id = id;
    this.hide();
  }

  async submit() {
    const text = this.field.value.trim();
    if (!text || this.button.disabled) return this.field.focus();
    const { subject } = this;
    this.button.disabled = true;
    const done = await this.send(text, addressed(text, this.people).flatMap(({ id }) => id ?? []), this.id);
    this.button.disabled = false;
    if (!done) return;
    this.begun.delete(subject);
    if (this.subject === subject || subject === "new") this.fill("", []);
  }

  // Who is meant by what stands after an @

  async offer() {
    const found = mentionAt(this.field.value, this.field.selectionStart);
    if (!found) return this.hide();
    const people = await everybody().catch(() => []);
    const fitting = people.filter(({ name }) => !found.word || misfit(name, found.word) < Infinity);
    fitting.sort((a, b) => misfit(a.name, found.word) - misfit(b.name, found.word) || a.name.localeCompare(b.name));
    this.offered = fitting.slice(0, OFFERED);
    this.chosen = 0;
    this.show();
  }

  show() {
    const { offered, chosen, options } = this;
    options.hidden = !offered.length;
    options.replaceChildren(...offered.map(({ name }, at) => el("li", { id: `${options.id}-${at}`, role: "option", "data-at": at, "aria-selected": String(at === chosen) }, name)));
    this.field.setAttribute("aria-expanded", String(offered.length > 0));
    if (offered.length) this.field.setAttribute("aria-activedescendant", `${options.id}-${chosen}`);
    else this.field.removeAttribute("aria-activedescendant");
  }

  hide() {
    this.offered = [];
    this.show();
  }

  /** @param {number} at */
  take(at) {
    const found = mentionAt(this.field.value, this.field.selectionStart);
    const person = this.offered[at];
    if (!found || !person) return this.hide();
    this.field.setRangeText(`@${person.name} `, found.from, this.field.selectionStart, "end");
    this.people.push(person);
    this.hide();
  }

  /** @param {PointerEvent} event */
  press(event) {
    event.preventDefault();
    const at = /** @type {HTMLElement} */ (event.target).closest("[data-at]")?.getAttribute("data-at");
    if (at) this.take(Number(at));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return this.form.requestSubmit();
    }
    if (!this.offered.length) return;
    const { length } = this.offered;
    const does = /** @type {Record<string, () => void>} */ ({
      ArrowDown: () => this.move((this.chosen + 1) % length), ArrowUp: () => this.move((this.chosen + length - 1) % length),
      Enter: () => this.take(this.chosen), Tab: () => this.take(this.chosen), Escape: () => this.hide(),
    })[event.key];
    if (!does) return;
    event.preventDefault();
    event.stopPropagation();
    does();
  }

  /** @param {number} to */
  move(to) {
    this.chosen = to;
    this.show();
  }
}
