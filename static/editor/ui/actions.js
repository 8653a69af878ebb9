// Everything that can be done, once: the toolbar, the keys, the help and the palette are built from these records.
import { withKeys } from "../../lib/keymap.js";
import { relabel } from "../commands/boxes.js";
import { ARRANGE } from "./actions/arrange.js";
import { ASSIST } from "./actions/assist.js";
import { BOXES } from "./actions/boxes.js";
import { GENERAL } from "./actions/general.js";
import { IMAGES, REVIEW } from "./actions/images.js";
import { Lazy } from "./actions/lazy.js";
import { ORDER } from "./actions/order.js";
import { PROPOSALS } from "./actions/proposals.js";
import { SIGHT } from "./actions/sight.js";
import { TIME } from "./actions/time.js";
import { TOOLS } from "./actions/tools.js";
import { VIEW } from "./actions/view.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {{
 *   editor: Editor, tools: Record<string, import("../view/editor.js").Tool>, tool: import("../view/editor.js").Tool,
 *   sweep: import("../tools/sweep.js").Sweep,
 *   adjust: import("../tools/adjust.js").Adjust, pointer: import("../tools/pointer.js").PointerInput,
 *   clipboard: import("./clipboard.js").Clipboard, travel: import("./travel.js").Travel,
 *   review: import("./review.js").Review, keymap: import("../../lib/keymap.js").Keymap, actions: Action[],
 *   rekey(keymap: import("../../lib/keymap.js").Keymap): void,
 *   take(tool: string): void, togglePanel(): void, ask(dialog: "help" | "palette" | "classes" | "changes"): void,
 *   assist(): Promise<import("./assist.js").Assist>}} App
 * @typedef {"idle" | "selected" | "draw"} Context
 * @typedef {{id: string, title: string, group: string, keys: string[], shown?: string[], when?: Context[],
 *   held?: boolean, stroke?: import("../model/edits.js").State, off?: (app: App) => void, run: (app: App, combo: string) => boolean | void,
 *   enabled?: (app: App) => boolean, pressed?: (app: App) => boolean}} Action
 *   `shown` replaces the keys in the help, none leaves the action out; `off` ends a held key;
 *   `stroke`: held, the pointer judges what it crosses, and a tap runs when the key is released; a run that returns false leaves the key to the browser
 */

/** @type {Context[]} */
export const CONTEXTS = ["idle", "selected", "draw"];

/** The records of what is loaded once the picture is there. @type {Action[]} */
export const LATER = [];

/** The class that each key gives: a class's own key if it is free, then the digits in order. @param {{id: string, hotkey?: string}[]} classes @param {Set<string>} taken */
export function classKeys(classes, taken) {
  /** @type {Map<string, string>} */
  const keys = new Map();
  for (const { id, hotkey } of classes) {
    const combo = hotkey?.toUpperCase();
    if (combo && /^[A-Z0-9]$/.test(combo) && !taken.has(combo) && !keys.has(combo)) keys.set(combo, id);
  }
  const keyed = new Set(keys.values());
  const digits = [..."1234567890"].filter((digit) => !keys.has(digit) && !taken.has(digit));
  for (const { id } of classes) {
    if (keyed.has(id)) continue;
    const digit = digits.shift();
    if (!digit) break;
    keys.set(digit, id);
  }
  return keys;
}

/** Give the selection a class, and new boxes too; a class for whole pictures becomes a tag, or is one no longer. @param {App} app @param {string} classId */
export function pickClass(app, classId) {
  const { editor, sweep } = app;
  if (editor.classes.get(classId)?.use === "tags") return void Lazy.tags(app).then((tags) => tags.toggle(classId));
  editor.set({ currentClass: classId });
  const boxes = editor.selected;
  const name = editor.look(classId).name;
  if (!boxes.length) return editor.emit("say", `New boxes are ${name}.`);
  const judged = boxes.length === 1 && boxes[0].state === "proposed";
  if (!editor.submit(relabel(boxes, classId), "relabel")) return;
  editor.emit("say", `${boxes.length === 1 ? "Box" : `${boxes.length} boxes`} now ${name}.`);
  if (judged) sweep.passed(boxes);
  if (judged) sweep.goOn(`${name}, accepted.`);
}

/**
 * All actions for a project's classes.
 * @param {{id: string, name: string, hotkey?: string}[]} classes
 * @param {import("../../lib/keymap.js").Keymap} [keymap] the person's own keys
 * @returns {{actions: Action[], keys: Map<string, string>}} and the class behind each class key
 */
export function actionsFor(classes, keymap = { keys: {}, single_keys: true }) {
  const all = [...TOOLS, ...BOXES, ...ARRANGE, ...ORDER, ...PROPOSALS, ...ASSIST, ...IMAGES, ...REVIEW, ...VIEW, ...SIGHT, ...TIME, ...GENERAL, ...LATER];
  const fixed = withKeys(all, keymap);
  const keys = classKeys(classes, new Set([...fixed.flatMap((action) => action.keys), ...(keymap.keys["class.search"] ?? [])]));
  /** @type {Action[]} */
  const classActions = [
    {
      id: "class.pick", title: "Class of the selection and of new boxes", group: "Classes", keys: [...keys.keys()], shown: ["1", "…", "0"],
      run: (app, combo) => pickClass(app, /** @type {string} */ (keys.get(combo))),
    },
    { id: "class.search", title: "Find a class by name", group: "Classes", keys: ["/"], run: (app) => app.ask("classes") },
  ];
  return { actions: [...fixed, ...withKeys(classActions, keymap)], keys };
}
