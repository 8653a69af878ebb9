// Which pictures are selected: some by their ids, or all that the search finds.

export class Selection {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    /** @type {Set<string>} */
    this.ids = new Set();
    this.isAll = false;
    this.anchor = 0;
  }

  /** @param {string} id */
  has(id) {
    return this.isAll || this.ids.has(id);
  }

  /** @param {number} total */
  size(total) {
    return this.isAll ? total : this.ids.size;
  }

  /** @param {string} id @param {number} place */
  toggle(id, place) {
    if (this.isAll) this.ids.clear();
    this.isAll = false;
    if (!this.ids.delete(id)) this.ids.add(id);
    this.anchor = place;
    this.changed();
  }

  /** @param {string[]} ids */
  add(ids) {
    this.isAll = false;
    for (const id of ids) this.ids.add(id);
    this.changed();
  }

  all() {
    this.ids.clear();
    this.isAll = true;
    this.changed();
  }

  clear() {
    if (!this.isAll && !this.ids.size) return;
    this.ids.clear();
    this.isAll = false;
    this.changed();
  }
}
