// One picture kept equal with the server: greeting, healing gaps, sending what I did until it is answered.
import { uuid } from "../../lib/ids.js";
import { Document } from "../model/document.js";
import { Peers } from "./peers.js";
import { Socket } from "./socket.js";

/**
 * @typedef {import("../model/document.js").Commit} Commit
 * @typedef {import("../model/document.js").Drop} Drop
 * @typedef {import("../model/edits.js").Edit} Edit
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("./outbox.js").Outbox} Outbox
 * @typedef {{cursor: [number, number] | null, selection: string[], viewport: number[], ghost: any}} Presence
 * @typedef {{
 *   boxes: (touched: Set<string>) => void,
 *   status: () => void,
 *   peers: () => void,
 *   dropped: (drops: Drop[], edits: Edit[], detail: string | null) => void,
 *   confirmed: (edits: Edit[], boxes: Box[]) => void,
 *   canvas: (canvas: any, classes: any[] | undefined) => void,
 *   late?: (letters: import("./outbox.js").Letter[]) => void,
 *   news?: (news: {type: "thread" | "hold", [key: string]: any}) => void,
 *   unreachable: () => void,
 *   closed: (code: string, detail: string, again: boolean) => void}} Listener
 */

const MAX_EDITS = 500;
const MAX_BYTES = 56 * 1024;
const GAP_MS = 150;
/** A frame every 50 ms is well under what the server accepts, also beside presence. */
const PACE_MS = 50;
const PRESENCE_MS = 67;
const RETRY_MS = 2000;
/** Answers come within milliseconds, on a busy server within seconds. */
const OVERDUE_MS = 20000;
/** After so many failed connections in a row it may not be the network. */
const SUSPICIOUS = 3;
/** Reasons after which the same connection may be opened again. */
const TRANSIENT = ["slow", "rate", "error", "role_changed"];

/**
 * Cut edits into frames that the server accepts.
 * @param {Edit[]} edits
 * @returns {Edit[][]}
 */
export function frames(edits) {
  /** @type {Edit[][]} */
  const cut = [];
  let room = 0;
  for (const edit of edits) {
    const bytes = JSON.stringify(edit).length + 1;
    if (!cut.length || cut[cut.length - 1].length >= MAX_EDITS || bytes > room) {
      cut.push([]);
      room = MAX_BYTES;
    }
    cut[cut.length - 1].push(edit);
    room -= bytes;
  }
  return cut;
}

export class Session {
  /**
   * @param {{image: string, urls: {socket: string, edits: string}, me: import("../model/edits.js").Person, outbox: Outbox,
   *   listener: Listener, connect?: (path: string, listener: import("./socket.js").Listener) => Socket}} options
   */
  constructor({ image, urls, me, outbox, listener, connect = (path, own) => new Socket(path, own) }) {
    this.image = image;
    this.urls = urls;
    this.me = me;
    this.outbox = outbox;
    this.listener = listener;
    this.document = new Document(me, listener.boxes, (ref) => this.answered(ref));
    this.peers = new Peers();
    this.greeted = false;
    /** How often in a row the connection was lost before the server greeted. */
    this.failures = 0;
    this.closedFor = "";
    /** @type {Map<string, number>} refs that this connection has sent, and when */
    this.sent = new Map();
    /** @type {Map<string, ReturnType<typeof setTimeout>>} */
    this.timers = new Map();
    /** @type {Presence | null} */
    this.presence = null;
    this.socket = connect(urls.socket, {
      opened: () => this.hello(),
      message: (message) => this.take(message),
      lost: () => this.lost(),
    });
    this.fading = setInterval(() => this.peers.fade() && listener.peers(), 2000);
  }

  /** Take up what an earlier visit left unsaved, then connect. */
  open() {
    for (const letter of this.outbox.of(this.image)) {
      if (letter.url === this.urls.edits) this.document.submit({ ref: letter.key, edits: letter.json.edits });
    }
    this.socket.open();
  }

  /** @returns {"saved" | "pending" | "connecting" | "offline"} */
  get status() {
    if (!this.greeted) return this.failures ? "offline" : "connecting";
    return this.document.pending.length ? "pending" : "saved";
  }

  get unsaved() {
    return this.document.pending.reduce((sum, batch) => sum + batch.edits.length, 0);
  }

  /** Apply edits here at once, keep them safe, send them. @param {Edit[]} edits */
  submit(edits) {
    for (const part of frames(edits)) {
      const batch = { ref: uuid(), edits: part };
      const json = { ref: batch.ref, base_seq: this.document.seq, edits: part };
      this.outbox.put({ key: batch.ref, image: this.image, url: this.urls.edits, json });
      this.document.submit(batch);
    }
    this.pump();
    this.listener.status();
  }

  /** Send the next unsent batch, and the others at the pace that the server accepts. */
  pump() {
    if (!this.greeted || this.timers.has("pump")) return;
    const batch = this.document.pending.find((one) => !this.sent.has(one.ref));
    if (!batch) return;
    this.sent.set(batch.ref, Date.now());
    this.socket.send({ type: "edits", ref: batch.ref, base_seq: this.document.seq, edits: batch.edits });
    this.later("pump", PACE_MS, () => this.pump());
  }

  /** Run once after a while; asking again while it waits changes nothing. @param {string} name @param {number} ms @param {() => void} action */
  later(name, ms, action) {
    if (this.timers.has(name)) return;
    const run = () => {
      this.timers.delete(name);
      action();
    };
    this.timers.set(name, setTimeout(run, ms));
  }

  /** @param {string} name */
  cancel(name) {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
  }

  hello() {
    this.socket.send({ type: "hello", last_seq: this.document.loaded ? this.document.seq : null });
  }

