// One file in the list of an upload: what it is, how far it is, what can be done about it.
import { el, icon } from "../lib/dom.js";

const ICONS = {
  waiting: "clock", sending: "arrow-up", created: "check", accepted: "check", duplicate: "copy",
  refused: "circle-x", failed: "circle-alert", cancelled: "x",
};
const BAD = ["refused", "failed"];

/** @typedef {import("./upload_queue.js").Item} Item */

/**
 * Bring a row up to date; what did not change stays as it is, so that a button can be pressed while bytes move.
 * @param {Item} item @param {HTMLElement} row
 */
export function lineOf(item, row) {
  const shows = `${item.fate} ${item.words}`;
  if (row.dataset.shows !== shows) {
    row.dataset.shows = shows;
    row.className = `line ${BAD.includes(item.fate) ? "refused" : item.fate}`;
    row.replaceChildren(icon(ICONS[item.fate]), el("span", { class: "truncate", title: item.name }, item.name), saying(item), ...actionsOn(item));
  }
  const bar = row.querySelector("progress");
  if (bar) bar.value = item.sent;
}

/** @param {Item} item */
function saying(item) {
  if (item.fate !== "sending") return el("span", { class: "verdict truncate", title: item.words }, item.words);
  return el("progress", { max: Math.max(1, item.file.size), value: item.sent, "aria-label": `Sending ${item.name}` });
}

/** @param {Item} item @returns {HTMLElement[]} */
function actionsOn(item) {
  if (item.fate === "waiting" || item.fate === "sending") return [button(item, "cancel", "x", `Cancel ${item.name}`)];
  if (item.fate === "failed" || item.fate === "cancelled") return [button(item, "retry", "rotate-ccw", `Send ${item.name} again`)];
  return [];
}

/** @param {Item} item @param {string} does @param {string} shape @param {string} label */
function button(item, does, shape, label) {
  const made = el("button", { class: "button quiet small square", type: "button", "data-does": does, "data-at": item.at, "aria-label": label, title: label });
  made.append(icon(shape));
  return made;
}
