// What can be done to the form of shapes, and to several at once.
import { mayEdit, mayEditSome } from "./terms.js";

/**
 * @typedef {import("../actions.js").App} App
 * @typedef {import("../actions.js").Action} Action
 * @typedef {import("../../tools/arrange.js").Line} Line
 */

/** @param {App} app */
const several = (app) => mayEdit(app) && app.editor.selection.size > 1;

/** The only selected shape, if it has corners. @param {App} app */
const bent = ({ editor }) => (editor.selection.size === 1 && editor.selected[0]?.points.length ? editor.selected[0] : null);
/** @param {App} app */
const mayBend = (app) => mayEdit(app) && bent(app) !== null;

/** Loaded when it is first used. @param {(parts: typeof import("../../tools/arrange.js")) => void} use */
const arranging = (use) => void import("../../tools/arrange.js").then(use);

/** @param {Line} line @param {string} title @param {string} key @returns {Action} */
const align = (line, title, key) => ({
  id: `align.${line}`, title, group: "Arrange", keys: [`Alt+Shift+${key}`], enabled: several,
  run: ({ editor }) => arranging((parts) => parts.align(editor, line)),
});

/** @param {number} step */
const visit = (step) => (/** @type {App} */ app) => arranging((parts) => parts.visitCorner(app.editor, bent(app), step));

/** @type {Action[]} */
export const ARRANGE = [
  align("left", "Align left", "ArrowLeft"), align("right", "Align right", "ArrowRight"),
  align("top", "Align top", "ArrowUp"), align("bottom", "Align bottom", "ArrowDown"),
  align("centre", "Align centres, one above the other", "C"), align("middle", "Align middles, side by side", "M"),
  { id: "spread.across", title: "Same gaps from left to right", group: "Arrange", keys: ["Alt+Shift+X"], enabled: several, run: ({ editor }) => arranging((parts) => parts.spread(editor, "x")) },
  { id: "spread.down", title: "Same gaps from top to bottom", group: "Arrange", keys: ["Alt+Shift+Y"], enabled: several, run: ({ editor }) => arranging((parts) => parts.spread(editor, "y")) },
  { id: "shape.merge", title: "Merge into one shape", group: "Arrange", keys: ["Shift+M"], enabled: several, run: ({ editor }) => arranging((parts) => parts.merge(editor)) },
  { id: "shape.convert", title: "Box to polygon, polygon to box", group: "Arrange", keys: ["Shift+T"], enabled: mayEditSome, run: ({ editor }) => arranging((parts) => parts.convert(editor)) },
  { id: "shape.turnLeft", title: "Turn left by 1 or 15 degrees", group: "Arrange", keys: [",", "<"], when: ["selected"], enabled: mayEditSome, run: (app, combo) => app.adjust.turn(combo === "<" ? -15 : -1) },
  { id: "shape.turnRight", title: "Turn right by 1 or 15 degrees", group: "Arrange", keys: [".", ">"], when: ["selected"], enabled: mayEditSome, run: (app, combo) => app.adjust.turn(combo === ">" ? 15 : 1) },
  { id: "corner.next", title: "Next corner", group: "Arrange", keys: ["N"], when: ["selected"], enabled: mayBend, run: visit(1) },
  { id: "corner.previous", title: "Previous corner", group: "Arrange", keys: ["Shift+N"], when: ["selected"], enabled: mayBend, run: visit(-1) },
  { id: "corner.add", title: "Add a corner after this one", group: "Arrange", keys: ["Insert", "Alt+N"], when: ["selected"], enabled: mayBend, run: (app) => app.adjust.addCorner() },
];
