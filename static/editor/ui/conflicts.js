// What of my work could not be merged, or replaced the newer work of somebody else: a list that stays until I
// have looked at it, in this browser, also for pictures that are not open.
import { toast } from "../../components/toasts.js";
import { call } from "../../lib/api.js";
import { el, must } from "../../lib/dom.js";
import { uuid } from "../../lib/ids.js";
import { nameOf, overwrittenIn, wordOf } from "../model/conflicts.js";
import { agoOf } from "../model/moments.js";
import { reasonOf } from "../sync/refusals.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../model/edits.js").Edit} Edit
 * @typedef {import("../sync/outbox.js").Letter} Letter
 * @typedef {import("../view/editor.js").Conflict} Conflict
 * @typedef {{id: string, at: string, image: string, label: string, text: string, box: string, again: Edit[] | null, word: string}} Row
 *   `again` are the edits behind the row's button, which says `word`
 */

const KEPT = 100;
/** So many pages of the log are read to see what was replaced. */
const PAGES = 20;
const PAGE = 500;
const LOOK_MS = 1000;
const AWAY_MS = 10000;

export class Conflicts {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.editor = app.editor;
    this.key = `modelship.conflicts.${this.editor.data.me.id}`;
    this.bell = must("#conflicts");
    this.dialog = /** @type {HTMLDialogElement} */ (must("#conflicts-dialog"));
    this.list = must("#conflicts-list");
    /** @type {Row[]} newest first */
    this.rows = this.read();
    must("[data-part=clear]", this.dialog).addEventListener("click", () => this.change([]));
    this.draw();
  }

  /** @returns {Row[]} */
  read() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "[]");
    } catch {
      return [];
    }
  }

  /** @param {Row[]} rows */
  change(rows) {
    this.rows = rows.slice(0, KEPT);
    try {
      localStorage.setItem(this.key, JSON.stringify(this.rows));
    } catch {
      // A browser that keeps nothing shows the list until the page is left.
    }
    this.draw();
  }

  open() {
    this.draw();
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** Note what the server did not take, or took in part. @param {Conflict} conflict */
  take({ image, edits, drops, detail }) {
    const codes = new Map(drops.map((drop) => [drop.op_id, drop]));
    const lost = edits.filter((edit) => codes.has(edit.op_id));
    this.change([...lost.map((edit) => this.rowOf(image, edit, /** @type {any} */ (codes.get(edit.op_id)), detail)), ...this.rows]);
  }

  /** @param {string} image @param {Edit} edit @param {{code: string, detail?: string}} drop @param {string | null} detail @returns {Row} */
  rowOf(image, edit, drop, detail) {
    const by = image === this.editor.data.image.id ? this.editor.document.base.get(edit.box_id)?.updated_by?.name : null;
    const why = reasonOf(drop.code, by ?? null) ?? detail ?? drop.detail ?? "the server refused it";
    return {
      id: uuid(), at: new Date().toISOString(), image, label: this.labelOf(image, edit), box: edit.box_id,
      text: `Your ${nameOf(edit)} was not kept: ${why.replace(/\.$/, "")}.`, again: againOf(edit, drop.code), word: "Apply mine again",
    };
  }

  /** The class of the box, as far as it is known here. @param {string} image @param {Edit} edit */
  labelOf(image, edit) {
    const box = image === this.editor.data.image.id ? this.editor.document.find(edit.box_id) : undefined;
    const id = box?.class_id ?? edit.patch.class_id ?? null;
    return box || id ? this.editor.look(id).name : "Box";
  }

  /** Edits that waited for the network: once they are answered, see whose newer work they replaced. @param {Letter[]} letters @param {number} [pause] */
  watch(letters, pause = LOOK_MS) {
    const look = () => {
      if (letters.some((letter) => this.editor.outbox.letters.has(letter.key))) return;
      clearInterval(timer);
      void this.check(letters);
    };
    const timer = setInterval(look, pause);
  }

  /** @param {Letter[]} letters answered ones of one picture */
  async check(letters) {
    const [first] = letters;
    if (!first) return;
    const since = Math.min(...letters.map((letter) => letter.json.base_seq ?? 0));
    /** @type {import("../model/conflicts.js").LogBatch[]} */
    const batches = [];
    try {
      let url = `${first.url}?since=${since}&limit=${PAGE}`;
      for (let page = 0; url && page < PAGES; page++) {
        const { results, next } = await call(url);
        batches.push(...results);
        url = next;
      }
    } catch {
      return this.watch(letters, AWAY_MS);
    }
    this.replaced(first.image, overwrittenIn(batches, letters, this.editor.data.me.id));
  }

  /** Say whose work mine has replaced, with a way back. @param {string} image @param {import("../model/conflicts.js").Overwritten[]} found */
  replaced(image, found) {
    if (!found.length) return;
    const rows = found.map((lost) => ({
      id: uuid(), at: lost.at, image, label: this.labelOf(image, lost.mine), box: lost.box_id, word: `Use ${lost.by}'s`,
      text: lost.field === "box" ? `Your deletion took a box that ${lost.by} had changed.` : `Your ${wordOf(lost.field)} replaced ${lost.by}'s.`,
      again: [takenBack(lost)],
    }));
    this.change([...rows, ...this.rows]);
    const [row] = rows;
    const text = rows.length === 1 ? `${row.text.slice(0, -1)}, ${agoOf(row.at)}.` : `${rows.length} changes of yours replaced newer ones of others.`;
    const own = rows.length === 1 && image === this.editor.data.image.id;
    toast(text, { action: own ? { label: row.word, run: () => this.again(row) } : { label: "Look", run: () => this.open() } });
  }

  /** @param {Row} row */
  again(row) {
    const { editor } = this;
    if (row.image !== editor.data.image.id || !row.again) return;
    if (!editor.submit(row.again.map((edit) => ({ ...edit, op_id: uuid() })), "resolve")) return;
    this.dismiss(row);
    this.show(row);
  }

  /** @param {Row} row */
  dismiss(row) {
    this.change(this.rows.filter((one) => one.id !== row.id));
  }

  /** @param {Row} row */
  show(row) {
    const { editor } = this;
    this.dialog.close();
    const box = editor.document.view.get(row.box);
    if (!box) return editor.emit("toast", { text: "The box is not there any more." });
    editor.select([box.id]);
    editor.reveal(box);
  }

  draw() {
    const count = this.rows.length;
    this.bell.hidden = count === 0;
    must("span", this.bell).textContent = String(count);
    this.bell.setAttribute("aria-label", `${count} to look at: what could not be merged`);
    must("#conflicts-none").hidden = count > 0;
    must("[data-part=clear]", this.dialog).hidden = count === 0;
    this.list.replaceChildren(...this.rows.map((row) => this.item(row)));
  }

  /** @param {Row} row */
  item(row) {
    const here = row.image === this.editor.data.image.id;
    const button = (/** @type {string} */ text, /** @type {() => void} */ run) => el("button", { type: "button", class: "button small", onclick: run }, text);
    const url = `/images/${row.image}/`;
    const go = (/** @type {MouseEvent} */ event) => {
      event.preventDefault();
      this.dialog.close();
      void this.app.travel.visit(url);
    };
    return el(
      "li", {},
      el("p", {}, el("strong", {}, row.label), ` ${row.text} `, el("time", { class: "count", datetime: row.at }, agoOf(row.at))),
      el("div", { class: "row tight" },
        here && button("Show box", () => this.show(row)),
        here && row.again && button(row.word, () => this.again(row)),
        !here && el("a", { class: "button small", href: url, onclick: go }, "Open the image"),
        button("Dismiss", () => this.dismiss(row))),
    );
  }
}

/** The edits that would do it all the same, if any can. @param {Edit} edit @param {string} code @returns {Edit[] | null} */
function againOf({ expect, ...edit }, code) {
  if (code === "exists" || code === "unknown") return null;
  if (code !== "gone") return [edit];
  /** @type {Edit} */
  const restore = { op_id: "", kind: "restore", box_id: edit.box_id, patch: {} };
  return edit.kind === "delete" ? null : [restore, edit];
}

/** @param {import("../model/conflicts.js").Overwritten} lost @returns {Edit} */
function takenBack({ box_id, field, mine, theirs }) {
  if (field === "box") return { op_id: "", kind: "restore", box_id, patch: {} };
  const expect = Object.fromEntries(Object.keys(theirs).map((key) => [key, mine.patch[key]]));
  return { op_id: "", kind: "update", box_id, patch: theirs, expect };
}
