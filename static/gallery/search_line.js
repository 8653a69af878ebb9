// The search line: says what can be asked while one types, and submits when the order changes.
import { listening } from "../components/modules.js";
import { call } from "../lib/api.js";
import { el, must } from "../lib/dom.js";

const SHOWN = 8;

/** @typedef {{key: string, hint: string, values: string[]}} Key */

/** @param {HTMLElement} toolbar */
export function start(toolbar) {
  const line = new SearchLine(toolbar);
  return { stop: () => line.stop() };
}

class SearchLine {
  /** @param {HTMLElement} toolbar */
  constructor(toolbar) {
    this.field = /** @type {HTMLInputElement} */ (must("input[name=q]", toolbar));
    this.form = /** @type {HTMLFormElement} */ (this.field.form);
    /** @type {Key[] | null} */
    this.keys = null;
    this.chosen = -1;
    this.list = el("ul", { class: "suggestions", role: "listbox", id: "line-suggestions", "aria-label": "Suggestions", hidden: true });
    this.field.after(this.list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": "line-suggestions", "aria-autocomplete": "list" })) this.field.setAttribute(name, value);
    const stops = [
      listening(this.field, "focus", () => this.learn()),
      listening(this.field, "input", () => this.suggest()),
      listening(this.field, "keydown", (event) => this.key(event)),
      listening(this.field, "blur", () => this.close()),
      // Before the field loses the focus.
      listening(this.list, "pointerdown", (event) => this.take(event)),
      listening(must("select[name=sort]", toolbar), "change", () => this.form.requestSubmit()),
    ];
    this.stop = () => stops.forEach((stop) => stop());
  }

  async learn() {
    if (this.keys) return;
    this.keys = [];
    try {
      this.keys = (await call("/api/v1/search/keys")).keys;
    } catch {
      this.keys = null;
    }
    const named = this.keys?.find((known) => known.key === "class");
    const classes = JSON.parse(must("#gallery-classes").textContent ?? "[]");
    if (named) named.values = [...classes.map((/** @type {{name: string}} */ one) => one.name), "none"];
    const assignee = this.keys?.find((known) => known.key === "assignee");
    const people = JSON.parse(must("#gallery-people").textContent ?? "[]");
    if (assignee) assignee.values = ["me", "none", ...people.map((/** @type {{email: string}} */ one) => one.email)];
    // Who typed before this was known gets what stands now.
    if (document.activeElement === this.field) this.suggest();
  }

  /** The word that is being typed. */
  word() {
    return /[^\s]*$/.exec(this.field.value.slice(0, this.field.selectionStart ?? undefined))?.[0] ?? "";
  }

  /** What could stand in place of the word: [text, hint]. @returns {[string, string][]} */
  offers() {
    const word = this.word(), bare = word.replace(/^-/, ""), sign = word.slice(0, word.length - bare.length);
    const colon = bare.indexOf(":");
    if (colon < 0) return bare ? this.known().filter((one) => one.key.startsWith(bare)).map((one) => [`${sign}${opening(one)}`, one.hint]) : [];
    const key = bare.slice(0, colon), typed = bare.slice(colon + 1).toLowerCase();
    const values = this.known().find((one) => one.key === key)?.values ?? [];
    return values.filter((value) => value.toLowerCase().startsWith(typed) && value !== typed).map((value) => [`${sign}${key}:${quoted(value)}`, ""]);
  }

  known() {
    return (this.keys ?? []).filter((one) => one.key !== "text");
  }

  suggest() {
    const offers = this.offers().slice(0, SHOWN);
    this.chosen = -1;
    const rows = offers.map(([text, hint], index) => el("li", { role: "option", id: `line-offer-${index}`, "data-text": text, "aria-selected": "false" }, text, hint && el("span", { class: "meta" }, hint)));
    this.list.replaceChildren(...rows);
    this.list.hidden = !offers.length;
    this.field.setAttribute("aria-expanded", String(Boolean(offers.length)));
    this.field.removeAttribute("aria-activedescendant");
  }

  close() {
    this.list.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const rows = [...this.list.children];
    if (this.list.hidden || !rows.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.choose((this.chosen + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length);
    else if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && this.chosen >= 0) this.put(/** @type {HTMLElement} */ (rows[this.chosen]));
    else return;
    event.preventDefault();
  }

  /** @param {number} at */
  choose(at) {
    this.chosen = at;
    [...this.list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    this.field.setAttribute("aria-activedescendant", `line-offer-${at}`);
  }

  /** @param {PointerEvent} event */
  take(event) {
    const row = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    event.preventDefault();
    if (row instanceof HTMLElement) this.put(row);
  }

  /** @param {HTMLElement} row */
  put(row) {
    const end = this.field.selectionStart ?? this.field.value.length;
    const start = end - this.word().length;
    const text = row.dataset.text ?? "";
    this.field.setRangeText(text + (/[:<>=.]$/.test(text) ? "" : " "), start, end, "end");
    this.suggest();
  }
}

/** How a key is begun: `state:`, `score<`, `meta.`. @param {Key} key */
function opening(key) {
  const sign = /^[a-z_]+([:.<>]=?)/.exec(key.hint)?.[1] ?? ":";
  return `${key.key}${sign}`;
}

/** @param {string} value */
function quoted(value) {
  return /^[^\s",:=~<>\\][^\s",\\]*$/.test(value) ? value : `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;
}
