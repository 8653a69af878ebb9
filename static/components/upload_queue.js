// What stands between chosen files and stored images: who waits, who travels, what became of each.

/** @typedef {"waiting" | "sending" | "created" | "duplicate" | "accepted" | "refused" | "failed" | "cancelled"} Fate */
/**
 * `at` is its place in the queue; `tries` counts how often it did not arrive.
 * @typedef {{file: File, name: string, fate: Fate, sent: number, words: string, at: number, tries: number, isLarge: boolean}} Item
 */
/** @typedef {{status: Fate, problem?: {detail?: string} | null, job?: object | null}} Verdict */

const BATCH_FILES = 8;
const BATCH_BYTES = 16 * 1024 * 1024;
// From here on a file is sent by itself, and goes on after a cut instead of starting again.
const LARGE_BYTES = 8 * 1024 * 1024;
const PICTURES = /\.(jpe?g|png|webp|bmp|gif|tiff?|avif|heics?|heifs?|hif|jp2|ppm|pgm)$/i;
const ARCHIVES = /\.(zip|tar|tgz|tbz2|txz|tar\.(gz|bz2|xz))$/i;
const WORDS = /** @type {Record<Fate, string>} */ ({
  waiting: "Waiting.", sending: "", created: "Added.", duplicate: "Already here.", accepted: "Arrived. A job unpacks it.",
  refused: "Refused.", failed: "", cancelled: "Cancelled.",
});

/** @returns {Record<Fate, number>} */
const nobody = () => ({ waiting: 0, sending: 0, created: 0, duplicate: 0, accepted: 0, refused: 0, failed: 0, cancelled: 0 });

export class UploadQueue {
  /** @param {() => void} changed called after every change, as often as it happens */
  constructor(changed) {
    this.changed = changed;
    /** @type {Item[]} */
    this.items = [];
    this.next = 0;
    this.counts = nobody();
    this.bytes = { total: 0, sent: 0 };
  }

  /** @param {{file: File, name: string}[]} files */
  add(files) {
    for (const { file, name } of files) {
      const isArchive = ARCHIVES.test(name);
      const hopeless = !isArchive && !PICTURES.test(name) && !file.type.startsWith("image/");
      const fate = hopeless ? "refused" : "waiting";
      const words = hopeless ? "This is not a picture, so it was not sent." : WORDS.waiting;
      const isLarge = isArchive || file.size > LARGE_BYTES;
      this.items.push({ file, name, fate, sent: 0, words, at: this.items.length, tries: 0, isLarge });
      this.counts[fate] += 1;
      if (!hopeless) this.bytes.total += file.size;
    }
    this.changed();
  }

  /** The next files to send in one request; a large one is alone; empty when none waits. @returns {Item[]} */
  take() {
    const batch = [];
    let bytes = 0;
    while (this.next < this.items.length && batch.length < BATCH_FILES) {
      const item = this.items[this.next];
      if (item.fate === "waiting") {
        if (batch.length && (item.isLarge || bytes + item.file.size > BATCH_BYTES)) break;
        batch.push(item);
        bytes += item.file.size;
        this.move(item, "sending");
      }
      this.next += 1;
      if (item.isLarge && batch.length) break;
    }
    this.changed();
    return batch;
  }

  /** Bytes of a request travel in the order of its files. @param {Item[]} batch @param {number} part 0..1 of the request */
  sent(batch, part) {
    let left = part * batch.reduce((sum, item) => sum + item.file.size, 0);
    for (const item of batch) {
      const bytes = Math.min(item.file.size, left);
      left -= bytes;
      this.bytes.sent += bytes - item.sent;
      item.sent = bytes;
    }
    this.changed();
  }

  /**
   * The server's verdicts, one for each file of the batch in its order.
   * @param {Item[]} batch @param {Verdict[]} results
   */
  settle(batch, results) {
    this.sent(batch, 1);
    batch.forEach((item, at) => {
      const verdict = results[at];
      if (!verdict) return this.move(item, "failed", "The server did not say what became of it. Try again.");
      this.move(item, verdict.status, verdict.problem?.detail ?? WORDS[verdict.status]);
    });
    this.changed();
  }

  /** The whole request came to nothing. @param {Item[]} batch @param {string} words */
  fail(batch, words) {
    this.sent(batch, 0);
    for (const item of batch) this.move(item, "failed", words);
    this.changed();
  }

  /** What travelled waits again, but for what was cancelled meanwhile. @param {Item[]} batch */
  putBack(batch) {
    for (const item of batch) if (item.fate === "sending") this.await(item);
    this.changed();
  }

  /** @param {Item} item */
  retry(item) {
    if (item.fate !== "failed" && item.fate !== "cancelled") return;
    item.tries = 0;
    this.await(item);
    this.changed();
  }

  retryFailed() {
    for (const item of this.items) if (item.fate === "failed") this.retry(item);
  }

  /** @param {Item} item */
  cancel(item) {
    if (item.fate !== "waiting" && item.fate !== "sending") return;
    this.sent([item], 0);
    this.bytes.total -= item.file.size;
    this.move(item, "cancelled", WORDS.cancelled);
    this.changed();
  }

  /** @param {Item} item */
  await(item) {
    if (item.fate === "cancelled") this.bytes.total += item.file.size;
    this.sent([item], 0);
    this.move(item, "waiting", WORDS.waiting);
    this.next = Math.min(this.next, item.at);
  }

  /** @param {Item} item @param {Fate} fate @param {string} [words] */
  move(item, fate, words = "") {
    this.counts[item.fate] -= 1;
    this.counts[fate] += 1;
    item.fate = fate;
    item.words = words;
  }

  get isBusy() {
    return this.counts.waiting + this.counts.sending > 0;
  }
}
