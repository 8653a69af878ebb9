// Who else is here, as faces in the bar: one for each person, however many windows they have.
import { el, must, perFrame } from "../../lib/dom.js";
import { Lazy } from "./actions/lazy.js";

/** @typedef {import("./actions.js").App} App */

const SHOWN = 6;
const IDLE_MS = 60000;
const LOOK_MS = 10000;

export class People {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.list = must("#people");
    /** What is drawn, so that a moving cursor draws nothing again. */
    this.drawn = "";
    this.render = perFrame(() => this.draw());
    app.editor.on("peers", this.render);
    app.editor.on("opened", this.render);
    app.editor.on("followed", this.render);
    this.list.addEventListener("click", (event) => this.click(event));
    setInterval(this.render, LOOK_MS);
    this.draw();
  }

  draw() {
    const { editor } = this.app;
    const idle = Date.now() - IDLE_MS;
    const people = editor.session.peers.people().map(({ user, name, color, at }) => {
      const own = user === editor.data.me.id;
      return { user, name: own ? `You, in another window` : name, color, initials: initialsOf(name), idle: at < idle, followed: editor.following === user };
    });
    const drawn = JSON.stringify(people);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const focused = document.activeElement?.getAttribute("data-user");
    const faces = people.slice(0, SHOWN).map((person) => {
      const face = el("button", {
        class: person.idle ? "avatar idle" : "avatar", type: "button", "data-user": person.user, "aria-label": person.name,
        "aria-pressed": String(person.followed), title: `${person.name}${person.idle ? ", idle" : ""}. ${person.followed ? "Stop following" : "Follow their view"}.`,
      }, person.initials);
      face.style.borderColor = person.color;
      return el("li", {}, face);
    });
    const rest = people.slice(SHOWN);
    const more = rest.length ? el("li", { class: "avatar", title: rest.map((person) => person.name).join(", ") }, `+${rest.length}`) : "";
    this.list.replaceChildren(...faces, more);
    if (focused) /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-user="${focused}"]`))?.focus();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const user = /** @type {HTMLElement} */ (event.target).closest("[data-user]")?.getAttribute("data-user");
    if (user) void Lazy.follow(this.app).then((follow) => follow.toggle(user));
  }
}

/** @param {string} name */
const initialsOf = (name) => name.split(/[\s._@-]+/).filter(Boolean).slice(0, 2).map((word) => word[0]).join("") || "?";
