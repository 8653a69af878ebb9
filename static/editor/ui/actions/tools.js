// Which tool is in hand, and drawing by keys.
import { arrows, scaled, stepOf } from "./terms.js";

/**
 * @typedef {import("../actions.js").App} App
 * @typedef {import("../actions.js").Action} Action
 */

/** @type {Action[]} */
export const TOOLS = [
  tool("select", "Select", "V"), tool("draw", "Draw a box", "B"), tool("pan", "Pan", "H"),
  { id: "draw.corner", title: "Set a corner of the box", group: "Tools", keys: ["Enter"], when: ["draw"], run: (app) => app.draw.enter() },
  {
    id: "draw.aim", title: "Move the crosshair by 1, 10 or 50", group: "Tools", when: ["draw"],
    keys: [...arrows(""), ...arrows("Shift+"), ...arrows("Ctrl+")], shown: ["Arrows", "Shift+Arrows", "Ctrl+Arrows"],
    run: (app, combo) => app.draw.steer(...scaled(stepOf(combo), combo.includes("Ctrl") ? 50 : 1)),
  },
];

/** @param {string} id @param {string} title @param {string} key @returns {Action} */
function tool(id, title, key) {
  return { id: `tool.${id}`, title, group: "Tools", keys: [key], run: (app) => app.take(id), pressed: (app) => app.tool.id === id };
}
