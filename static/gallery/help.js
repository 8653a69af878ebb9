// The help of the gallery: every action with its keys.
import { el } from "../lib/dom.js";
import { keycaps } from "../lib/keys.js";
import { ACTIONS } from "./actions.js";

/** Fill the dialog's body, once. @param {HTMLElement} body */
export function showKeys(body) {
  if (body.childElementCount) return;
  const groups = [...new Set(ACTIONS.map((action) => action.group))];
  body.append(...groups.map((group) => el("section", {}, el("h3", {}, group), el("dl", {}, ...ACTIONS.filter((action) => action.group === group).map(entry)))));
}

/** @param {import("./actions.js").Action} action */
function entry(action) {
  const combos = action.shown ?? action.keys;
  const mac = /Mac/.test(navigator.platform);
  const caps = combos.map((combo) => el("span", { class: "combo" }, ...keycaps(combo, mac).map((cap) => el("kbd", {}, cap))));
  return el("div", {}, el("dt", {}, action.title), el("dd", {}, ...caps));
}
