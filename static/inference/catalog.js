// The catalogue: one click, or two where no checksum is known, queue an installation.
import { confirmed } from "../components/confirm.js";
import { listening } from "../components/modules.js";
import { toast } from "../components/toasts.js";
import { call } from "../lib/api.js";

/** @param {HTMLElement} section */
export function start(section) {
  const stop = listening(section, "click", (event) => {
    const button = event.target.closest("[data-installs]");
    if (button) install(section.dataset.install ?? "", button);
  });
  return { stop };
}

/** @param {string} url @param {HTMLButtonElement} button */
async function install(url, button) {
  const { installs: name, from } = button.dataset;
  const isUnpinned = "unpinned" in button.dataset;
  const question = `No checksum is known for ${name}. It is fetched from ${from}; compare its checksum afterwards.`;
  if (isUnpinned && !(await confirmed(question, "Install"))) return;
  button.disabled = true;
  try {
    await call(url, { method: "POST", json: { name, allow_unpinned: isUnpinned } });
    button.dispatchEvent(new CustomEvent("job:started", { bubbles: true }));
  } catch (error) {
    button.disabled = false;
    toast(error instanceof Error ? error.message : "That did not work.", { kind: "bad" });
  }
}
