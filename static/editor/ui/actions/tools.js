// Which tool is in hand, and drawing by keys.
import { arrows, mayEdit, scaled, stepOf } from "./terms.js";

/**
 * @typedef {import("../actions.js").App} App
 * @typedef {import("../actions.js").Action} Action
 */

/** Keypoints where the class in use names some, else single points. @param {App} app */
const pointTool = ({ editor }) => (editor.look(editor.currentClass).skeleton?.points?.length ? "keypoints" : "point");

/** @type {Action[]} */
export const TOOLS = [
  tool("select", "Select", ["V"]), tool("draw", "Draw a box", ["B"]), tool("oriented", "Draw a turned box: an edge, then its other side", ["O"]),
  tool("extreme", "Draw a box by its four extreme points", ["Shift+B"]), tool("polygon", "Draw a polygon", ["P"]),
  tool("polyline", "Draw a line", ["I"]),
  {
    id: "tool.point", title: "Set points", group: "Tools", keys: ["K"], run: (app) => app.take(pointTool(app)),
    pressed: (app) => ["point", "keypoints"].includes(app.tool.id),
  },
  tool("keypoints", "Set several points as one shape", ["Alt+K"]), tool("cut", "Cut a shape in two", ["Shift+K"]), tool("pan", "Pan", ["H"]),
  {
    id: "draw.extreme", title: "Four extreme points while held", group: "Tools", keys: ["E"], when: ["draw"], held: true,
    run: (app) => app.take("extreme"), off: (app) => app.take("draw"),
  },
  {
    id: "draw.corner", title: "Set a point, or finish the shape", group: "Tools", keys: ["Enter"], when: ["draw"],
    run: ({ editor, tool }) => {
      if (!editor.ghosts?.adoptChosen()) tool.enter?.();
    },
  },
  {
    id: "draw.back", title: "Take the last point back", group: "Tools", keys: ["Backspace"], when: ["draw"],
    run: (app) => void app.tool.back?.(), enabled: (app) => app.tool.busy === true,
  },
  { id: "draw.absent", title: "This keypoint is not there", group: "Tools", keys: ["N"], when: ["draw"], run: (app) => app.tool.absent?.() },
  {
    id: "draw.aim", title: "Move the crosshair by 1, 10 or 50", group: "Tools", when: ["draw"],
    keys: [...arrows(""), ...arrows("Shift+"), ...arrows("Ctrl+")], shown: ["Arrows", "Shift+Arrows", "Ctrl+Arrows"],
    run: (app, combo) => app.tool.steer?.(...scaled(stepOf(combo), combo.includes("Ctrl") ? 50 : 1)),
  },
  {
    id: "view.snap", title: "Snap to edges and to other shapes", group: "Tools", keys: ["Shift+G"], enabled: mayEdit,
    run: ({ editor }) => editor.set({ snap: !editor.settings.values.snap }), pressed: ({ editor }) => editor.settings.values.snap,
  },
];

/** @param {string} id @param {string} title @param {string[]} keys @returns {Action} */
function tool(id, title, keys) {
  return { id: `tool.${id}`, title, group: "Tools", keys, run: (app) => app.take(id), pressed: (app) => app.tool.id === id };
}
