// The bar of a team session over the picture: who is where, how far it is, who leads; and the way that goes with it.
import { toast } from "../../components/toasts.js";
import { call } from "../../lib/api.js";
import { el, must, perFrame } from "../../lib/dom.js";
import { SessionRoom } from "../sync/session_room.js";
import { peerColor } from "../sync/peers.js";
import { LATER } from "./actions.js";
import { sessionActions } from "./actions/session.js";
import { handedBy } from "./handed.js";
import { bind } from "./later.js";
import { SessionFollow } from "./session_follow.js";

/** @typedef {import("./actions.js").App} App @typedef {import("../sync/session_room.js").Happened} Happened */

const LIFE_MS = 15000;
const DONE = /** @type {Record<string, string>} */ ({ approve: "approved", reject: "sent back", submit: "handed in", skip: "skipped" });

/** @type {SessionBar | null} */
let bar = null;

/** Once, for all pictures that this page opens. @param {App} app @param {string} id */
export function start(app, id) {
  if (bar) return;
  bar = new SessionBar(app, id);
  LATER.push(...sessionActions(bar));
  bind(app);
}

export class SessionBar {
  /** @param {App} app @param {string} id */
  constructor(app, id) {
    this.app = app;
    this.id = id;
    this.api = `/api/v1/sessions/${id}`;
    /** @type {string | null} the picture that I was handed */
    this.mine = null;
    /** @type {Promise<void> | null} */
    this.going = null;
    this.livedAt = 0;
    this.frame = el("section", { id: "session-bar", class: "session-bar", "aria-label": "Session", hidden: true });
    must("#main").append(this.frame);
    this.render = perFrame(() => this.draw());
    this.room = new SessionRoom(id, {
      changed: (event) => this.changed(event),
      here: this.render,
      closed: (detail) => toast(detail || "The session is not there any more.", { kind: "bad" }),
    });
    this.follow = new SessionFollow(app, () => (this.mayFollow ? this.state?.session ?? null : null), (image) => this.urlOf(image), this.render);
    this.always = handedBy(app, () => this.next(), () => this.isApart);
    const { editor } = app;
    editor.on("opened", () => this.opened());
    for (const name of ["pointermove", "keydown"]) document.addEventListener(name, () => this.live());
    this.room.tell(editor.data.image.id);
    this.room.open();
  }

  get state() {
    return this.room.state;
  }

  get me() {
    return this.app.editor.data.me.id;
  }

  get isOpen() {
    return this.state?.session.state === "open";
  }

  get takesPart() {
    return this.isOpen && (this.state?.people.some((one) => one.user.id === this.me && one.state === "joined") ?? false);
  }

  get leads() {
    return this.takesPart && this.state?.session.leader?.id === this.me;
  }

  /** Whether each has pictures of their own, and so have I. */
  get isApart() {
    return this.takesPart && this.state?.session.mode === "apart" && this.app.editor.data.can.annotate;
  }

  get mayFollow() {
    return this.isOpen && this.state?.session.mode === "together" && !this.leads && this.state.session.leader !== null;
  }

  get isFollowing() {
    return this.mayFollow && this.follow.isOn;
  }

  /** @param {string} image */
  urlOf(image) {
    return `/images/${image}/?session=${this.id}`;
  }

  opened() {
    this.room.tell(this.app.editor.data.image.id);
    void this.lead();
    this.render();
  }

  /** While I am at work, what I was handed stays mine. */
  live() {
    if (Date.now() - this.livedAt < LIFE_MS) return;
    this.livedAt = Date.now();
    this.room.tell(this.app.editor.data.image.id);
  }

  /** @param {Happened | null} event */
  changed(event) {
    this.always();
    if (!event || event.what === "led" || event.what === "changed" || event.what === "went") this.go(event);
    if (event) this.announce(event);
    this.render();
    this.app.editor.emit("status", null);
  }

  /** To where the session is now. @param {Happened | null} event */
  go(event) {
    if (this.isApart) {
      if (!event || event.state.session) void this.settle();
    } else if (this.leads) void this.lead();
    else if (this.mayFollow) this.follow.catchUp();
  }

  /** The others go to my picture. */
  async lead() {
    const { image } = this.app.editor.data;
    if (!this.leads || this.state?.session.mode !== "together" || this.state.session.image === image.id) return;
    await this.ask("POST", "/lead", { image: image.id });
  }

  /** Go to the picture that is mine; who has one stays on it. */
  async settle() {
    const found = await this.ask("POST", "/next", {});
    if (found) await this.take(found);
  }

  /** One at a time: approving goes on by itself, and so does whoever presses the key meanwhile. */
  next() {
    this.going ??= this.pass().finally(() => {
      this.going = null;
    });
    return this.going;
  }

  async pass() {
    const { editor, review } = this.app;
    const { id } = editor.data.image;
    try {
      await review.saved();
    } catch (error) {
      return editor.emit("toast", { text: error instanceof Error ? error.message : String(error), kind: "bad" });
    }
    const found = await this.ask("POST", "/next", { skip: this.mine === id ? [id] : [] });
    if (found) await this.take(found);
  }

  /** @param {{image: {id: string} | null, waiting: number}} found */
  async take({ image, waiting }) {
    this.mine = image?.id ?? null;
    if (image && image.id !== this.app.editor.data.image.id) return this.app.travel.visit(this.urlOf(image.id));
    if (!image && waiting) toast(`Nothing is left for you. ${waiting} ${waiting === 1 ? "picture waits" : "pictures wait"} for others.`);
  }

