// Undo, the palette and the help.
/** @typedef {import("../actions.js").Action} Action */

/** @type {Action[]} */
export const GENERAL = [
  { id: "undo", title: "Undo my last change", group: "General", keys: ["Ctrl+Z"], enabled: ({ editor }) => editor.history.done.length > 0 || editor.history.loading !== null || editor.draft !== null, run: ({ editor }) => editor.travel("undo") },
  { id: "redo", title: "Redo", group: "General", keys: ["Ctrl+Shift+Z", "Ctrl+Y"], enabled: ({ editor }) => editor.history.undone.length > 0, run: ({ editor }) => editor.travel("redo") },
  { id: "palette", title: "Search all actions", group: "General", keys: ["Ctrl+K"], run: (app) => app.ask("palette") },
  { id: "help", title: "Keys and help", group: "General", keys: ["?"], run: (app) => app.ask("help") },
];
