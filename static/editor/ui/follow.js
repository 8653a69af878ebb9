// Seeing what somebody else sees: their view is shown here until I move, draw or press Escape.
import { el, must } from "../../lib/dom.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../sync/peers.js").Peer} Peer
 */

export class Follow {
  /** @param {App} app */
  constructor(app) {
    this.editor = app.editor;
    this.stage = must("#stage");
    this.sign = el("button", { type: "button", onclick: () => this.stop() });
    this.frame = el("div", { class: "following", role: "status" }, this.sign);
    /** Whether it is me who moves the view. */
    this.moving = false;
    this.size = "";
    this.editor.on("peers", () => this.update());
    this.editor.on("view", () => this.viewed());
    this.editor.on("opened", () => this.stop());
    this.stage.addEventListener("pointerdown", () => this.stop(), true);
    document.addEventListener("keydown", (event) => this.key(event), true);
  }

  /** @returns {Peer[]} one for each person */
  get people() {
    return this.editor.session.peers.people();
  }

  /** @param {string} user */
  toggle(user) {
    if (this.editor.following === user) this.stop();
    else this.start(user);
  }

  /** The person after the one I follow; after the last one nobody. */
  next() {
    const users = this.people.map((peer) => peer.user);
    const next = users[users.indexOf(this.editor.following ?? "") + 1];
    if (next) this.start(next);
    else this.stop();
  }

  /** @param {string} user */
  start(user) {
    const peer = this.people.find((one) => one.user === user);
    if (!peer) return;
    this.editor.following = user;
    const name = user === this.editor.data.me.id ? "your other window" : peer.name;
    this.sign.textContent = `Following ${name} – Esc or move to stop`;
    this.frame.style.setProperty("--peer", peer.color);
    must(".stage-frame").append(this.frame);
    this.editor.emit("followed", null);
    this.update();
  }

  stop() {
    if (!this.editor.following) return;
    this.editor.following = null;
    this.editor.followed = null;
    this.frame.remove();
    this.editor.emit("followed", null);
    this.editor.tell();
  }

  /** Show what they see, whole, also where their window has another shape. */
  update() {
    const { following, scene } = this.editor;
    if (!following) return;
    const peer = this.people.find((one) => one.user === following);
    if (!peer) {
      this.editor.emit("say", "The person you followed has left.");
      return this.stop();
    }
    const { viewport } = scene;
    this.size = `${viewport.width} ${viewport.height}`;
    if (!peer.viewport || String(peer.viewport) === String(this.editor.followed)) return;
    this.editor.followed = peer.viewport;
    this.show(peer.viewport);
  }

  /** @param {[number, number, number, number]} seen */
  show([x, y, w, h]) {
    const { scene } = this.editor;
    const { viewport } = scene;
    this.moving = true;
    scene.gliding = null;
    viewport.centre({ x, y, w, h }, Math.min(viewport.width / w, viewport.height / h));
    scene.moved();
    this.moving = false;
  }

  /** My own move ends it; a window of another size shows the same again. */
  viewed() {
    if (this.moving || !this.editor.following) return;
    const { viewport } = this.editor.scene;
    const size = `${viewport.width} ${viewport.height}`;
    if (size === this.size) return this.stop();
    this.size = size;
    const seen = /** @type {[number, number, number, number] | null} */ (this.editor.followed);
    if (seen) this.show(seen);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape" || !this.editor.following || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    event.stopPropagation();
    this.stop();
  }
}
