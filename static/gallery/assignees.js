// Who is to label or to review a picture, on its cell: initials to see, sentences to hear and to point at.
import { el } from "../lib/dom.js";

const SHOWN = 3;

/** @typedef {{id: string, name: string, purpose: string, due: string | null}} Assignee */

/** @param {Assignee} one */
const isLate = (one) => one.due !== null && one.due < new Date().toISOString().slice(0, 10);

/** @param {Assignee} one */
const sentence = (one) => `${one.name} is to ${one.purpose}${one.due ? ` by ${one.due}` : ""}${isLate(one) ? ", overdue" : ""}`;

/** @param {string} name */
const initials = (name) => name.split(/[\s._@-]+/).filter(Boolean).slice(0, 2).map((word) => word[0]).join("") || "?";

export const assigneeList = () => el("ul", { class: "assignees", role: "list", "aria-label": "Assigned to", hidden: true });

/** Show them, and return what a tooltip says of them. @param {HTMLElement} list @param {Assignee[]} people */
export function showAssignees(list, people) {
  const rows = people.map((one, at) => el("li", { class: at >= SHOWN && "sr-only" }, el("span", { class: `avatar ${one.purpose}${isLate(one) ? " late" : ""}`, "aria-hidden": "true" }, initials(one.name)), el("span", { class: "sr-only" }, `${sentence(one)}.`)));
  const more = people.length - SHOWN;
  list.replaceChildren(...rows, ...(more > 0 ? [el("li", { "aria-hidden": "true" }, el("span", { class: "avatar" }, `+${more}`))] : []));
  list.hidden = !people.length;
  return people.map((one) => `\n${sentence(one)}`).join("");
}
