// The panel of what is said about the picture: a list of threads, or one of them with its comments and a field to answer.
import { confirmed } from "../../components/confirm.js";
import { el, icon, must } from "../../lib/dom.js";
import { agoOf } from "../model/moments.js";
import { FILTERS, partsOf, wordsOf } from "../model/threads.js";
import { CommentForm } from "./comment_form.js";

/**
 * @typedef {import("./threads.js").Threads} Threads
 * @typedef {import("../model/threads.js").Thread} Thread
 * @typedef {import("../model/threads.js").Comment} Comment
 * @typedef {import("../model/threads.js").Filter} Filter
 */

export class ThreadPanel {
  /** @param {Threads} threads */
  constructor(threads) {
    this.threads = threads;
    this.editor = threads.editor;
    const closes = el("button", { type: "button", class: "button quiet square small", "aria-label": "Close the comments", title: "Close (Esc)", onclick: () => threads.close() }, icon("x"));
    this.back = el("button", { type: "button", class: "button quiet small", onclick: () => threads.leave() }, "All");
    this.title = el("h2", { id: "threads-title", class: "grow truncate", tabindex: "-1" });
    this.filters = el("div", { class: "chips", role: "group", "aria-label": "Which comments" });
    for (const [name, word] of Object.entries(FILTERS)) {
      this.filters.append(el("button", { type: "button", class: "chip", "data-filter": name, onclick: () => threads.narrow(/** @type {Filter} */ (name)) }, word));
    }
    this.list = el("ol", { class: "lines", role: "list" });
    this.none = el("p", { class: "note" });
    this.comments = el("ol", { class: "comments", role: "list" });
    this.buttons = el("div", { class: "row tight" });
    this.form = new CommentForm(this.editor, (text, mentions, id) => threads.send(text, mentions, id));
    this.box = el("aside", { class: "threads", "aria-labelledby": "threads-title", hidden: true },
      el("header", {}, this.back, this.title, closes), this.filters, this.none, this.list, this.comments, this.buttons, this.form.form);
    /** The comment that is being said otherwise. */
    this.editing = /** @type {string | null} */ (null);
    this.box.addEventListener("keydown", (event) => this.key(event));
    must("#main").append(this.box);
  }

  get isOpen() {
    return !this.box.hidden;
  }

  /** @param {boolean} open */
  show(open) {
    this.box.hidden = !open;
  }

  /** Where the hands go on: the field while something is said, else the title. */
  focus() {
    if (this.threads.draft && !this.form.form.hidden) this.form.field.focus();
    else this.title.focus({ preventScroll: true });
  }

  /** Escape leads out, a step at a time. @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    this.editing = null;
    if (this.threads.current || this.threads.draft) this.threads.leave();
    else this.threads.close();
  }

  draw() {
    if (!this.isOpen) return;
    const { all, current, draft } = this.threads;
    const thread = all.get(current ?? "");
    const isOne = Boolean(thread || draft);
    const where = draft ?? thread?.anchor;
    this.title.textContent = where ? `${thread ? `Comment ${thread.number}` : "New comment"} on ${wordsOf(where, (id) => this.nameOf(id))}` : "Comments";
    this.back.hidden = !isOne;
    this.filters.hidden = this.list.hidden = isOne;
    this.comments.hidden = this.buttons.hidden = !thread;
    this.form.form.hidden = !isOne || !this.editor.data.can.annotate;
    this.form.about(draft ? "new" : current ?? "", draft ? "What is to be looked at here?" : "Answer");
    if (thread) this.drawOne(thread);
    if (!isOne) this.drawList();
    else this.none.hidden = true;
  }

  /** @param {string} id */
  nameOf(id) {
    const box = this.editor.document.view.get(id);
    return box ? this.editor.look(box.class_id).name : "a box";
  }

