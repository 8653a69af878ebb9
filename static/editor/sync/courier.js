// Delivers over HTTP, in order, what the open picture's socket does not: the steps of a review, and all that
// pictures which are no longer open still owe the server.
// Sending twice is harmless: every edit has an op_id that the server knows again.
import { call, Problem } from "../../lib/api.js";

/**
 * @typedef {import("./outbox.js").Outbox} Outbox
 * @typedef {import("./outbox.js").Letter} Letter
 */

const RETRY_MS = 5000;

export class Courier {
  /**
   * @param {Outbox} outbox
   * @param {{isOpen: (image: string) => boolean, refused: (reason: string | null, letter: Letter, drops: {op_id: string, code: string}[]) => void,
   *   sent: (letter: Letter) => void, moved: () => void}} listener
   */
  constructor(outbox, listener) {
    this.outbox = outbox;
    this.listener = listener;
    this.busy = false;
    this.again = false;
    /** Whether anything was delivered since the listener was told. */
    this.delivered = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    addEventListener("online", () => this.run());
  }

  /** Deliver all that can be delivered; what cannot be reached is tried again later. */
  async run() {
    if (this.busy) {
      this.again = true;
      return;
    }
    this.busy = true;
    clearTimeout(this.timer);
    try {
      do {
        this.again = false;
        for (const image of this.outbox.images()) await this.deliver(image);
      } while (this.again);
    } finally {
      this.busy = false;
      if (this.delivered) this.listener.moved();
      this.delivered = false;
    }
  }

  /** @param {string} image */
  async deliver(image) {
    for (const letter of this.outbox.of(image)) {
      if (letter.json.edits && this.listener.isOpen(image)) return;
      const verdict = await this.send(letter);
      if (verdict === "later") {
        this.timer = setTimeout(() => this.run(), RETRY_MS);
        return;
      }
      this.outbox.remove(letter.key);
      this.delivered = true;
    }
  }

  /** @param {Letter} letter @returns {Promise<"done" | "later">} */
  async send(letter) {
    try {
      const answer = await call(letter.url, { method: "POST", json: letter.json });
      if (answer?.dropped?.length) this.listener.refused(null, letter, answer.dropped);
      if (letter.json.edits) this.listener.sent(letter);
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500 || [401, 429].includes(error.status)) return "later";
      this.listener.refused(error.message, letter, error.body.dropped ?? everyOf(letter, error.code));
    }
    return "done";
  }
}

/** A batch that was refused as a whole. @param {Letter} letter @param {string} code */
const everyOf = (letter, code) => (letter.json.edits ?? []).map((/** @type {{op_id: string}} */ edit) => ({ op_id: edit.op_id, code }));
