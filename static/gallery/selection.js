// Which pictures are selected: some by their ids, or all that the search finds.

// The server takes so many by name; more are selected by their search.
export const MOST = 10_000;

export class Selection {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    /** @type {Set<string>} */
    this.ids = new Set();
    this.isAll = false;
    this.anchor = 0;
    /** What was selected when the anchor was set: a range grows and shrinks beside it. @type {Set<string>} */
    this.base = new Set();
    /** The places that somebody is drawing a frame around. @type {((place: number) => boolean) | null} */
    this.covers = null;
  }

  /** @param {string} id @param {number} place */
  has(id, place) {
    return this.isAll || this.ids.has(id) || Boolean(this.covers?.(place));
  }

  /** @param {number} total */
  size(total) {
    return this.isAll ? total : this.ids.size;
  }

  /** @param {string} id @param {number} place */
  toggle(id, place) {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.anchorAt(place);
    this.changed();
  }

  /** Where the next range begins. @param {number} place */
  anchorAt(place) {
    this.anchor = place;
    this.base = new Set(this.ids);
  }

  /** Select what was there when the anchor was set, and these. @param {string[]} ids */
  range(ids) {
    this.isAll = false;
    this.ids = new Set([...this.base, ...ids]);
    this.changed();
  }

  /** @param {Iterable<string>} ids */
  set(ids) {
    this.isAll = false;
    this.ids = new Set(ids);
    this.base = new Set(this.ids);
    this.changed();
  }

  all() {
    this.set([]);
    this.isAll = true;
    this.changed();
  }

  clear() {
    if (this.isAll || this.ids.size) this.set([]);
  }
}
