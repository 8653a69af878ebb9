// What is said about places of the picture.
/** @typedef {import("../actions.js").App} App @typedef {import("../actions.js").Action} Action */

/** Loaded when it is first used. @param {App} app @param {(threads: import("../threads.js").Threads) => void} use */
const talking = (app, use) => void import("../threads.js").then(({ threadsOf }) => use(threadsOf(app)));

/** @param {App} app */
const mayTalk = ({ editor }) => editor.data.can.annotate;

/** @type {Action[]} */
export const THREADS = [
  { id: "thread.new", title: "Comment on the selected box, a point or a region", group: "Comments", keys: ["W"], enabled: mayTalk, run: (app) => talking(app, (threads) => threads.aim()), pressed: (app) => app.tool.id === "comment" },
  { id: "thread.picture", title: "Comment on the whole picture", group: "Comments", keys: ["Alt+W"], enabled: mayTalk, run: (app) => talking(app, (threads) => threads.begin({ kind: "picture" })) },
  { id: "thread.list", title: "Comments on this picture", group: "Comments", keys: ["Shift+R"], run: (app) => talking(app, (threads) => threads.toggle()) },
  { id: "thread.next", title: "Next comment", group: "Comments", keys: ["Y"], run: (app) => talking(app, (threads) => threads.step(1)) },
  { id: "thread.previous", title: "Previous comment", group: "Comments", keys: ["Shift+Y"], run: (app) => talking(app, (threads) => threads.step(-1)) },
];