  /** @param {string} method @param {string} path @param {unknown} json */
  async ask(method, path, json) {
    try {
      return await call(this.api + path, { method, json });
    } catch (error) {
      this.app.editor.emit("toast", { text: error instanceof Error ? error.message : String(error), kind: "bad" });
      return null;
    }
  }

  toggleFollow() {
    this.follow.toggle();
    this.app.editor.emit("say", this.follow.isOn ? `Following ${this.state?.session.leader?.name}.` : "Looking around alone.");
  }

  async switchMode() {
    await this.ask("PATCH", "", { mode: this.state?.session.mode === "together" ? "apart" : "together" });
  }

  async takeLead() {
    await this.ask("PATCH", "", { leader: this.me });
  }

  openSummary() {
    location.assign(`/sessions/${this.id}/summary/`);
  }

  /** What others do is said; what I do I know. @param {Happened} event */
  announce(event) {
    const { progress, session } = /** @type {NonNullable<SessionBar["state"]>} */ (this.state);
    const summary = { label: "Summary", run: () => this.openSummary() };
    const by = event.by?.id === this.me ? "You" : event.by?.name ?? "Somebody";
    const words = /** @type {Record<string, () => string>} */ ({
      came: () => `${by} joined.`,
      went: () => `${by} left.`,
      changed: () => `${session.leader ? `${session.leader.name} leads. ` : ""}${session.mode === "together" ? "Everybody sees the same picture." : "Everybody has their own pictures."}`,
      verdict: () => `${by} ${event.verdict ? DONE[event.verdict] : "reopened"}. ${progress.done} of ${progress.total}.`,
      ended: () => `${by} ended the session.`,
    });
    const text = words[event.what]?.();
    if (text && by !== "You") this.app.editor.emit("say", text);
    if (event.what === "ended") toast(text ?? "", { kind: "good", action: summary });
    else if (event.what === "verdict" && progress.done === progress.total) toast("Every picture has a verdict.", { kind: "good", action: summary });
  }

  draw() {
    const { state } = this;
    this.frame.hidden = !state;
    if (!state) return;
    const { session, progress } = state;
    const focused = document.activeElement?.getAttribute("data-part");
    const counts = Object.entries(DONE).filter(([verdict]) => progress.verdicts[/** @type {"skip"} */ (verdict)]).map(([verdict, word]) => `${progress.verdicts[/** @type {"skip"} */ (verdict)]} ${word}`);
    this.frame.replaceChildren(
      el("a", { class: "truncate", href: `/sessions/${this.id}/`, title: "The session's page" }, session.name),
      el("ul", { class: "people", role: "list", "aria-label": "In the session" }, ...this.faces()),
      el("progress", { value: progress.done, max: Math.max(progress.total, 1), "aria-label": "Pictures with a verdict" }),
      el("span", { "data-part": "done" }, `${progress.done}/${progress.total}`),
      el("span", { class: "wide dim", "data-part": "counts" }, counts.join(", ")),
      ...this.controls(),
    );
    if (focused) /** @type {HTMLElement | null} */ (this.frame.querySelector(`button[data-part="${focused}"]`))?.focus();
  }

  /** Who is here, with the picture that they look at. */
  faces() {
    const { image } = this.app.editor.data;
    return this.room.people().filter((one) => one.user.id !== this.me).slice(0, 8).map(({ user, image: at }) => {
      const isHere = at === image.id;
      const leads = this.state?.session.leader?.id === user.id;
      const words = `${user.name}${leads ? ", leads" : ""}, ${isHere ? "on this picture" : at ? "on another picture" : "nowhere yet"}`;
      const face = el("span", { class: isHere ? "avatar" : "avatar elsewhere", role: "img", "aria-label": words, title: words }, initialsOf(user.name));
      face.style.borderColor = peerColor(user.id);
      return el("li", {}, face);
    });
  }

  /** What I can do in it now. */
  controls() {
    const { session } = /** @type {NonNullable<SessionBar["state"]>} */ (this.state);
    const button = (/** @type {string} */ part, /** @type {string} */ text, /** @type {() => void} */ run) =>
      el("button", { type: "button", class: "button small", "data-part": part, onclick: run }, text);
    const said = (/** @type {string} */ text, isAlone = false) => el("strong", { class: isAlone ? "alone" : "", "data-part": "way" }, text);
    if (!this.isOpen) return [said("Ended"), button("summary", "Summary", () => this.openSummary())];
    if (!this.takesPart) return [said("Looking on"), button("join", "Join", () => void this.ask("POST", "/join", {}))];
    if (session.mode === "apart") return [said("Apart"), ...(this.leads ? [button("mode", "Together", () => void this.switchMode())] : [])];
    if (this.leads) return [said("You lead"), button("mode", "Apart", () => void this.switchMode())];
    const lead = this.app.editor.data.can.review ? [button("lead", "Take the lead", () => void this.takeLead())] : [];
    if (!session.leader) return [said("Nobody leads", true), ...lead];
    if (this.follow.isOn) return [said(`Following ${session.leader.name}`), button("follow", "Look around alone", () => this.toggleFollow())];
    return [said("Looking around alone", true), button("follow", `Back to ${session.leader.name}`, () => this.toggleFollow())];
  }
}

/** @param {string} name */
const initialsOf = (name) => name.split(/[\s._@-]+/).filter(Boolean).slice(0, 2).map((word) => word[0]).join("") || "?";
