// What can wait until the picture is there: what people say about it, what changed since my last review, and the keys for both.
import { LATER } from "./actions.js";
import { SINCE } from "./actions/since.js";
import { THREADS } from "./actions/threads.js";
import { sinceOf } from "./since.js";
import { threadsOf } from "./threads.js";

const AGAIN_MS = 300;
let started = false;

/** Once, for all pictures that this page opens. @param {import("./actions.js").App} app */
export function start(app) {
  if (started) return;
  started = true;
  LATER.push(...THREADS, ...SINCE);
  threadsOf(app);
  sinceOf(app);
  bind(app);
}

/** Give new records their keys; whoever is choosing keys in the help just now is not disturbed. @param {import("./actions.js").App} app */
export function bind(app) {
  if (document.querySelector("dialog[open]")) setTimeout(() => bind(app), AGAIN_MS);
  else app.rekey(app.keymap);
}
