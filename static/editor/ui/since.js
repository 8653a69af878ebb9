// What others changed on the picture since I reviewed it last: a line that counts it, frames over the boxes, one after the other.
import { call } from "../../lib/api.js";
import { el, must } from "../../lib/dom.js";
import { agoOf, counted } from "../model/moments.js";
import { boundsOf } from "../model/shapes.js";
import { Past } from "./past.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {{box_id: string, words: string[], before: Box | null, after: Box | null}} Change
 * @typedef {{since: {seq: number, at: string, action: string} | null, seq: number, counts: Record<string, number>, changes: Change[]}} Changes
 */

const NEWS_MS = 1200;
const WORDS = ["added", "moved", "relabelled", "described", "judged", "arranged", "removed"];

/** @type {Since | null} */
let known = null;

/** Once, for all pictures that this page opens. @param {App} app */
export const sinceOf = (app) => (known ??= new Since(app));

/** The frames of what is different, over boxes that may be edited meanwhile. */
class Marks extends Past {
  /** @param {import("../view/editor.js").Editor} editor @param {HTMLElement} stage */
  constructor(editor, stage) {
    super(editor, stage);
    this.canvas.className = "since";
  }

  /** @param {Change[]} changes */
  mark(changes) {
    /** @type {import("../model/moments.js").Difference} */
    const difference = { added: [], changed: [], deleted: [] };
    for (const { before, after } of changes) {
      if (before && after) difference.changed.push([before, after]);
      else if (after) difference.added.push(after);
      else if (before) difference.deleted.push(before);
    }
    this.difference = difference;
    if (!this.isShown) this.stage.append(this.canvas);
    this.invalidate();
  }

  hide() {
    this.canvas.remove();
  }

  draw() {
    const { ratio } = this.editor.scene;
    this.clear();
    this.ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.paintDifference();
  }
}

export class Since {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.editor = app.editor;
    this.marks = new Marks(this.editor, must("#stage"));
    /** @type {Changes | null} */
    this.found = null;
    this.at = -1;
    const button = (/** @type {string} */ text, /** @type {() => void} */ run) => el("button", { type: "button", class: "button small", onclick: run }, text);
    this.words = el("span", { class: "grow" });
    this.shows = button("Show", () => this.toggle());
    this.line = el("p", { id: "since", class: "since-line", role: "status", hidden: true }, this.words, this.shows, button("Next", () => this.next()), button("Seen", () => void this.seen()));
    must("#main").append(this.line);
    this.editor.on("view", () => this.marks.invalidate());
    this.editor.on("boxes", (touched) => this.hear(touched));
    this.editor.on("opened", () => this.reopen());
    this.editor.on("canvas", () => void this.load());
    document.addEventListener("theme", () => this.marks.invalidate());
    this.reopen();
  }

  get url() {
    return `/api/v1/images/${this.editor.data.image.id}/changes`;
  }

  reopen() {
    this.found = null;
    this.marks.hide();
    this.draw();
    void this.load();
  }

  /** Others go on while I look. @param {Set<string>} touched */
  hear(touched) {
    if (!this.found?.since) return;
    const { document, data } = this.editor;
    const isMine = (/** @type {string} */ id) => document.view.get(id)?.updated_by?.id === data.me.id;
    if (document.seq <= this.found.seq || [...touched].every(isMine)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.load(), NEWS_MS);
  }

  async load() {
    const { id } = this.editor.data.image;
    const found = await call(this.url).catch(() => null);
    if (found && id === this.editor.data.image.id) this.take(found);
  }

  /** @param {Changes} found */
  take(found) {
    this.found = found;
    if (!found.changes.length) this.marks.hide();
    else if (this.marks.isShown) this.marks.mark(found.changes);
    this.draw();
  }

  draw() {
    const changes = this.found?.changes ?? [];
    this.line.hidden = !changes.length || !this.found?.since;
    if (this.line.hidden || !this.found?.since) return;
    const { since, counts } = this.found;
    const parts = WORDS.filter((word) => counts[word]).map((word) => `${counts[word]} ${word}`);
    this.words.textContent = `Since your last review, ${agoOf(since.at)}: ${parts.join(", ")}.`;
    this.shows.textContent = this.marks.isShown ? "Hide" : "Show";
    this.shows.setAttribute("aria-pressed", String(this.marks.isShown));
  }

  toggle() {
    const changes = this.found?.changes ?? [];
    if (!changes.length) return this.editor.emit("toast", { text: this.found?.since ? "Nothing was changed by others since your last review." : "You have not reviewed this picture yet." });
    this.at = -1;
    if (this.marks.isShown) this.marks.hide();
    else this.marks.mark(changes);
    this.draw();
    if (this.marks.isShown) this.editor.emit("say", `${counted(changes.length, "box", "boxes")} changed. Alt U goes through them.`);
  }

  /** To the next box that differs, round and round. */
  next() {
    const changes = this.found?.changes ?? [];
    if (!changes.length || !this.marks.isShown) this.toggle();
    if (!changes.length) return;
    this.at = (this.at + 1) % changes.length;
    const { box_id, words, before, after } = changes[this.at];
    const box = /** @type {Box} */ (after ?? before);
    if (this.editor.document.view.has(box_id)) this.editor.select([box_id]);
    this.editor.reveal(boundsOf(box));
    this.editor.emit("say", `${this.at + 1} of ${changes.length}: ${this.editor.look(box.class_id).name} ${words.join(", ")}.`);
  }

  async seen() {
    if (!this.found?.since) return this.toggle();
    try {
      this.take(await call(this.url, { method: "POST", json: { seq: this.found.seq } }));
      this.editor.emit("say", "Seen. From now on you are shown what comes after.");
    } catch (error) {
      this.editor.emit("toast", { text: error instanceof Error ? error.message : String(error), kind: "bad" });
    }
  }
}
