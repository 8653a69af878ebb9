// What others changed since my last review.
/** @typedef {import("../actions.js").App} App @typedef {import("../actions.js").Action} Action */

/** Loaded when it is first used. @param {App} app @param {(since: import("../since.js").Since) => void} use */
const since = (app, use) => void import("../since.js").then(({ sinceOf }) => use(sinceOf(app)));

/** @type {Action[]} */
export const SINCE = [
  { id: "since.show", title: "Show or hide what changed since my last review", group: "Comments", keys: ["U"], run: (app) => since(app, (one) => one.toggle()) },
  { id: "since.next", title: "Next change since my last review", group: "Comments", keys: ["Alt+U"], run: (app) => since(app, (one) => one.next()) },
  { id: "since.seen", title: "I have seen these changes", group: "Comments", keys: ["Alt+Shift+U"], enabled: ({ editor }) => editor.data.can.annotate, run: (app) => since(app, (one) => void one.seen()) },
];
