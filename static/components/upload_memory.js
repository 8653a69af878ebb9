// Which uploads of this browser are under way, so that a file chosen again after a reload goes on where it was.

const PREFIX = "upload:";

/**
 * The same file chosen again: equal name, size and time in the same dataset.
 * @param {string} dataset @param {{file: File, name: string}} item
 */
export function fingerprint(dataset, { file, name }) {
  return [dataset, name, file.size, file.lastModified].join("|");
}

export class UploadMemory {
  /** @param {string} dataset @param {Storage} [store] */
  constructor(dataset, store = localStorage) {
    this.dataset = dataset;
    this.store = store;
  }

  /** The id of the upload that was begun with this file. @param {{file: File, name: string}} item */
  recall(item) {
    return this.store.getItem(PREFIX + fingerprint(this.dataset, item)) ?? "";
  }

  /** @param {{file: File, name: string}} item @param {string} id */
  keep(item, id) {
    try {
      this.store.setItem(PREFIX + fingerprint(this.dataset, item), id);
    } catch {
      // A full or forbidden store: the upload works, and starts again after a reload.
    }
  }

  /** @param {{file: File, name: string}} item */
  forget(item) {
    this.store.removeItem(PREFIX + fingerprint(this.dataset, item));
  }

  /** The names of files in this dataset that were cut off. @returns {string[]} */
  names() {
    const start = `${PREFIX}${this.dataset}|`;
    return Object.keys(this.store)
      .filter((key) => key.startsWith(start))
      .map((key) => key.slice(start.length).split("|").slice(0, -2).join("|"));
  }

  forgetAll() {
    for (const key of Object.keys(this.store)) if (key.startsWith(`${PREFIX}${this.dataset}|`)) this.store.removeItem(key);
  }
}
