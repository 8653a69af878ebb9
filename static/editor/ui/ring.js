// The menu at a box, for fingers and the right mouse button: what the keys and the panel do, where the hand is.
import { el, must } from "../../lib/dom.js";
import { pickClass } from "./actions.js";
import { swatch } from "./swatch.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/geometry.js").Point} Point
 */

/** Classes that are offered at once; the others are found by name. */
const CLASSES = 6;
const BOX = ["proposal.accept", "proposal.reject", "box.duplicate", "box.delete", "view.selection", "box.hide", "box.only"];
const PICTURE = ["box.paste", "box.all", "view.fit", "filter", "filter.clear"];

/** @type {HTMLElement | null} */
let menu = null;

/** @param {App} app @param {Point} at in the stage @param {Box | null} box */
export function showMenu(app, at, box) {
  close(false);
  const found = box ? [...classItems(app), el("hr", {}), ...actionItems(app, BOX)] : actionItems(app, PICTURE);
  const made = el("div", { id: "box-menu", class: "box-menu", popover: "manual", role: "menu", "aria-label": box ? app.editor.look(box.class_id).name : "Image" }, ...found);
  menu = made;
  made.addEventListener("keydown", (event) => key(event, made));
  made.addEventListener("click", () => close(!document.querySelector("dialog[open]")));
  document.addEventListener("pointerdown", elsewhere, { capture: true });
  document.body.append(made);
  made.showPopover();
  place(made, at);
  itemsOf(made)[0]?.focus();
}

/** The browser's own way to close popovers would take the finger that opened this one for a press elsewhere. @param {PointerEvent} event */
function elsewhere(event) {
  if (!menu?.contains(/** @type {Node} */ (event.target))) close(false);
}

/** @param {boolean} back whether the keys go on on the stage */
function close(back) {
  menu?.remove();
  menu = null;
  document.removeEventListener("pointerdown", elsewhere, { capture: true });
  if (back) must("#stage").focus({ preventScroll: true });
}

/** Where the hand is, but whole on the screen. @param {HTMLElement} made @param {Point} at */
function place(made, at) {
  const stage = must("#stage").getBoundingClientRect();
  const { width, height } = made.getBoundingClientRect();
  made.style.left = `${Math.max(Math.min(stage.left + at.x + 4, innerWidth - width - 8), 8)}px`;
  made.style.top = `${Math.max(Math.min(stage.top + at.y + 4, innerHeight - height - 8), 8)}px`;
}

/** The classes used most in this picture, and the way to the others. @param {App} app */
function classItems(app) {
  const { editor } = app;
  if (!editor.mayEdit) return [];
  const uses = new Map();
  for (const { class_id } of editor.document.view.values()) uses.set(class_id, (uses.get(class_id) ?? 0) + 1);
  const chosen = editor.selected[0]?.class_id;
  const near = [...editor.data.classes].sort((a, b) => (uses.get(b.id) ?? 0) - (uses.get(a.id) ?? 0)).slice(0, CLASSES);
  const items = near.map((one) => {
    const pick = () => pickClass(app, one.id);
    return el("button", { type: "button", role: "menuitemradio", tabindex: -1, "aria-checked": String(one.id === chosen), onclick: pick }, swatch(one.color), el("span", { class: "truncate" }, one.name));
  });
  return editor.data.classes.length > CLASSES ? [...items, item("More classes…", () => app.ask("classes"))] : items;
}

/** @param {App} app @param {string[]} ids */
function actionItems(app, ids) {
  return ids.flatMap((id) => {
    const action = app.actions.find((one) => one.id === id);
    return action && (!action.enabled || action.enabled(app)) ? [item(action.title.replace(/,.*/, ""), () => void action.run(app, action.keys[0] ?? ""))] : [];
  });
}

/** @param {string} words @param {() => void} run */
const item = (words, run) => el("button", { type: "button", role: "menuitem", tabindex: -1, onclick: run }, words);

/** @param {HTMLElement} made @returns {HTMLElement[]} */
const itemsOf = (made) => [...made.querySelectorAll("button")];

/** @param {KeyboardEvent} event @param {HTMLElement} made */
function key(event, made) {
  event.stopPropagation();
  const items = itemsOf(made);
  const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = /** @type {Record<string, number>} */ ({ ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 })[event.key];
  if (event.key === "Tab" || event.key === "Escape") {
    event.preventDefault();
    close(true);
  }
  if (to === undefined) return;
  event.preventDefault();
  items.at(to % items.length)?.focus();
}
