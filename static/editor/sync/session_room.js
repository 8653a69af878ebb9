// A team session kept equal with the server: how it stands, what happens, who is here and on which picture.
import { Socket } from "./socket.js";

/**
 * @typedef {{id: string, name: string}} Named
 * @typedef {{user: Named, part: "judges" | "submits" | "watches", state: "invited" | "joined" | "left"}} Person
 * @typedef {Record<"approve" | "reject" | "submit" | "skip", number>} Verdicts
 * @typedef {{
 *   session: {id: string, name: string, mode: "together" | "apart", state: "open" | "ended", leader: Named | null, image: string | null},
 *   people: Person[], progress: {total: number, done: number, verdicts: Verdicts, people: Record<string, Verdicts>}}} State
 * @typedef {{type: "event", seq: number, what: string, by: Named | null, image?: string, verdict?: string | null, state: Partial<State>}} Happened
 * @typedef {{user: Named, image: string | null}} Here
 * @typedef {{changed: (event: Happened | null) => void, here: () => void, closed: (detail: string) => void}} Listener
 *   `changed` without an event: the state was read anew
 */

/** Reasons after which the same connection may be opened again. */
const TRANSIENT = ["slow", "rate", "error"];

export class SessionRoom {
  /** @param {string} id @param {Listener} listener @param {(path: string, own: import("./socket.js").Listener) => Socket} [connect] */
  constructor(id, listener, connect = (path, own) => new Socket(path, own)) {
    this.id = id;
    this.listener = listener;
    /** @type {State | null} */
    this.state = null;
    this.seq = 0;
    /** @type {Map<string, Here>} by connection */
    this.here = new Map();
    /** @type {string | null | undefined} what the others were told last */
    this.image = undefined;
    this.socket = connect(`/ws/v1/sessions/${id}/`, {
      opened: () => this.hello(),
      message: (message) => this.take(message),
      lost: () => this.lost(),
    });
  }

  open() {
    this.socket.open();
  }

  close() {
    this.socket.close();
  }

  hello() {
    this.socket.send({ type: "hello" });
  }

  lost() {
    this.here.clear();
    this.listener.here();
  }

  /** Tell the others which picture I look at. @param {string | null} image */
  tell(image) {
    this.image = image;
    this.socket.send({ type: "presence", image });
  }

  /** One entry for each person, from the connection that spoke last. @returns {Here[]} */
  people() {
    return [...new Map([...this.here.values()].map((one) => [one.user.id, one])).values()];
  }

  /** @param {any} message */
  take(message) {
    if (message.type === "snapshot") this.takeSnapshot(message);
    else if (message.type === "event") this.takeEvent(message);
    else if (message.type === "beat" && message.seq > this.seq) this.hello();
    else if (message.type === "closed") this.takeClosed(message);
    else if (["joined", "presence", "left"].includes(message.type)) this.takeHere(message);
  }

  /** @param {any} message */
  takeSnapshot({ seq, state, here }) {
    this.seq = seq;
    this.state = state;
    this.here = new Map(here.map((/** @type {any} */ one) => [one.session, { user: one.user, image: one.image }]));
    if (this.image !== undefined) this.tell(this.image);
    this.listener.changed(null);
    this.listener.here();
  }

  /** @param {Happened} event */
  takeEvent(event) {
    if (!this.state || event.seq <= this.seq) return;
    if (event.seq > this.seq + 1) return this.hello();
    this.seq = event.seq;
    this.state = { ...this.state, ...event.state };
    this.listener.changed(event);
  }

  /** @param {any} message */
  takeHere({ type, session, user, image }) {
    this.here.delete(session);
    if (type !== "left") this.here.set(session, { user, image });
    this.listener.here();
  }

  /** @param {{code: string, detail?: string}} message */
  takeClosed({ code, detail }) {
    if (TRANSIENT.includes(code)) return;
    this.socket.ended = true;
    this.listener.closed(detail ?? "");
  }
}
