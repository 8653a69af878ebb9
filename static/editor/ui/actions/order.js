// Which shape lies in front, and which ones nobody moves by accident.
import { mayEditSome } from "./terms.js";

/**
 * @typedef {import("../actions.js").App} App
 * @typedef {import("../actions.js").Action} Action
 * @typedef {import("../../commands/order.js").Place} Place
 */

/** Loaded when it is first used. @param {(parts: typeof import("../../commands/order.js")) => void} use */
const ordering = (use) => void import("../../commands/order.js").then(use);

/** With Shift the keys print braces. @param {Place} place @param {string} title @param {string} key @param {string} [shown] @returns {Action} */
const order = (place, title, key, shown = key) => ({
  id: `box.${place}`, title, group: "Arrange", keys: [key], shown: [shown], enabled: mayEditSome,
  run: ({ editor }) => {
    // What is selected now, not when the part has come.
    const chosen = editor.selected;
    ordering(({ reorder }) => {
      const shapes = [...editor.document.view.values()].filter((box) => box.shape !== "tag");
      const edits = reorder(chosen, shapes, place);
      if (edits.length && editor.submit(edits, "order")) editor.emit("say", `${title}.`);
    });
  },
});

/** @param {App} app */
const allLocked = ({ editor }) => editor.selection.size > 0 && editor.selected.every((box) => box.locked);

/** @type {Action[]} */
export const ORDER = [
  order("front", "Bring to the front", "Ctrl+}", "Ctrl+Shift+]"), order("forward", "Bring forward", "Ctrl+]"),
  order("backward", "Send backward", "Ctrl+["), order("back", "Send to the back", "Ctrl+{", "Ctrl+Shift+["),
  {
    id: "box.lock", title: "Lock or unlock", group: "Arrange", keys: ["L"], enabled: mayEditSome, pressed: allLocked,
    run: (app) => {
      const [chosen, locked] = [app.editor.selected, !allLocked(app)];
      ordering(({ lock }) => {
        if (app.editor.submit(lock(chosen, locked), "lock")) app.editor.emit("say", locked ? "Locked." : "Unlocked.");
      });
    },
  },
];
