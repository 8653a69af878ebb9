// The pictures of a search by their place in the list: pages are fetched when a place is looked at.
import { call } from "../lib/api.js";

const EVERY = 200;
const KEPT = 24;
// Pages that a long range fetches beside each other.
const AT_ONCE = 4;

/** @typedef {{id: string, filename: string, state: string, width: number, height: number, box_count: number, proposed_count: number, archived_at: string | null, assignees: import("./assignees.js").Assignee[]}} Picture */
/** @typedef {{rows: Picture[] | null, loading: Promise<Picture[]> | null, abort: AbortController}} Page */

export class Source {
  /** @param {string} dataset @param {string} line @param {string} sort @param {() => void} changed */
  constructor(dataset, line, sort, changed) {
    this.dataset = dataset;
    this.line = line;
    this.query = new URLSearchParams({ ...(line && { q: line }), sort });
    this.changed = changed;
    this.total = 0;
    /** Where the picture stands that was asked for. @type {number | null} */
    this.place = null;
    /** @type {string[]} */
    this.cursors = [];
    /** @type {Map<number, Page>} */
    this.pages = new Map();
    /** What was shown before the list was asked for again, until the new rows are here. @type {Map<number, Page>} */
    this.before = new Map();
  }

  /** Ask how long the list is and where it can be entered; what is shown already is fetched again. @param {string} [at] a picture whose place is wanted */
  async open(at) {
    const asked = new URLSearchParams({ ...Object.fromEntries(this.query), every: String(EVERY), ...(at && { at }) });
    const found = await call(`/api/v1/datasets/${this.dataset}/windows?${asked}`);
    this.place = found.place ?? null;
    this.before = new Map(this.pages);
    this.forget();
    this.total = found.total;
    this.cursors = found.cursors;
  }

  forget() {
    for (const page of this.pages.values()) page.abort.abort();
    this.pages.clear();
  }

  /** The picture at that place, or null while it is not here. @param {number} place */
  at(place) {
    const at = Math.floor(place / EVERY);
    const rows = this.pages.get(at)?.rows ?? this.before.get(at)?.rows;
    return rows?.[place % EVERY] ?? null;
  }

  /** Fetch what these places need, and give up what was asked for elsewhere. @param {number} first @param {number} last */
  look(first, last) {
    const wanted = new Set();
    for (let at = Math.floor(first / EVERY); at <= Math.floor(last / EVERY); at += 1) wanted.add(at);
    for (const [at, page] of this.pages) {
      if (wanted.has(at)) continue;
      if (page.loading) page.abort.abort();
      if (page.loading || this.pages.size > KEPT) this.pages.delete(at);
    }
    for (const at of wanted) this.page(at).catch(() => {});
  }

  /** @param {number} at @returns {Promise<Picture[]>} */
  page(at) {
    const known = this.pages.get(at);
    if (known) return known.loading ?? Promise.resolve(known.rows ?? []);
    const abort = new AbortController();
    /** @type {Page} */
    const page = { rows: null, loading: null, abort };
    this.pages.set(at, page);
    page.loading = this.fetch(at, abort.signal).then(
      (rows) => {
        page.rows = rows;
        page.loading = null;
        this.changed();
        return rows;
      },
      (error) => {
        if (this.pages.get(at) === page) this.pages.delete(at);
        throw error;
      },
    );
    return page.loading;
  }

  /** @param {number} at @param {AbortSignal} signal @returns {Promise<Picture[]>} */
  async fetch(at, signal) {
    const query = new URLSearchParams(this.query);
    query.set("dataset", this.dataset);
    query.set("limit", String(EVERY));
    query.set("with", "assignees");
    if (at) query.set("cursor", this.cursors[at - 1] ?? "");
    return (await call(`/api/v1/images?${query}`, { signal })).results;
  }

  /** The ids from one place to another that fit, fetched where they are missing. @param {number} first @param {number} last @param {(place: number) => boolean} [fits] @returns {Promise<string[]>} */
  async ids(first, last, fits = () => true) {
    /** @type {string[]} */
    const found = [];
    const end = Math.floor(last / EVERY);
    for (let at = Math.floor(first / EVERY); at <= end; at += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, end - at + 1) }, (_, index) => at + index);
      const pages = await Promise.all(numbers.map((number) => this.rows(number)));
      pages.forEach((rows, index) => {
        const start = numbers[index] * EVERY;
        rows.forEach((row, offset) => start + offset >= first && start + offset <= last && fits(start + offset) && found.push(row.id));
      });
    }
    return found;
  }

  /** The rows of a page, also where the grid looks elsewhere meanwhile. @param {number} at @returns {Promise<Picture[]>} */
  async rows(at) {
    return this.pages.get(at)?.rows ?? this.fetch(at, new AbortController().signal);
  }
}
