// My undo of each picture: those of the last pictures stay in memory, all outlive the page where the browser lets them.
import { History } from "./history.js";

/** Histories of so many images are kept while the page is open. */
const REMEMBERED = 20;

export class Histories {
  /** @param {Promise<import("../sync/memory.js").Memory | null>} memories @param {() => void} loaded called when an earlier visit's undo is there */
  constructor(memories, loaded) {
    this.memories = memories;
    this.loaded = loaded;
    /** @type {Map<string, History>} the one asked for last comes last */
    this.known = new Map();
  }

  /** @param {string} image @returns {History} */
  of(image) {
    const history = this.known.get(image) ?? this.read(image);
    this.known.delete(image);
    this.known.set(image, history);
    if (this.known.size > REMEMBERED) this.known.delete(/** @type {string} */ (this.known.keys().next().value));
    return history;
  }

  /** @param {string} image */
  read(image) {
    const history = new History();
    const loaded = () => {
      history.loading = null;
      this.loaded();
    };
    history.loading = this.memories.then((memory) => memory?.keep(image, history)).then(loaded, loaded);
    return history;
  }
}
