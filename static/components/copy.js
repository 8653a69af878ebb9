// <button data-module="copy" data-copies="id"> puts the text of that element on the clipboard.
import { listening } from "./modules.js";
import { toast } from "./toasts.js";

/** @param {HTMLButtonElement} button */
export function start(button) {
  const stop = listening(button, "click", async () => {
    const source = document.getElementById(button.dataset.copies ?? "");
    if (!source) return;
    try {
      await navigator.clipboard.writeText(source.textContent ?? "");
      toast("Copied.", { kind: "good" });
    } catch {
      getSelection()?.selectAllChildren(source);
      toast("Press Ctrl+C to copy the selected text.");
    }
  });
  return { stop };
}
