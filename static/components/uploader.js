// Sends what the queue holds: four requests at a time, on after cuts, slower while the server is away.
import { Problem, Unreachable } from "../lib/api.js";

const LANES = 4;
const MOST_TRIES = 8;
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 30_000;

/** @typedef {import("./upload_queue.js").Item} Item */
/** @typedef {import("./upload_queue.js").Verdict} Verdict */
/**
 * @typedef {object} Transport how files travel
 * @property {(batch: Item[], progressed: (part: number) => void, signal: AbortSignal) => Promise<Verdict[]>} send
 * @property {(item: Item) => void} drop what was begun with a large file is not wanted any more
 */

export class Uploader {
  /**
   * @param {import("./upload_queue.js").UploadQueue} queue
   * @param {Transport} transport
   * @param {{settled: (verdicts: Verdict[]) => void, finished: () => void}} told
   */
  constructor(queue, transport, told) {
    this.queue = queue;
    this.transport = transport;
    this.told = told;
    this.lanes = 0;
    this.isPaused = false;
    this.restMs = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.rest = undefined;
    /** @type {Map<AbortController, Item[]>} */
    this.flights = new Map();
  }

  run() {
    while (!this.isHeld && this.lanes < LANES && this.queue.counts.waiting) this.lane();
  }

  /** Whether nothing new is sent for now: by the person's wish, or until the server is likely to be back. */
  get isHeld() {
    return this.isPaused || this.rest !== undefined;
  }

  /** Large files stop where they are and go on from there; small requests come to their end. */
  pause() {
    this.isPaused = true;
    for (const [flight, batch] of this.flights) if (batch[0].isLarge) flight.abort();
    this.queue.changed();
  }

  resume() {
    this.isPaused = false;
    this.wake();
  }

  /** Try again at once: the connection is back. */
  wake() {
    clearTimeout(this.rest);
    this.rest = undefined;
    this.run();
    this.queue.changed();
  }

  /** @param {Item} item */
  cancel(item) {
    const travels = item.fate === "sending";
    this.queue.cancel(item);
    if (item.isLarge && !travels) this.transport.drop(item);
    for (const [flight, batch] of this.flights) if (batch.includes(item)) flight.abort();
  }

  cancelAll() {
    for (const item of this.queue.items) if (item.fate === "sending" || item.fate === "waiting") this.cancel(item);
    this.resume();
  }

  stop() {
    this.isPaused = true;
    clearTimeout(this.rest);
    for (const flight of this.flights.keys()) flight.abort();
  }

  async lane() {
    this.lanes += 1;
    while (!this.isHeld) {
      const batch = this.queue.take();
      if (!batch.length) break;
      await this.send(batch);
    }
    this.lanes -= 1;
    if (!this.queue.isBusy && !this.lanes) this.told.finished();
  }

  /** @param {Item[]} batch */
  async send(batch) {
    const flight = new AbortController();
    this.flights.set(flight, batch);
    try {
      const verdicts = await this.transport.send(batch, (part) => this.progressed(batch, part), flight.signal);
      this.restMs = 0;
      const still = batch.filter(({ fate }) => fate === "sending");
      this.queue.settle(still, verdicts.filter((_, at) => batch[at].fate === "sending"));
      this.told.settled(verdicts);
    } catch (error) {
      this.lost(batch, error);
    } finally {
      this.flights.delete(flight);
    }
  }

  /** @param {Item[]} batch @param {number} part */
  progressed(batch, part) {
    if (batch.every(({ fate }) => fate === "sending")) this.queue.sent(batch, part);
  }

  /** @param {Item[]} batch @param {unknown} error */
  lost(batch, error) {
    const still = batch.filter(({ fate }) => fate === "sending");
    const words = error instanceof Error ? error.message : "It did not arrive. Try again.";
    if (error instanceof Error && error.name === "AbortError") {
      this.queue.putBack(still);
      // Only now: while it travelled, the server would not have let go of it.
      for (const item of batch) if (item.isLarge && item.fate === "cancelled") this.transport.drop(item);
    } else if (error instanceof Problem && !heals(error)) {
      this.queue.settle(still, still.map(() => ({ status: "refused", problem: { detail: words } })));
    } else if (error instanceof Unreachable || still.every((item) => (item.tries += 1) < MOST_TRIES)) {
      this.queue.putBack(still);
      this.takeRest();
    } else this.queue.fail(still, words);
  }

  /** Wait twice as long each time, and a random part of it, so that many pages don't come back at once. */
  takeRest() {
    if (this.rest !== undefined) return;
    this.restMs = Math.min(LONGEST_REST_MS, this.restMs * 2 || FIRST_REST_MS);
    this.rest = setTimeout(() => this.wake(), this.restMs * (0.5 + Math.random() / 2));
    this.queue.changed();
  }
}

/** Whether the same request may succeed later. @param {Problem} problem */
function heals({ status, code }) {
  return status >= 500 || status === 429 || status === 408 || code === "upload_busy" || code === "offset_conflict" || code === "incomplete";
}
