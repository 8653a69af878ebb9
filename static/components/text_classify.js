// Classifying texts: labels and instructions become one job, and what it will take is told before.
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";
import { startsJob } from "./job_form.js";
import { listening } from "./modules.js";

const PAUSE_MS = 400;
const number = new Intl.NumberFormat("en");

/** @param {HTMLFormElement} form */
export function start(form) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const asks = () => {
    clearTimeout(timer);
    timer = setTimeout(() => estimate(form), PAUSE_MS);
  };
  const stops = [
    listening(form, "input", asks),
    startsJob(form, async (fields) => ({ json: order(fields), started: "The classification started." })),
    () => clearTimeout(timer),
  ];
  asks();
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** @param {FormData} fields */
function order(fields) {
  const options = String(fields.get("options")).split("\n").map((line) => line.trim()).filter(Boolean);
  const state = fields.get("scope") === "new" ? ["new"] : ["new", "proposed"];
  return { endpoint: fields.get("endpoint"), options, instructions: fields.get("instructions"), texts: { state } };
}

/** @param {HTMLFormElement} form */
async function estimate(form) {
  const line = must("[data-part=estimate]", form);
  try {
    line.textContent = said(await call(`${form.dataset.url}/estimate`, { method: "POST", json: order(new FormData(form)) }));
  } catch (error) {
    line.textContent = error instanceof Error ? error.message : "";
  }
}

/** @param {any} told */
function said({ texts, cached, requests, tokens, price, seconds }) {
  if (!requests) return `All ${number.format(cached)} answers are known. It costs nothing.`;
  const parts = [`${counted(texts, "text")} in ${counted(requests, "request")}`, `about ${number.format(tokens.total)} tokens`];
  if (price) parts.push(`a price of ${price < 0.01 ? "less than 0.01" : price.toFixed(2)}`);
  parts.push(seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`);
  const known = cached ? ` ${counted(cached, "answer")} known already.` : "";
  return `${parts.join(", ")}.${known}`;
}

/** @param {number} count @param {string} word */
function counted(count, word) {
  return `${number.format(count)} ${word}${count === 1 ? "" : "s"}`;
}
