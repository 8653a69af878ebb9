// Going with who leads a session: to their picture, and to where they look in it, until I go my own way.
import { Lazy } from "./actions/lazy.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../sync/session_room.js").State} State
 */

export class SessionFollow {
  /**
   * @param {App} app @param {() => State["session"] | null} session what is led where I follow, else nothing
   * @param {(image: string) => string} urlOf @param {() => void} changed
   */
  constructor(app, session, urlOf, changed) {
    this.app = app;
    this.session = session;
    this.urlOf = urlOf;
    this.changed = changed;
    this.isOn = true;
    /** @type {string | null} the picture that I am on the way to */
    this.going = null;
    /** Whether I am shown their view, and whether I have moved away from it on this picture. */
    this.viewing = false;
    this.moved = false;
    const { editor } = app;
    editor.on("opened", () => this.opened());
    editor.on("peers", () => this.look());
    editor.on("followed", () => this.followed());
  }

  get isThere() {
    return this.session()?.image === this.app.editor.data.image.id;
  }

  toggle() {
    this.isOn = !this.isOn;
    if (this.isOn) this.catchUp();
    else if (this.viewing) void Lazy.follow(this.app).then((follow) => follow.stop());
    this.changed();
  }

  /** Go where the leader is; whoever looks around alone stays. */
  catchUp() {
    const image = this.session()?.image;
    if (!this.isOn || !image) return;
    if (this.isThere) {
      this.moved = false;
      return this.look();
    }
    if (this.going === image) return;
    this.going = image;
    void this.app.travel.visit(this.urlOf(image));
  }

  /** A picture that I went to by myself is looked at alone, unless it is the leader's. */
  opened() {
    this.viewing = this.moved = false;
    const came = this.going === this.app.editor.data.image.id;
    this.going = null;
    if (!this.session()?.image) return;
    if (came) this.catchUp();
    else this.isOn = this.isThere;
    this.look();
    this.changed();
  }

  /** Their view is followed once they have shown it. */
  look() {
    const { editor } = this.app;
    const leader = this.session()?.leader?.id;
    if (!leader || !this.isOn || !this.isThere || this.moved || this.viewing || editor.following) return;
    if (!editor.session.peers.people().some((peer) => peer.user === leader && peer.viewport)) return;
    this.viewing = true;
    void Lazy.follow(this.app).then((follow) => follow.start(leader));
  }

  /** Who moves the view has their own, until the next picture. */
  followed() {
    if (!this.viewing || this.app.editor.following) return;
    this.viewing = false;
    this.moved = true;
  }
}
