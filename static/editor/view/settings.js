// How this person likes to work in this project; kept by the browser.

/** @typedef {{threshold: number, rejected: boolean, brightness: number, crosshair: boolean, currentClass: string | null,
 *   panel: boolean, snap: boolean, minimap: boolean}} Values */

/** @type {Values} */
const DEFAULTS = { threshold: 0, rejected: false, brightness: 1, crosshair: true, currentClass: null, panel: true, snap: false, minimap: true };

export class Settings {
  /** @param {string} project */
  constructor(project) {
    this.key = `modelship.editor.${project}`;
    /** @type {Values} */
    this.values = { ...DEFAULTS, ...this.read() };
  }

  read() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? "{}");
    } catch {
      return {};
    }
  }

  /** @param {Partial<Values>} change */
  change(change) {
    Object.assign(this.values, change);
    try {
      localStorage.setItem(this.key, JSON.stringify(this.values));
    } catch {
      // A browser that keeps nothing still works, only without memory.
    }
  }
}
