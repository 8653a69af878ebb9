// Everything that can be done, once: the toolbar, the keys, the help and the palette are built from these records.
import { must } from "../../lib/dom.js";
import { copiesOf, deleteBox, relabel } from "../commands/boxes.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {{
 *   editor: Editor, tools: Record<string, import("../view/editor.js").Tool>, tool: import("../view/editor.js").Tool,
 *   draw: import("../tools/draw.js").DrawTool, sweep: import("../tools/sweep.js").Sweep,
 *   adjust: import("../tools/adjust.js").Adjust, pointer: import("../tools/pointer.js").PointerInput,
 *   clipboard: import("./clipboard.js").Clipboard, travel: import("./travel.js").Travel,
 *   review: import("./review.js").Review,
 *   take(tool: string): void, togglePanel(): void, ask(dialog: "help" | "palette" | "classes" | "changes"): void}} App
 * @typedef {"idle" | "selected" | "draw"} Context
 * @typedef {{id: string, title: string, group: string, keys: string[], shown?: string[], when?: Context[],
 *   held?: boolean, off?: (app: App) => void, run: (app: App, combo: string) => boolean | void,
 *   enabled?: (app: App) => boolean, pressed?: (app: App) => boolean}} Action
 *   `shown` replaces the keys in the help, none leaves the action out; `off` ends a held key; a run that returns false leaves the key to the browser
 */

/** @type {Context[]} */
export const CONTEXTS = ["idle", "selected", "draw"];

const ARROWS = /** @type {Record<string, [number, number]>} */ ({
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
});

/** @param {string} prefix */
const arrows = (prefix) => Object.keys(ARROWS).map((key) => prefix + key);

/** The direction of an arrow combination, ten times as far with Shift. @param {string} combo @param {number} [far] @returns {[number, number]} */
function stepOf(combo, far = 10) {
  const [x, y] = ARROWS[combo.split("+").at(-1) ?? ""];
  const length = combo.includes("Shift") ? far : 1;
  return [x * length, y * length];
}

/** @param {App} app */
const some = (app) => app.editor.selection.size > 0;
/** @param {App} app */
const mayEdit = (app) => app.editor.mayEdit;
/** @param {App} app */
const mayEditSome = (app) => mayEdit(app) && some(app);
/** @param {App} app @param {number} factor */
const zoom = ({ editor: { scene, pointer } }, factor) => {
  const { viewport } = scene;
  const middle = { x: viewport.width / 2, y: viewport.height / 2 };
  viewport.zoom(pointer ? viewport.toScreen({ ...pointer, w: 0, h: 0 }) : middle, factor);
  scene.moved();
};
/** @param {App} app @param {number} change */
const dim = ({ editor }, change) => editor.set({ brightness: Math.min(Math.max(editor.settings.values.brightness + change, 0.2), 3) });
/** @param {App} app @param {number} change */
const limit = ({ editor }, change) => {
  const threshold = Math.round(Math.min(Math.max(editor.settings.values.threshold + change, 0), 1) * 100) / 100;
  editor.set({ threshold });
  editor.emit("say", `Threshold ${threshold.toFixed(2)}.`);
};

