// How this person likes to work in this project; kept by the browser.

/** @typedef {{threshold: number, rejected: boolean, brightness: number, crosshair: boolean, currentClass: string | null,
 *   panel: boolean, snap: boolean, minimap: boolean, contrast: number, gamma: number, saturation: number,
 *   channel: "all" | "red" | "green" | "blue" | "grey", inverted: boolean, recent: string[]}} Values
 *   `recent` are the actions last chosen by name, newest first
 */

/** The picture as it is. @satisfies {Partial<Values>} */
export const PLAIN = /** @type {const} */ ({ brightness: 1, contrast: 1, gamma: 1, saturation: 1, channel: "all", inverted: false });

/** Whether the picture is shown as it is. @param {Values} values */
export const isPlain = (values) => Object.entries(PLAIN).every(([name, value]) => values[/** @type {keyof Values} */ (name)] === value);

/** @type {Values} */
const DEFAULTS = { threshold: 0, rejected: false, ...PLAIN, crosshair: true, currentClass: null, panel: true, snap: false, minimap: true, recent: [] };

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
