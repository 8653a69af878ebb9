// What stands between chosen files and stored images: who waits, who travels, what became of each.

/** @typedef {"waiting" | "sending" | "created" | "duplicate" | "refused" | "failed"} Fate */
/** @typedef {{file: File, name: string, fate: Fate, sent: number, words: string}} Item */

const BATCH_FILES = 8;
const BATCH_BYTES = 16 * 1024 * 1024;
const PICTURES = /\.(jpe?g|png|webp|bmp|gif|tiff?|avif|heics?|heifs?|hif|jp2|ppm|pgm)$/i;
const WORDS = /** @type {Record<Fate, string>} */ ({
  waiting: "Waiting.", sending: "", created: "Added.", duplicate: "Already here.", refused: "Refused.", failed: "",
});

export class UploadQueue {
  /** @param {() => void} changed called after every change, as often as it happens */
  constructor(changed) {
    this.changed = changed;
    /** @type {Item[]} */
    this.items = [];
    this.next = 0;
    this.counts = { waiting: 0, sending: 0, created: 0, duplicate: 0, refused: 0, failed: 0 };
    this.bytes = { total: 0, sent: 0 };
  }

  /** @param {{file: File, name: string}[]} files */
  add(files) {
    for (const { file, name } of files) {
      const hopeless = !PICTURES.test(name) && !file.type.startsWith("image/");
      const fate = hopeless ? "refused" : "waiting";
      this.items.push({ file, name, fate, sent: 0, words: hopeless ? "This is not a picture, so it was not sent." : WORDS.waiting });
      this.counts[fate] += 1;
      if (!hopeless) this.bytes.total += file.size;
    }
    this.changed();
  }

  /** The next files to send in one request; empty when none waits. @returns {Item[]} */
  take() {
    const batch = [];
    let bytes = 0;
    while (this.next < this.items.length && batch.length < BATCH_FILES) {
      const item = this.items[this.next];
      if (item.fate === "waiting") {
        if (batch.length && bytes + item.file.size > BATCH_BYTES) break;
        batch.push(item);
        bytes += item.file.size;
        this.move(item, "sending");
      }
      this.next += 1;
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
   * @param {Item[]} batch
   * @param {{status: Fate, problem?: {detail?: string} | null}[]} results
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

  retryFailed() {
    for (const item of this.items) if (item.fate === "failed") this.move(item, "waiting", WORDS.waiting);
    this.next = 0;
    this.changed();
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
