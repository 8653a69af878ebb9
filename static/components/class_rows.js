// The class editor: rows of colour, name and key, and what else a class says under each; new rows get the next free colour and key.
import { must } from "../lib/dom.js";
import { summarise, toggle } from "./class_more.js";
import { listening } from "./modules.js";

/** @param {HTMLElement} editor */
export function start(editor) {
  const rows = must("[data-rows]", editor);
  const blank = /** @type {HTMLTemplateElement} */ (must("template", editor));
  const palette = (editor.dataset.palette ?? "").split(" ").filter(Boolean);

  const add = () => {
    const row = /** @type {HTMLElement} */ (blank.content.firstElementChild?.cloneNode(true));
    color(row).value = freeColor(rows, palette);
    key(row).value = freeKey(rows);
    rows.append(row);
    name(row).focus();
  };
  const stops = [
    listening(must("[data-add]", editor), "click", add),
    listening(rows, "click", (event) => {
      if (event.target.closest("[data-more]")) return toggle(event.target.closest(".class-row"));
      const row = event.target.closest("[data-remove]")?.closest(".class-row");
      if (!row) return;
      const next = row.nextElementSibling ?? row.previousElementSibling;
      row.remove();
      next?.querySelector("input[type=text]")?.focus();
    }),
    listening(rows, "keydown", (event) => {
      if (event.key !== "Enter" || event.target.type !== "text") return;
      event.preventDefault();
      if (event.target.value.trim()) add();
    }),
  ];
  // What the browser complains about has to be seen.
  rows.addEventListener("invalid", (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest(".class-more")?.closest(".class-row");
    if (row instanceof HTMLElement) toggle(row, true);
  }, true);
  for (const row of rows.children) summarise(/** @type {HTMLElement} */ (row));
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** @param {ParentNode} row @returns {HTMLInputElement} */
const color = (row) => /** @type {HTMLInputElement} */ (must("input[type=color]", row));
/** @param {ParentNode} row @returns {HTMLInputElement} */
const name = (row) => /** @type {HTMLInputElement} */ (must("[name=class_name]", row));
/** @param {ParentNode} row @returns {HTMLInputElement} */
const key = (row) => /** @type {HTMLInputElement} */ (must("[name=class_hotkey]", row));

/** The palette's colour that the rows use least. @param {HTMLElement} rows @param {string[]} palette */
function freeColor(rows, palette) {
  const used = [...rows.querySelectorAll("input[type=color]")].map((field) => /** @type {HTMLInputElement} */ (field).value);
  const uses = (/** @type {string} */ wanted) => used.filter((value) => value === wanted).length;
  return palette.reduce((best, next) => (uses(next) < uses(best) ? next : best));
}

/** The first free digit; nothing once all ten are taken. @param {HTMLElement} rows */
function freeKey(rows) {
  const used = new Set([...rows.querySelectorAll("[name=class_hotkey]")].map((field) => /** @type {HTMLInputElement} */ (field).value));
  return ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].find((digit) => !used.has(digit)) ?? "";
}
