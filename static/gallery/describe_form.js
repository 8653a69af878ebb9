// Keywords and one key of the metadata, for many pictures at once.
import { listening } from "../components/modules.js";
import { must } from "../lib/dom.js";

/** What the field's text means as a value of each type. @type {Record<string, (text: string) => unknown>} */
const READERS = {
  text: (text) => text,
  number: (text) => {
    const number = Number(text);
    if (!text.trim() || !Number.isFinite(number)) throw new Error("That is no number. Write it as 12 or 0.5.");
    return number;
  },
  flag: (text) => text === "yes",
  json: (text) => {
    try {
      return JSON.parse(text);
    } catch {
      throw new Error('That is no JSON. Write it as [1, 2] or {"side": "left"}.');
    }
  },
  remove: () => null,
};

/** @typedef {"add_keyword" | "remove_keyword" | "metadata"} Change */

export class DescribeForm {
  /** @param {{number: number, order(action: Change, values: {value: unknown}): Promise<void>}} bulk */
  constructor(bulk) {
    this.bulk = bulk;
    this.dialog = /** @type {HTMLDialogElement} */ (must("#describe-dialog"));
    this.words = /** @type {HTMLFormElement} */ (must("[data-part=words-form]", this.dialog));
    this.fields = /** @type {HTMLFormElement} */ (must("[data-part=metadata-form]", this.dialog));
    const stops = [
      listening(this.words, "submit", (event) => this.word(event)),
      listening(this.fields, "submit", (event) => this.key(event)),
      listening(this.fields, "change", () => this.dress()),
    ];
    this.stop = () => stops.forEach((stop) => stop());
  }

  open() {
    must("[data-part=number]", this.dialog).textContent = this.bulk.number.toLocaleString("en");
    this.say("");
    this.dialog.showModal();
    must("[name=keyword]", this.dialog).focus();
  }

  /** Each type has a field of its own. */
  dress() {
    const type = this.type;
    must("[data-part=value]", this.fields).hidden = type === "flag" || type === "remove";
    must("[data-part=flag]", this.fields).hidden = type !== "flag";
  }

  get type() {
    return String(new FormData(this.fields).get("type"));
  }

  /** @param {SubmitEvent} event */
  async word(event) {
    event.preventDefault();
    const word = String(new FormData(this.words).get("keyword")).trim();
    const does = /** @type {HTMLButtonElement | null} */ (event.submitter)?.value === "remove_keyword" ? "remove_keyword" : "add_keyword";
    if (word) await this.change(does, () => word);
  }

  /** @param {SubmitEvent} event */
  async key(event) {
    event.preventDefault();
    const fields = new FormData(this.fields);
    await this.change("metadata", () => patchOf(String(fields.get("key")).trim(), READERS[this.type](String(fields.get(this.type === "flag" ? "flag" : "value")))));
  }

  /** @param {Change} action @param {() => unknown} read the value, or why it is none */
  async change(action, read) {
    try {
      await this.bulk.order(action, { value: read() });
      this.dialog.close();
    } catch (error) {
      this.say(/** @type {Error} */ (error).message);
    }
  }

  /** @param {string} words */
  say(words) {
    const box = must("[data-part=problem]", this.dialog);
    box.hidden = !words;
    must(".problem > div", box).textContent = words;
  }
}

/** `camera.make` is `make` inside `camera`, as in the search. @param {string} path @param {unknown} value @returns {Record<string, unknown>} */
export function patchOf(path, value) {
  const [key, ...rest] = path.split(".");
  return { [key]: rest.length ? patchOf(rest.join("."), value) : value };
}
