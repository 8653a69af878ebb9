// My undo and redo, kept in this browser: per person and picture, each entry a record of its own, so that
// an edit writes one entry and not a thousand. A database apart from the outbox: its letters are sacred.

/**
 * @typedef {import("../commands/history.js").History} History
 * @typedef {import("../commands/history.js").Entry} Entry
 * @typedef {{history: History, saved: Map<Entry, number>, timer: ReturnType<typeof setTimeout> | undefined}} Kept
 */

const NAME = "modelship-memory";
/** What was done to so many pictures is remembered; of the others the oldest is forgotten first. */
const PICTURES = 50;
const PAUSE_MS = 400;
const STACKS = /** @type {const} */ (["done", "undone"]);

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** All entries of one picture. @param {string} owner */
const rangeOf = (owner) => IDBKeyRange.bound([owner], [owner, []]);

export class Memory {
  /** @param {IDBDatabase} database @param {string} user */
  constructor(database, user) {
    this.database = database;
    this.user = user;
    /** @type {Map<string, Kept>} by owner */
    this.kept = new Map();
    this.n = 0;
    addEventListener("pagehide", () => this.flushAll());
    document.addEventListener("visibilitychange", () => document.hidden && this.flushAll());
  }

  /** @param {string} user @returns {Promise<Memory>} rejects where the browser keeps nothing */
  static async open(user) {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("entries", { keyPath: ["owner", "n"] });
      request.result.createObjectStore("pictures", { keyPath: "owner" });
    };
    const memory = new Memory(await answer(request), user);
    await memory.prune();
    return memory;
  }

  /** Bring back what an earlier visit did to a picture, and keep what this one does. @param {string} image @param {History} history */
  async keep(image, history) {
    const owner = `${this.user}/${image}`;
    const records = await answer(this.database.transaction("entries").objectStore("entries").getAll(rangeOf(owner)));
    const of = (/** @type {string} */ stack) => records.filter((record) => record.stack === stack).map((record) => record.entry);
    const kept = { history, saved: new Map(records.map((record) => [record.entry, record.n])), timer: undefined };
    this.kept.set(owner, kept);
    history.adopt({ done: of("done"), undone: of("undone") });
    history.changed = () => this.later(owner);
    this.later(owner);
  }

  /** @param {string} owner */
  later(owner) {
    const kept = /** @type {Kept} */ (this.kept.get(owner));
    kept.timer ??= setTimeout(() => this.flush(owner), PAUSE_MS);
  }

  flushAll() {
    for (const [owner, kept] of this.kept) if (kept.timer) this.flush(owner);
  }

  /** Write what is new or different and remove what is gone. @param {string} owner */
  flush(owner) {
    const kept = /** @type {Kept} */ (this.kept.get(owner));
    const { history, saved } = kept;
    clearTimeout(kept.timer);
    kept.timer = undefined;
    const transaction = this.database.transaction(["entries", "pictures"], "readwrite");
    const entries = transaction.objectStore("entries");
    const present = new Set([...history.done, ...history.undone]);
    for (const [entry, n] of saved) {
      if (present.has(entry)) continue;
      entries.delete([owner, n]);
      saved.delete(entry);
    }
    for (const stack of STACKS) {
      for (const entry of history[stack]) {
        const n = saved.get(entry);
        if (n === undefined || history.stale.has(entry)) this.write(entries, kept, { owner, n: n ?? this.next(), stack, entry });
      }
    }
    history.stale.clear();
    if (present.size) transaction.objectStore("pictures").put({ owner, at: Date.now() });
  }

  /** @param {IDBObjectStore} entries @param {Kept} kept @param {{owner: string, n: number, stack: string, entry: Entry}} record */
  write(entries, kept, record) {
    entries.put(record);
    kept.saved.set(record.entry, record.n);
  }

  /** Numbers that grow, and differ between windows that are open at once. */
  next() {
    this.n = Math.max(this.n + 1, Date.now() * 1000 + Math.floor(Math.random() * 1000));
    return this.n;
  }

  /** Forget the pictures that were not touched for longest. */
  async prune() {
    const transaction = this.database.transaction(["entries", "pictures"], "readwrite");
    const pictures = await answer(transaction.objectStore("pictures").getAll());
    for (const { owner } of pictures.sort((a, b) => b.at - a.at).slice(PICTURES)) {
      transaction.objectStore("entries").delete(rangeOf(owner));
      transaction.objectStore("pictures").delete(owner);
    }
  }
}
