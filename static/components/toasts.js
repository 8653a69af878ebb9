// Short messages at the lower edge; the server's own are in the page already.
import { el, icon } from "../lib/dom.js";

const SHOWN_MS = 8000;
const ICONS = { good: "circle-check", bad: "circle-alert", note: "info" };

/**
 * Say something; refusals stay until they are closed, the rest leaves by itself.
 * @param {string} text
 * @param {{kind?: "good" | "bad" | "note", action?: {label: string, run: () => void}}} [options]
 */
export function toast(text, { kind = "note", action } = {}) {
  const tray = document.querySelector(".toasts");
  if (!tray) return;
  const box = el("div", { class: `toast ${kind}` }, icon(ICONS[kind]), el("p", {}, text));
  if (action) {
    const run = () => {
      box.remove();
      action.run();
    };
    box.append(el("button", { class: "button small", type: "button", onclick: run }, action.label));
  }
  tray.append(box);
  dress(box, kind === "bad");
}

/** @param {HTMLElement} box @param {boolean} stays */
function dress(box, stays) {
  const close = () => box.remove();
  box.append(el("button", { class: "button quiet small square", type: "button", "aria-label": "Close", onclick: close }, icon("x")));
  if (stays) return;
  let timer = setTimeout(close, SHOWN_MS);
  box.addEventListener("pointerenter", () => clearTimeout(timer));
  box.addEventListener("pointerleave", () => {
    timer = setTimeout(close, SHOWN_MS);
  });
}

/** @param {HTMLElement} tray */
export function start(tray) {
  for (const box of tray.querySelectorAll(".toast")) dress(/** @type {HTMLElement} */ (box), box.classList.contains("bad"));
  return { stop() {} };
}