/** @type {Action[]} */
const TOOLS = [
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

/** @param {[number, number]} step @param {number} factor @returns {[number, number]} */
const scaled = ([x, y], factor) => [x * factor, y * factor];

/** @type {Action[]} */
const BOXES = [
  { id: "box.next", title: "Next box", group: "Boxes", keys: ["Tab"], run: (app) => app.sweep.visit(1) },
  { id: "box.previous", title: "Previous box", group: "Boxes", keys: ["Shift+Tab"], run: (app) => app.sweep.visit(-1) },
  {
    id: "box.nudge", title: "Move by 1 or 10 pixels", group: "Boxes", when: ["selected"], enabled: mayEditSome,
    keys: [...arrows(""), ...arrows("Shift+")], shown: ["Arrows", "Shift+Arrows"],
    run: (app, combo) => app.adjust.move(...stepOf(combo)),
  },
  {
    id: "box.resize", title: "Resize by 1 or 10 pixels", group: "Boxes", when: ["selected"], enabled: mayEditSome,
    keys: [...arrows("Ctrl+"), ...arrows("Ctrl+Shift+")], shown: ["Ctrl+Arrows", "Ctrl+Shift+Arrows"],
    run: (app, combo) => app.adjust.resize(...stepOf(combo)),
  },
  {
    id: "box.delete", title: "Delete", group: "Boxes", keys: ["Delete", "Backspace"], enabled: mayEditSome,
    run: ({ editor }) => {
      const edits = [...editor.selection].map(deleteBox);
      if (editor.submit(edits, "delete")) editor.emit("toast", { text: edits.length === 1 ? "Box deleted." : `${edits.length} boxes deleted.`, undo: true });
    },
  },
  {
    id: "box.duplicate", title: "Duplicate", group: "Boxes", keys: ["Ctrl+D"], enabled: mayEditSome,
    run: ({ editor }) => {
      const edits = copiesOf(editor.selected, 10, editor.data.image);
      if (editor.submit(edits, "duplicate")) editor.select(edits.map((edit) => edit.box_id));
    },
  },
  { id: "box.copy", title: "Copy", group: "Boxes", keys: ["Ctrl+C"], enabled: some, run: (app) => app.clipboard.copy() },
  { id: "box.paste", title: "Paste, also from another image", group: "Boxes", keys: ["Ctrl+V"], enabled: (app) => mayEdit(app) && !app.clipboard.isEmpty, run: (app) => app.clipboard.paste() },
  { id: "box.all", title: "Select all", group: "Boxes", keys: ["Ctrl+A"], run: ({ editor }) => editor.select(editor.boxes.map((box) => box.id)) },
  {
    id: "box.list", title: "Go to the list of boxes, Enter comes back", group: "Boxes", keys: ["F6"],
    run: (app) => {
      if (document.body.dataset.panel !== "open") app.togglePanel();
      must("#boxes").focus();
    },
  },
  {
    id: "cancel", title: "Cancel, then deselect", group: "Boxes", keys: ["Escape"],
    run: (app) => {
      if (app.pointer.cancel() || app.tool.cancel()) return;
      if (some(app)) app.editor.select([]);
      else app.take("select");
    },
  },
];

/** @type {Action[]} */
const PROPOSALS = [
  { id: "proposal.accept", title: "Accept, go to the next", group: "Proposals", keys: ["A"], enabled: (app) => mayEdit(app) && (some(app) || app.sweep.waits), run: (app) => app.sweep.judge("accepted") },
  { id: "proposal.reject", title: "Reject, go to the next", group: "Proposals", keys: ["X"], enabled: (app) => mayEdit(app) && (some(app) || app.sweep.waits), run: (app) => app.sweep.judge("rejected") },
  { id: "proposal.skip", title: "Skip, go to the next", group: "Proposals", keys: ["S"], enabled: (app) => app.sweep.waits, run: (app) => app.sweep.skip() },
  { id: "proposal.rest", title: "Accept the rest, submit, next image", group: "Proposals", keys: ["Space"], run: (app) => app.review.finish(1) },
  { id: "proposal.restBack", title: "Accept the rest, submit, previous image", group: "Proposals", keys: ["Shift+Space"], run: (app) => app.review.finish(-1) },
  { id: "proposal.lower", title: "Show less certain proposals", group: "Proposals", keys: ["["], run: (app) => limit(app, -0.05) },
  { id: "proposal.higher", title: "Hide less certain proposals", group: "Proposals", keys: ["]"], run: (app) => limit(app, 0.05) },
  {
    id: "proposal.rejected", title: "Show rejected boxes", group: "Proposals", keys: ["Shift+X"],
    run: ({ editor }) => editor.set({ rejected: !editor.settings.values.rejected }), pressed: ({ editor }) => editor.settings.values.rejected,
  },
];

/** @type {Action[]} */
const IMAGES = [
  { id: "image.previous", title: "Previous image", group: "Images", keys: ["D"], shown: ["D", "ArrowLeft"], enabled: (app) => app.editor.data.previous !== null, run: (app) => void app.travel.step(-1) },
  { id: "image.next", title: "Next image", group: "Images", keys: ["F"], shown: ["F", "ArrowRight"], enabled: (app) => app.editor.data.next !== null, run: (app) => void app.travel.step(1) },
  { id: "image.left", title: "Previous image", group: "Images", keys: ["ArrowLeft"], shown: [], when: ["idle"], run: (app) => void app.travel.step(-1) },
  { id: "image.right", title: "Next image", group: "Images", keys: ["ArrowRight"], shown: [], when: ["idle"], run: (app) => void app.travel.step(1) },
  { id: "image.previousOpen", title: "Previous image without a review", group: "Images", keys: ["Shift+D"], run: (app) => void app.travel.seek(-1) },
  { id: "image.nextOpen", title: "Next image without a review", group: "Images", keys: ["Shift+F"], run: (app) => void app.travel.seek(1) },
];

/** @param {Editor} editor @param {string[]} states */
const isIn = (editor, states) => states.includes(editor.reviewState);

/** @type {Action[]} */
const REVIEW = [
  { id: "review.submit", title: "Submit for review", group: "Review", keys: ["Ctrl+Enter"], enabled: ({ editor }) => editor.mayEdit && isIn(editor, ["open", "changes_requested"]), run: (app) => void app.review.send("submit") },
  { id: "review.approve", title: "Approve, next image", group: "Review", keys: ["Shift+A"], enabled: ({ editor }) => editor.data.can.review && isIn(editor, ["submitted"]), run: (app) => void app.review.approve() },
  { id: "review.reject", title: "Request changes", group: "Review", keys: ["Shift+C"], enabled: ({ editor }) => editor.data.can.review && isIn(editor, ["submitted", "approved"]), run: (app) => app.ask("changes") },
  { id: "review.reopen", title: "Reopen", group: "Review", keys: ["Shift+O"], enabled: ({ editor }) => editor.data.can.review && isIn(editor, ["submitted", "approved"]), run: (app) => void app.review.send("reopen") },
];

/** @type {Action[]} */
const VIEW = [
  {
    id: "view.fit", title: "Fit the image", group: "View", keys: ["Shift+1"],
    run: ({ editor: { scene } }) => {
      scene.viewport.fit();
      scene.moved();
    },
  },
  { id: "view.selection", title: "Zoom to the selection", group: "View", keys: ["Shift+2"], enabled: some, run: ({ editor }) => editor.frameSelection() },
  { id: "view.actual", title: "100 %", group: "View", keys: ["Z"], run: (app) => zoom(app, 1 / app.editor.scene.viewport.scale) },
  { id: "view.in", title: "Zoom in", group: "View", keys: ["+", "="], shown: ["+"], run: (app) => zoom(app, 1.25) },
  { id: "view.out", title: "Zoom out", group: "View", keys: ["-"], run: (app) => zoom(app, 0.8) },
  {
    id: "view.hide", title: "Hide boxes while held", group: "View", keys: ["Q"], held: true,
    run: ({ editor }) => editor.hideBoxes(true), off: ({ editor }) => editor.hideBoxes(false),
  },
  {
    id: "view.crosshair", title: "Crosshair while drawing", group: "View", keys: ["C"],
    run: ({ editor }) => editor.set({ crosshair: !editor.settings.values.crosshair }), pressed: ({ editor }) => editor.settings.values.crosshair,
  },
  { id: "view.panel", title: "Side panel", group: "View", keys: ["P"], run: (app) => app.togglePanel(), pressed: () => document.body.dataset.panel === "open" },
  { id: "view.darker", title: "Darker", group: "View", keys: [";"], run: (app) => dim(app, -0.1) },
  { id: "view.brighter", title: "Brighter", group: "View", keys: ["'"], run: (app) => dim(app, 0.1) },
  { id: "view.plain", title: "Original brightness", group: "View", keys: ["\\"], run: ({ editor }) => editor.set({ brightness: 1 }) },
];

/** @type {Action[]} */
const GENERAL = [
  { id: "undo", title: "Undo my last change", group: "General", keys: ["Ctrl+Z"], enabled: ({ editor }) => editor.history.done.length > 0 || editor.draft !== null, run: ({ editor }) => editor.travel("undo") },
  { id: "redo", title: "Redo", group: "General", keys: ["Ctrl+Shift+Z", "Ctrl+Y"], enabled: ({ editor }) => editor.history.undone.length > 0, run: ({ editor }) => editor.travel("redo") },
  { id: "palette", title: "Search all actions", group: "General", keys: ["Ctrl+K"], run: (app) => app.ask("palette") },
  { id: "help", title: "Keys and help", group: "General", keys: ["?"], run: (app) => app.ask("help") },
];

/** The class that each key gives: a class's own key if it is free, then the digits in order. @param {{id: string, hotkey?: string}[]} classes @param {Set<string>} taken */
export function classKeys(classes, taken) {
  /** @type {Map<string, string>} */
  const keys = new Map();
  for (const { id, hotkey } of classes) {
    const combo = hotkey?.toUpperCase();
    if (combo && /^[A-Z0-9]$/.test(combo) && !taken.has(combo) && !keys.has(combo)) keys.set(combo, id);
  }
  const keyed = new Set(keys.values());
  const digits = [..."1234567890"].filter((digit) => !keys.has(digit));
  for (const { id } of classes) {
    if (keyed.has(id)) continue;
    const digit = digits.shift();
    if (!digit) break;
    keys.set(digit, id);
  }
  return keys;
}

/** Give the selection a class, and new boxes too. @param {App} app @param {string} classId */
export function pickClass({ editor, sweep }, classId) {
  editor.set({ currentClass: classId });
  const boxes = editor.selected;
  const name = editor.look(classId).name;
  if (!boxes.length) return editor.emit("say", `New boxes are ${name}.`);
  const judged = boxes.length === 1 && boxes[0].state === "proposed";
  if (!editor.submit(relabel(boxes, classId), "relabel")) return;
  editor.emit("say", `${boxes.length === 1 ? "Box" : `${boxes.length} boxes`} now ${name}.`);
  if (judged) sweep.goOn(`${name}, accepted.`);
}

/**
 * All actions for a project's classes.
 * @param {{id: string, name: string, hotkey?: string}[]} classes
 * @returns {{actions: Action[], keys: Map<string, string>}} and the class behind each class key
 */
export function actionsFor(classes) {
  const fixed = [...TOOLS, ...BOXES, ...PROPOSALS, ...IMAGES, ...REVIEW, ...VIEW, ...GENERAL];
  const keys = classKeys(classes, new Set(fixed.flatMap((action) => action.keys)));
  /** @type {Action[]} */
  const classActions = [
    {
      id: "class.pick", title: "Class of the selection and of new boxes", group: "Classes", keys: [...keys.keys()], shown: ["1", "…", "0"],
      run: (app, combo) => pickClass(app, /** @type {string} */ (keys.get(combo))),
    },
    { id: "class.search", title: "Find a class by name", group: "Classes", keys: ["/"], run: (app) => app.ask("classes") },
  ];
  return { actions: [...fixed.slice(0, TOOLS.length + BOXES.length), ...classActions, ...fixed.slice(TOOLS.length + BOXES.length)], keys };
}
