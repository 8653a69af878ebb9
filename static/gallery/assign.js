// The form that deals the selected pictures out to people, takes them away, or says until when.
import { ask } from "../components/modal.js";
import { listening } from "../components/modules.js";
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";

/** @typedef {"assign" | "set_due" | "unassign"} Action */
/** What the bar of bulk changes offers. @typedef {{selection: import("./selection.js").Selection, source: import("./source.js").Source, chosen: () => {images?: string[]}, tell: (action: Action, answer: any, order: {images?: string[]}) => void}} Bulk */

/** @param {HTMLFormElement} form */
export function start(form) {
  const stops = [listening(form, "change", () => fit(form)), listening(form, "reset", () => setTimeout(() => fit(form)))];
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** Ask what is to be done with the selected pictures, and do it. @param {Bulk} bulk */
export function openAssigning(bulk) {
  const dialog = /** @type {HTMLDialogElement} */ (must("#assign-dialog"));
  const form = /** @type {HTMLFormElement} */ (must("form", dialog));
  ask(dialog, () => stop());
  const number = bulk.selection.size(bulk.source.total);
  must("[data-part=number]", form).textContent = number === 1 ? "1 picture" : `${number.toLocaleString("en")} pictures`;
  refuse(form, "");
  fit(form);
  const stop = listening(form, "submit", (event) => {
    event.preventDefault();
    send(form, bulk).then((isDone) => isDone && dialog.close());
  });
}

/** Show the fields that the chosen action needs, and only people who may do it. @param {HTMLFormElement} form */
function fit(form) {
  const { action, purpose } = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
  for (const part of form.querySelectorAll("[data-for]")) {
    /** @type {HTMLElement} */ (part).hidden = !String(/** @type {HTMLElement} */ (part).dataset.for).split(" ").includes(action);
  }
  const chosen = /** @type {HTMLSelectElement} */ (must("[name=action]", form)).selectedOptions[0];
  must("[data-part=does]", form).textContent = chosen.text;
  for (const box of boxes(form)) {
    box.disabled = purpose === "review" && !("mayReview" in box.dataset);
    if (box.disabled) box.checked = false;
    share(form, box).disabled = !box.checked;
  }
}

/** @param {HTMLFormElement} form @returns {HTMLInputElement[]} */
const boxes = (form) => [...form.querySelectorAll("input[name=people]")].map((box) => /** @type {HTMLInputElement} */ (box));

/** @param {HTMLFormElement} form @param {HTMLInputElement} box */
const share = (form, box) => /** @type {HTMLInputElement} */ (must(`[data-share="${box.value}"]`, form));

/** @param {HTMLFormElement} form @param {Bulk} bulk @returns {Promise<boolean>} */
async function send(form, bulk) {
  const fields = new FormData(form);
  const action = /** @type {Action} */ (String(fields.get("action")));
  const people = boxes(form).filter((box) => box.checked).map((box) => ({ user: box.value, share: Number(share(form, box).value) }));
  if (action === "assign" && !people.length) return refuse(form, "Choose who gets the pictures.");
  const button = /** @type {HTMLButtonElement} */ (must("[type=submit]", form));
  button.disabled = true;
  try {
    const order = { action, ...bulk.chosen(), value: valueOf(action, fields, people) };
    bulk.tell(action, await call(form.dataset.url ?? "", { method: "POST", json: order }), bulk.chosen());
    return true;
  } catch (error) {
    return refuse(form, /** @type {Error} */ (error).message);
  } finally {
    button.disabled = false;
  }
}

/** @param {string} action @param {FormData} fields @param {{user: string, share: number}[]} people */
function valueOf(action, fields, people) {
  const purpose = fields.get("purpose"), due = fields.get("due") || null;
  if (action === "assign") {
    const each = fields.get("each") === "all" ? people.length : Math.min(Number(fields.get("each")), people.length);
    return { purpose, people, each, due };
  }
  const those = { purpose, ...(people.length && { people: people.map((one) => one.user) }) };
  return action === "set_due" ? { ...those, due } : those;
}

/** Say why not, or nothing. @param {HTMLFormElement} form @param {string} words @returns {false} */
function refuse(form, words) {
  const box = must("[data-part=problem]", form);
  box.hidden = !words;
  must(".problem > div", box).textContent = words;
  return false;
}