  drawList() {
    const { shown, filter } = this.threads;
    for (const chip of this.filters.children) chip.setAttribute("aria-pressed", String(chip.getAttribute("data-filter") === filter));
    const focused = document.activeElement?.getAttribute("data-thread");
    this.list.replaceChildren(...shown.map((thread) => this.row(thread)));
    if (focused) /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-thread="${focused}"]`))?.focus();
    this.none.hidden = shown.length > 0;
    const hint = this.editor.data.can.annotate ? "Press W, then click a point or drag over a region." : "";
    this.none.textContent = this.threads.all.size ? "No comment here passes the filter." : `Nobody has said anything yet. ${hint}`;
  }

  /** @param {Thread} thread */
  row(thread) {
    const [first, ...rest] = thread.comments;
    const answers = rest.length ? `${rest.length} ${rest.length === 1 ? "answer" : "answers"} · ` : "";
    return el("li", {},
      el("button", { type: "button", class: "thread-row", "data-thread": thread.id, onclick: () => this.threads.choose(thread.id) },
        el("span", { class: "pin-sign", "data-state": thread.state, "aria-hidden": "true" }, thread.number),
        el("span", { class: "grow" },
          el("strong", {}, first?.author?.name ?? "Somebody"), ` ${first?.text.slice(0, 160) ?? ""}`,
          el("span", { class: "meta" }, `${answers}${agoOf(thread.updated_at)}${thread.state === "resolved" ? " · resolved" : ""}`))));
  }

  /** @param {Thread} thread */
  drawOne(thread) {
    const may = this.editor.data.can.annotate;
    // Whoever is saying something otherwise goes on undisturbed.
    if (!this.editing || !this.comments.querySelector("form") || this.drawnOf !== thread.id) {
      this.editing = this.drawnOf === thread.id ? this.editing : null;
      this.comments.replaceChildren(...thread.comments.map((comment, at) => this.comment(thread, comment, at > 0)));
    }
    this.drawnOf = thread.id;
    const resolved = thread.resolved_by && thread.state === "resolved" ? el("span", { class: "meta" }, `Resolved by ${thread.resolved_by.name}.`) : null;
    const mine = thread.created_by?.id === this.editor.data.me.id && thread.comments.every(({ author }) => author?.id === this.editor.data.me.id);
    const button = (/** @type {string} */ text, /** @type {() => void} */ run) => el("button", { type: "button", class: "button small", onclick: run }, text);
    const isPast = thread.seq < this.editor.document.seq;
    const focused = this.buttons.contains(document.activeElement) ? document.activeElement?.textContent : null;
    const made = [
      may && button(thread.state === "open" ? "Resolve" : "Open again", () => void this.threads.settle(thread)),
      isPast && button("As it was then", () => void this.threads.lookBack(thread)),
      may && mine && button("Delete", () => void this.remove(thread)), resolved,
    ].filter((one) => one !== null && one !== false);
    this.buttons.replaceChildren(...made);
    if (focused) /** @type {HTMLElement} */ (made.find((one) => one.textContent === focused) ?? made[0])?.focus?.();
  }

  /** @param {Thread} thread */
  async remove(thread) {
    if (await confirmed("This deletes the comment for everybody.", "Delete")) await this.threads.remove(thread);
  }

  /** @param {Thread} thread @param {Comment} comment @param {boolean} mayGo */
  comment(thread, comment, mayGo) {
    if (this.editing === comment.id) return el("li", {}, this.rewriting(comment));
    const { me, can } = this.editor.data;
    const isOwn = can.annotate && comment.author?.id === me.id;
    const small = (/** @type {string} */ text, /** @type {() => void} */ run) => el("button", { type: "button", class: "button quiet small", onclick: run }, text);
    const edit = () => {
      this.editing = comment.id;
      this.comments.replaceChildren(...thread.comments.map((one, at) => this.comment(thread, one, at > 0)));
      /** @type {HTMLElement | null} */ (this.comments.querySelector("textarea"))?.focus();
    };
    const drop = () => void this.threads.ask(`/api/v1/comments/${comment.id}`, "DELETE").then((done) => done && this.threads.load());
    const when = new Date(comment.created_at);
    return el("li", {},
      el("p", { class: "by" }, el("strong", {}, comment.author?.name ?? "Somebody"), " ",
        el("time", { class: "meta", datetime: comment.created_at, title: when.toLocaleString() }, agoOf(comment.created_at)),
        comment.edited_at ? el("span", { class: "meta" }, " · edited") : null,
        comment.imported ? el("span", { class: "meta" }, ` · imported by ${comment.imported.by?.name ?? "somebody"}`) : null,
        isOwn ? el("span", { class: "own" }, small("Edit", edit), mayGo ? small("Delete", drop) : null) : null),
      el("p", { class: "said" }, ...partsOf(comment.text, comment.mentions).map(({ text, person }) => (person ? el("mark", {}, text) : text))));
  }

  /** A field with what was said, to say it otherwise. @param {Comment} comment */
  rewriting(comment) {
    const form = new CommentForm(this.editor, async (text, mentions) => {
      const done = await this.threads.ask(`/api/v1/comments/${comment.id}`, "PATCH", { text, mentions });
      if (done) this.editing = null;
      this.threads.draw();
      return Boolean(done);
    });
    form.about(comment.id, "Change the comment");
    form.fill(comment.text, comment.mentions);
    return form.form;
  }
}
