// What people say about places of the picture: kept equal with the server, one of them chosen, a new one begun.
import { call } from "../../lib/api.js";
import { must } from "../../lib/dom.js";
import { fits, follow, merge, placeOf } from "../model/threads.js";
import { CommentTool } from "../tools/comment.js";
import { Lazy } from "./actions/lazy.js";
import { ThreadPanel } from "./thread_panel.js";
import { Pins } from "./thread_pins.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../model/threads.js").Thread} Thread
 * @typedef {import("../model/threads.js").Anchor} Anchor
 * @typedef {import("../model/threads.js").Filter} Filter
 */

const PAGE = 100;

/** @type {Threads | null} */
let known = null;

/** Once, for all pictures that this page opens. @param {App} app */
export const threadsOf = (app) => (known ??= new Threads(app));

export class Threads {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.editor = app.editor;
    /** @type {Map<string, Thread>} */
    this.all = new Map();
    /** @type {Filter} */
    this.filter = "open";
    this.current = /** @type {string | null} */ (null);
    this.draft = /** @type {Anchor | null} */ (null);
    /** Where the address asks for one thread, it is shown once. */
    this.wanted = new URLSearchParams(location.search).get("thread");
    this.greeted = false;
    this.button = must("#threads");
    this.button.addEventListener("click", () => this.toggle());
    this.pins = new Pins(this);
    this.panel = new ThreadPanel(this);
    app.tools.comment = new CommentTool(this.editor, app.tools.select, (anchor) => this.begin(anchor));
    this.editor.on("thread", (heard) => this.hear(heard));
    this.editor.on("opened", () => this.reopen());
    this.editor.on("boxes", () => this.moved());
    this.editor.on("status", () => this.healed());
    this.reopen();
  }

  get url() {
    return `/api/v1/images/${this.editor.data.image.id}/threads`;
  }

  /** Those that the filter shows, in the order in which they were begun; the chosen one always. @returns {Thread[]} */
  get shown() {
    const { me } = this.editor.data;
    const found = [...this.all.values()].filter((thread) => thread.id === this.current || fits(thread, this.filter, me.id));
    return found.sort((a, b) => a.number - b.number);
  }

  /** Another picture: nothing of the last one stays. */
  reopen() {
    this.all.clear();
    this.current = this.draft = null;
    this.draw();
    void this.load();
  }

  /** The connection came back: what was said meanwhile was not heard. */
  healed() {
    const { greeted } = this.editor.session;
    if (greeted && !this.greeted) void this.load();
    this.greeted = greeted;
  }

  async load() {
    const { id } = this.editor.data.image;
    // What is heard while the list is on its way is newer than the list.
    const before = [...this.all.keys()];
    /** @type {Map<string, Thread>} */
    const found = new Map();
    try {
      for (let url = `${this.url}?limit=${PAGE}`; url; ) {
        const { results, next } = await call(url);
        for (const thread of results) found.set(thread.id, thread);
        url = next;
      }
    } catch {
      return; // Offline, say: it is asked again when the connection is back.
    }
    if (this.editor.data.image.id !== id) return;
    for (const known of before) if (!found.has(known)) this.all.delete(known);
    for (const thread of found.values()) merge(this.all, thread);
    const { wanted } = this;
    this.wanted = null;
    if (wanted && this.all.has(wanted)) this.choose(wanted);
    else this.moved();
  }

  /** @param {Thread & {is_deleted?: boolean}} heard */
  hear(heard) {
    const before = this.all.get(heard.id);
    if (!merge(this.all, heard)) return;
    const said = heard.comments?.at(-1);
    if (said && said.author?.id !== this.editor.data.me.id && heard.comments.length > (before?.comments.length ?? 0)) {
      this.editor.emit("say", `${said.author?.name ?? "Somebody"} commented: ${said.text}`);
    }
    this.moved();
  }

  moved() {
    const { document } = this.editor;
    if (document.loaded) follow(this.all.values(), document.view);
    this.draw();
  }

  draw() {
    if (this.current && !this.all.has(this.current)) this.current = null;
    const open = [...this.all.values()].filter((thread) => thread.state === "open").length;
    const words = open === 1 ? "1 open comment" : `${open || "No"} open comments`;
    this.button.hidden = false;
    must("span", this.button).textContent = open ? String(open) : "";
    this.button.title = `${words} on this picture (Shift R)`;
    this.button.setAttribute("aria-label", words);
    this.button.setAttribute("aria-expanded", String(this.panel.isOpen));
    this.pins.draw();
    this.panel.draw();
  }

  toggle() {
    if (this.panel.isOpen) this.close();
    else this.open();
  }

  open() {
    this.panel.show(true);
    this.draw();
    this.panel.focus();
  }

  close() {
    this.current = this.draft = null;
    this.panel.show(false);
    this.draw();
    must("#stage").focus({ preventScroll: true });
  }

  /** Back to the list of all. */
  leave() {
    this.current = this.draft = null;
    this.draw();
    this.panel.focus();
  }

  /** @param {Filter} filter */
  narrow(filter) {
    this.filter = filter;
    this.draw();
  }

  /** Show one thread, and its place. @param {string} id */
  choose(id) {
    const thread = this.all.get(id);
    if (!thread) return;
    Object.assign(this, { current: id, draft: null });
    this.panel.show(true);
    this.moved();
    this.panel.focus();
    const place = placeOf(thread.anchor);
    if (place) this.editor.reveal({ ...place, w: Math.max(place.w, 1), h: Math.max(place.h, 1) }, 0.12);
    this.editor.emit("say", `Comment ${thread.number}: ${thread.comments[0]?.text ?? ""}`);
    void this.read(id);
  }

  /** Whoever looks at a thread needs no bell for it. @param {string} id */
  async read(id) {
    try {
      const { marked } = await call("/api/v1/notifications/read", { method: "POST", json: { subject: `thread:${id}` } });
      if (marked) document.dispatchEvent(new CustomEvent("notices"));
    } catch {
      // It stays unread.
    }
  }

  /** To the next one that the filter shows, round and round. @param {1 | -1} way */
  step(way) {
    const { shown } = this;
    if (!shown.length) return this.editor.emit("toast", { text: "No comments here. Press W to write one." });
    const here = shown.findIndex((thread) => thread.id === this.current);
    const next = here < 0 ? (way > 0 ? 0 : shown.length - 1) : (here + way + shown.length) % shown.length;
    this.choose(shown[next].id);
  }

  /** The only selected box is the place; without one the next press says it. */
  aim() {
    const [box, ...others] = this.editor.selected;
    if (box && !others.length && box.shape !== "tag") return this.begin({ kind: "box", box_id: box.id });
    this.app.take(this.app.tool.id === "comment" ? "select" : "comment");
    if (this.app.tool.id === "comment") this.editor.emit("say", "Click a point or drag a region to comment on. Enter takes the crosshair, Escape leaves.");
  }

  /** @param {Anchor} anchor */
  begin(anchor) {
    if (this.app.tool.id === "comment") this.app.take("select");
    Object.assign(this, { current: null, draft: anchor });
    this.panel.show(true);
    this.moved();
    this.panel.focus();
  }

  /** Say what was written: a new thread or an answer. @param {string} text @param {string[]} mentions @param {string} id of its own, so that saying it again says it once */
  async send(text, mentions, id) {
    const { draft, current, url } = this;
    const said = draft
      ? await this.ask(url, "POST", { anchor: plain(draft), text, mentions, id })
      : await this.ask(`/api/v1/threads/${current}/comments`, "POST", { text, mentions, id });
    if (!said) return false;
    if (draft && this.draft === draft) Object.assign(this, { draft: null, current: said.id });
    this.draw();
    return true;
  }

  /** @param {Thread} thread */
  async settle(thread) {
    const state = thread.state === "open" ? "resolved" : "open";
    if (await this.ask(`/api/v1/threads/${thread.id}`, "PATCH", { state })) this.editor.emit("say", state === "open" ? "Opened again." : "Resolved.");
  }

  /** @param {Thread} thread */
  async remove(thread) {
    const done = await this.ask(`/api/v1/threads/${thread.id}`, "DELETE");
    if (done) this.leave();
  }

  /** The picture as it was when the thread began. @param {Thread} thread */
  async lookBack(thread) {
    const timeline = await Lazy.timeline(this.app);
    if (!timeline.isOpen) timeline.open();
    timeline.choose(thread.seq);
  }

  /** Ask the server, and take the thread that it answers; what it refuses is told. @param {string} url @param {string} method @param {object} [json] @returns {Promise<any>} */
  async ask(url, method, json) {
    try {
      // A box that was drawn just now is known there once it is saved.
      await this.app.review.saved();
      const answer = await call(url, { method, json });
      if (answer?.comments) merge(this.all, answer);
      this.moved();
      return answer ?? true;
    } catch (error) {
      this.editor.emit("toast", { text: error instanceof Error ? error.message : String(error), kind: "bad" });
      return null;
    }
  }
}

/** As the server takes it: a box is named, not placed. @param {Anchor} anchor */
const plain = ({ kind, point, region, box_id }) => (kind === "box" ? { kind, box_id } : { kind, ...(point && { point }), ...(region && { region }) });
