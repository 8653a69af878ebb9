// The page that compares two versions: before and after over each other, a blink between them, keys for the pictures.
import { listening, startModules } from "../components/modules.js";
import { isTyping, must } from "../lib/dom.js";

const BLINK_MS = 600;

/** @param {HTMLElement} root */
function start(root) {
  const controls = root.querySelector("[data-part=controls]");
  if (!controls) return { stop() {} };
  /** @type {HTMLElement} */ (controls).hidden = false;
  const mix = /** @type {HTMLInputElement} */ (must("#compare-mix", root));
  const blink = must("[data-part=blink]", root);
  const drawing = /** @type {SVGElement} */ (root.querySelector(".compare-stage svg"));
  let timer = 0;

  /** @param {number} after from 0, all before, to 100, all after */
  const show = (after) => {
    drawing.style.setProperty("--was", String(Math.min(1, (100 - after) / 50)));
    drawing.style.setProperty("--is", String(Math.min(1, after / 50)));
  };
  const still = () => {
    clearInterval(timer);
    timer = 0;
    blink.setAttribute("aria-pressed", "false");
    show(Number(mix.value));
  };
  const toggle = () => {
    if (timer) return still();
    let after = true;
    blink.setAttribute("aria-pressed", "true");
    show(100);
    timer = window.setInterval(() => show((after = !after) ? 100 : 0), BLINK_MS);
  };
  /** @param {KeyboardEvent} event */
  const press = (event) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const isRange = event.target === mix;
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    if (rel && !isRange) /** @type {HTMLElement | null} */ (root.querySelector(`a[rel=${rel}]`))?.click();
    if (event.key.toLowerCase() === "b") toggle();
  };
  const stops = [
    listening(mix, "input", still),
    listening(blink, "click", toggle),
    listening(document, "keydown", press),
  ];
  return {
    stop() {
      clearInterval(timer);
      stops.forEach((stop) => stop());
    },
  };
}

startModules(document, { compare: { start } });
