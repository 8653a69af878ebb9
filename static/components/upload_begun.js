// Uploads into this dataset that were begun and are not whole: what the server knows of them, whichever browser began them.
import { call } from "../lib/api.js";

// Enough of a large file to know it again, in a few milliseconds: the server compares what counts.
const SLICES = 8;
const SLICE_BYTES = 16 * 1024;

/** @typedef {{id: string, filename: string, size: number, offset: number, fingerprint: string | null, part_size: number | null}} Begun */
/** @typedef {{file: File, name: string}} Chosen */

/**
 * What a file is known again by, on any device: its size and slices from all over its content.
 * @param {Blob} file
 */
export async function fingerprint(file) {
  const last = Math.max(0, file.size - SLICE_BYTES);
  const starts = new Set(Array.from({ length: SLICES }, (_, at) => Math.floor((last * at) / (SLICES - 1))));
  let [high, low] = [0x811c9dc5, file.size % 0xffffffff];
  for (const start of starts) {
    const bytes = new Uint8Array(await file.slice(start, start + SLICE_BYTES).arrayBuffer());
    for (const byte of bytes) {
      high = Math.imul(high ^ byte, 0x01000193);
      low = Math.imul(low ^ (byte + (high >>> 24)), 0x85ebca6b);
    }
  }
  return `s1-${[high, low].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("")}`;
}

export class BegunUploads {
  /** @param {string} url of the uploads @param {string} dataset @param {string} me */
  constructor(url, dataset, me) {
    this.url = url;
    this.dataset = dataset;
    this.me = me;
    /** @type {Map<string, Begun>} */
    this.known = new Map();
    /** @type {Set<string>} those that this page sends: they stand in its list of files already */
    this.ours = new Set();
    /** @type {Promise<void> | null} */
    this.loading = null;
    this.changed = () => {};
  }

  /** Ask the server, once; after a failure the next call asks again. */
  ready() {
    this.loading ??= this.load().catch((error) => {
      this.loading = null;
      throw error;
    });
    return this.loading;
  }

  async load() {
    /** @type {string | null} */
    let next = `${this.url}?dataset=${this.dataset}&state=open&limit=500`;
    while (next) {
      const page = await call(next);
      for (const upload of page.results) if (upload.created_by === this.me) this.known.set(upload.id, upload);
      next = page.next;
    }
  }

  /** What nobody sends from this page, newest first. */
  get left() {
    return [...this.known.values()].filter(({ id }) => !this.ours.has(id));
  }

  /** The upload that was begun with this file. @param {Chosen} chosen @returns {Promise<Begun | undefined>} */
  async match(chosen) {
    await this.ready();
    const name = nameOf(chosen);
    const alike = [...this.known.values()].filter((upload) => upload.size === chosen.file.size && upload.filename === name);
    if (!alike.length) return undefined;
    const print = await fingerprint(chosen.file);
    return alike.find((upload) => upload.fingerprint === print);
  }

  /** @param {Begun} upload */
  keep(upload) {
    this.known.set(upload.id, upload);
    this.take(upload.id);
  }

  /** It is sent from this page from now on. @param {string} id */
  take(id) {
    this.ours.add(id);
    this.changed();
  }

  /** @param {string} id */
  forget(id) {
    this.known.delete(id);
    this.ours.delete(id);
    this.changed();
  }
}

/** The name as the server keeps it: the folders are not part of it. @param {Chosen} chosen */
function nameOf({ name }) {
  return (name.split("/").pop() ?? name).normalize("NFC");
}
