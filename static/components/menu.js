// A <details> menu that closes as menus do: Escape, a click elsewhere, focus leaving it.
import { listening } from "./modules.js";

/** @param {HTMLDetailsElement} menu */
export function start(menu) {
  const close = () => {
    menu.open = false;
  };
  const stops = [
    listening(document, "click", (event) => {
      if (!menu.contains(event.target)) close();
    }),
    listening(menu, "focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) close();
    }),
    listening(menu, "keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        close();
        menu.querySelector("summary")?.focus();
      }
      if (event.key === "ArrowDown" || event.key === "ArrowUp") step(menu, event);
    }),
  ];
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** @param {HTMLDetailsElement} menu @param {KeyboardEvent} event */
function step(menu, event) {
  const entries = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll(".sheet a, .sheet button")]);
  if (!entries.length) return;
  event.preventDefault();
  menu.open = true;
  const at = entries.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = event.key === "ArrowDown" ? at + 1 : at - 1 + (at < 0 ? 1 : 0);
  entries[(to + entries.length) % entries.length].focus();
}
