// What the records of actions share: when they may run, and what an arrow key means.
/** @typedef {import("../actions.js").App} App */

const ARROWS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
});

/** @param {string} prefix */
export const arrows = (prefix) => Object.keys(ARROWS).map((key) => prefix + key);

/** The direction of an arrow combination, ten times as far with Shift. @param {string} combo @param {number} [far] @returns {[number, number]} */
export function stepOf(combo, far = 10) {
  const [x, y] = ARROWS[combo.split("+").at(-1) ?? ""];
  const length = combo.includes("Shift") ? far : 1;
  return [x * length, y * length];
}

/** @param {[number, number]} step @param {number} factor @returns {[number, number]} */
export const scaled = ([x, y], factor) => [x * factor, y * factor];

/** @param {App} app */
export const some = (app) => app.editor.selection.size > 0;
/** @param {App} app */
export const mayEdit = (app) => app.editor.mayEdit;
/** @param {App} app */
export const mayEditSome = (app) => mayEdit(app) && some(app);