  lost() {
    this.greeted = false;
    this.failures++;
    if (this.failures === SUSPICIOUS) this.listener.unreachable();
    this.sent.clear();
    this.peers.meet([]);
    this.listener.peers();
    this.listener.status();
  }

  /** @param {any} message */
  take(message) {
    const takers = /** @type {Record<string, () => void>} */ ({
      snapshot: () => this.takeSnapshot(message),
      replay: () => this.takeReplay(message),
      edits: () => this.takeCommit(message),
      ack: () => this.takeAck(message),
      refused: () => this.takeRefusal(message),
      beat: () => this.takeBeat(message),
      presence: () => this.takePeer(message),
      joined: () => this.takePeer(message),
      left: () => this.takePeer(message),
      classes: () => this.listener.canvas(undefined, message.classes),
      thread: () => this.listener.news?.(message),
      hold: () => this.listener.news?.(message),
      closed: () => this.takeClosed(message),
    });
    takers[message.type]?.();
  }

  /** @param {any} message */
  takeSnapshot(message) {
    this.listener.canvas(message.canvas, message.classes);
    this.document.load(message.seq, message.boxes);
    this.welcome(message);
  }

  /** @param {any} message */
  takeReplay(message) {
    for (const one of message.edits) this.takeCommit(one);
    if (message.canvas) this.listener.canvas(message.canvas, message.classes);
    this.welcome(message);
    if (message.seq > this.document.seq) this.heal("gap");
  }

  /** The server knows me: what I did while away goes out, in order. @param {any} message */
  welcome(message) {
    this.greeted = true;
    this.failures = 0;
    this.cancel("gap");
    if (message.people) {
      this.peers.meet(message.people);
      this.listener.peers();
    }
    if (this.presence) this.tell(this.presence);
    if (this.document.pending.length) this.listener.late?.(this.outbox.of(this.image).filter((letter) => letter.json.edits));
    this.pump();
    this.listener.status();
  }

  /** @param {Commit & {canvas?: any}} commit */
  takeCommit(commit) {
    if (commit.canvas) this.listener.canvas(commit.canvas, undefined);
    this.heal(this.document.receive(commit));
  }

  /** @param {Commit} ack */
  takeAck(ack) {
    const edits = this.document.pending.find((batch) => batch.ref === ack.ref)?.edits ?? [];
    const dropped = ack.dropped ?? [];
    if (ack.seq === this.document.seq + 1) this.listener.confirmed(edits, ack.boxes ?? []);
    this.heal(this.document.receive(ack));
    if (dropped.length) this.listener.dropped(dropped, edits, null);
  }

  /** @param {{ref: string | null, problem?: any, dropped?: Drop[]}} refusal */
  takeRefusal(refusal) {
    // A greeting that the server could not answer just now is said again.
    if (!refusal.ref && !this.greeted) return this.later("gap", RETRY_MS, () => this.hello());
    const edits = this.document.pending.find((batch) => batch.ref === refusal.ref)?.edits;
    if (!edits) return;
    if (refusal.problem?.code === "ahead" || refusal.problem?.status >= 429) return this.retry(refusal);
    const code = refusal.problem?.code ?? "bad";
    const every = edits.map((edit) => ({ op_id: edit.op_id, code }));
    this.document.settle(refusal.ref);
    this.listener.dropped(refusal.dropped?.length ? refusal.dropped : every, edits, refusal.problem?.detail ?? null);
  }

  /** The server could not judge just now, or knows less than I do (it was restored): say it again. @param {{ref: string | null, problem?: any}} refusal */
  retry(refusal) {
    this.sent.delete(refusal.ref ?? "");
    if (refusal.problem.code === "ahead") this.restart();
    else this.later("retry", RETRY_MS, () => this.pump());
  }

  /** Begin again from the server's whole state. */
  restart() {
    this.document.loaded = false;
    this.hello();
  }

  /** @param {string} ref */
  answered(ref) {
    this.sent.delete(ref);
    this.outbox.remove(ref);
    this.listener.status();
  }

  /** @param {{seq: number}} beat */
  takeBeat(beat) {
    if (beat.seq > this.document.seq) this.heal("gap");
    // The line lives and yet an answer is long overdue: begin again, where all of it is sent once more.
    for (const at of this.sent.values()) if (Date.now() - at > OVERDUE_MS) return this.socket.drop();
  }

  /** Ask again for what is missing, if it does not come by itself. @param {import("../model/document.js").Verdict} verdict */
  heal(verdict) {
    if (verdict === "lost") this.restart();
    else if (verdict === "gap") this.later("gap", GAP_MS, () => this.hello());
    else if (verdict === "applied" && !this.document.held.size) this.cancel("gap");
  }

  /** @param {any} message */
  takePeer(message) {
    this.peers.take(message);
    // Who comes later sees where I am although I rest.
    if (message.type === "joined" && this.presence) this.tell(this.presence);
    this.listener.peers();
  }

  /** @param {{code: string, detail?: string}} message */
  takeClosed(message) {
    const again = TRANSIENT.includes(message.code);
    if (!again) {
      this.closedFor = message.code;
      this.socket.ended = true;
    }
    this.listener.closed(message.code, message.detail ?? "", again);
  }

  /** Tell the others where I am, at most fifteen times a second. @param {Presence} presence */
  tell(presence) {
    this.presence = presence;
    this.later("presence", PRESENCE_MS, () => {
      if (this.greeted && this.presence) this.socket.send({ type: "presence", ...this.presence });
    });
  }

  /** Leave the picture. What is unanswered stays in the outbox. */
  close() {
    clearInterval(this.fading);
    for (const name of [...this.timers.keys()]) this.cancel(name);
    this.socket.close();
  }
}
