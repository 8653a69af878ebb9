// The time machine, the people who are here, and what could not be merged; each is loaded when it is first used.
import { Lazy } from "./lazy.js";

/** @typedef {import("../actions.js").Action} Action */

/** @type {Action[]} */
export const TIME = [
  { id: "history.open", title: "History: look back and restore", group: "Together", keys: ["Shift+H"], run: (app) => void Lazy.timeline(app).then((timeline) => timeline.toggle()) },
  {
    id: "people.follow", title: "Follow somebody's view, or stop", group: "Together", keys: ["Shift+W"],
    enabled: ({ editor }) => editor.session.peers.present.size > 0, run: (app) => void Lazy.follow(app).then((follow) => follow.next()),
  },
  { id: "conflicts.open", title: "What could not be merged", group: "Together", keys: ["Shift+E"], run: (app) => void Lazy.conflicts(app).then((conflicts) => conflicts.open()) },
];
