// What can wait until the picture is there: the actions that nobody needs before, and what people say about it.
import { LATER } from "./actions.js";
import { ARRANGE } from "./actions/arrange.js";
import { THREADS } from "./actions/threads.js";
import { threadsOf } from "./threads.js";

/** Once, for all pictures that this page opens. @param {import("./actions.js").App} app */
export function start(app) {
  if (LATER.length) return;
  LATER.push(...ARRANGE, ...THREADS);
  app.rekey(app.keymap);
  threadsOf(app);
}
