// What this person did and no server has confirmed: kept in IndexedDB until it is, in order, per picture.

/**
 * @typedef {{key: string, order: number, user: string, image: string, url: string, json: any}} Letter
 *   `json` is the body to POST to `url`; `key` is the batch's ref
 */

const NAME = "modelship-outbox";
const STORE = "letters";

/** A database that another tab is just making may refuse once. @returns {Promise<IDBDatabase | null>} null where the browser keeps nothing (private windows) */
async function openDatabase() {
  return (await tryToOpen()) ?? tryToOpen();
}

/** @returns {Promise<IDBDatabase | null>} */
function tryToOpen() {
  return new Promise((resolve) => {
    if (!("indexedDB" in globalThis)) return resolve(null);
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => void request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
    request.onblocked = () => resolve(null);
  });
}

export class Outbox {
  /** @param {string} user letters of other people who used this browser are never sent */
  constructor(user) {
    this.user = user;
    /** @type {Map<string, Letter>} */
    this.letters = new Map();
    /** @type {IDBDatabase | null} */
    this.database = null;
    this.order = Date.now();
  }

  /** Whether what is put here outlives the page. */
  get lasts() {
    return this.database !== null;
  }

  /** Read what an earlier visit left behind. */
  async open() {
    this.database = await openDatabase();
    for (const letter of (await this.stored()).sort((a, b) => a.order - b.order)) {
      if (letter.user === this.user) this.letters.set(letter.key, letter);
    }
    return this;
  }

  /** @returns {Promise<Letter[]>} */
  stored() {
    const request = this.store("readonly")?.getAll();
    if (!request) return Promise.resolve([]);
    return new Promise((resolve) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve([]);
    });
  }

  /** @param {IDBTransactionMode} mode */
  store(mode) {
    return this.database?.transaction(STORE, mode).objectStore(STORE);
  }

  /** Commit at once: a change that waits for this page to say so is lost when the page is closed just then. @param {(store: IDBObjectStore) => void} change */
  write(change) {
    const store = this.store("readwrite");
    if (!store) return;
    change(store);
    store.transaction.commit();
  }

  /** @param {{key: string, image: string, url: string, json: any}} letter */
  put(letter) {
    const kept = { ...letter, user: this.user, order: ++this.order };
    this.letters.set(letter.key, kept);
    this.write((store) => store.put(kept));
  }

  /** @param {string | null | undefined} key */
  remove(key) {
    if (!key || !this.letters.delete(key)) return;
    this.write((store) => store.delete(key));
  }

  /** The letters of a picture, oldest first. @param {string} image */
  of(image) {
    return [...this.letters.values()].filter((letter) => letter.image === image);
  }

  /** The pictures that have letters. */
  images() {
    return new Set([...this.letters.values()].map((letter) => letter.image));
  }
}
