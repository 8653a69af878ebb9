// Classifying texts or pictures by a language model: one job, and what it will take is told before.
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";
import { startsJob } from "./job_form.js";
import { pictures } from "./label_form.js";
import { listening } from "./modules.js";

const PAUSE_MS = 400;
const number = new Intl.NumberFormat("en");

/** @param {HTMLFormElement} form */
export function start(form) {
  const dialog = form.closest("dialog");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const asks = () => {
    clearTimeout(timer);
    if (!dialog || dialog.open) timer = setTimeout(() => estimate(form), PAUSE_MS);
  };
  const stops = [
    listening(form, "input", asks),
    startsJob(form, async (fields) => ({ json: order(form, fields), started: "The classification started." })),
    () => clearTimeout(timer),
  ];
  if (dialog) stops.push(listening(dialog, "toggle", asks));
  asks();
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** @param {HTMLFormElement} form @param {FormData} fields */
function order(form, fields) {
  const options = String(fields.get("options")).split("\n").map((line) => line.trim()).filter(Boolean);
  return { endpoint: fields.get("endpoint"), options, instructions: fields.get("instructions"), ...chosen(form, String(fields.get("scope")), fields.has("replace")) };
}

/** @param {HTMLFormElement} form @param {string} scope @param {boolean} replaces */
function chosen(form, scope, replaces) {
  if (form.dataset.about === "texts") return { texts: { state: scope === "new" ? ["new"] : ["new", "proposed"] } };
  return { ...pictures(form, scope), replace: replaces ? "proposed" : "none" };
}

/** @param {HTMLFormElement} form */
async function estimate(form) {
  const line = must("[data-part=estimate]", form);
  try {
    line.textContent = said(await call(`${form.dataset.url}/estimate`, { method: "POST", json: order(form, new FormData(form)) }));
  } catch (error) {
    line.textContent = error instanceof Error ? error.message : "";
  }
}

/** @param {any} told */
function said({ texts, images, cached, requests, tokens, price, seconds }) {
  if (!requests) return `All ${number.format(cached)} answers are known. It costs nothing.`;
  const things = texts === undefined ? counted(images, "picture") : counted(texts, "text");
  const parts = [`${things} in ${counted(requests, "request")}`, `about ${number.format(tokens.total)} tokens`];
  if (price) parts.push(`a price of ${price < 0.01 ? "less than 0.01" : price.toFixed(2)}`);
  parts.push(seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);
  const known = cached ? ` ${counted(cached, "answer")} known already.` : "";
  return `${parts.join(", ")}.${known}`;
}

/** @param {number} count @param {string} word */
function counted(count, word) {
  return `${number.format(count)} ${word}${count === 1 ? "" : "s"}`;
}
