// The page of a team session: what happens in it shows by itself, and its end leads to the summary.
import { loadPage, takeOver } from "../components/fresh.js";
import { startModules } from "../components/modules.js";

const EVERY_MS = 1500;
const SLOWEST_MS = 15000;

/** @param {HTMLElement} root */
function start(root) {
  let wait = EVERY_MS;
  const look = async () => {
    if (!document.hidden) {
      try {
        const fresh = (await loadPage(location.href)).getElementById(root.id);
        if (fresh) show(root, fresh);
        wait = EVERY_MS;
      } catch {
        wait = Math.min(wait * 2, SLOWEST_MS);
      }
    }
    timer = setTimeout(() => void look(), wait);
  };
  let timer = setTimeout(() => void look(), wait);
  return { stop: () => clearTimeout(timer) };
}

/** A field that somebody is filling in is left alone. @param {HTMLElement} root @param {HTMLElement} fresh */
function show(root, fresh) {
  if (root.dataset.state === "open" && fresh.dataset.state === "ended") location.assign(root.dataset.summary ?? "");
  else if (!root.querySelector("input:checked") && !document.querySelector("dialog[open]")) takeOver(root, fresh, "key");
}

startModules(document, { session: { start } });
