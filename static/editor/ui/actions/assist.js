// What the model left over, what it sees now, and what the neighbours show.
import { mayEdit } from "./terms.js";

/**
 * @typedef {import("../actions.js").App} App
 * @typedef {import("../actions.js").Action} Action
 */

/** @type {Action[]} */
export const ASSIST = [
  { id: "ghost.next", title: "Next ghost: what the model half believes", group: "Proposals", keys: ["G"], enabled: mayEdit, run: (app) => void app.assist().then((assist) => assist.ghosts.cycle(1)) },
  { id: "ghost.previous", title: "Previous ghost", group: "Proposals", keys: ["Alt+G"], enabled: mayEdit, run: (app) => void app.assist().then((assist) => assist.ghosts.cycle(-1)) },
  { id: "ghost.adopt", title: "Make the ghost a box", group: "Proposals", keys: ["Enter"], when: ["idle", "selected"], run: ({ editor }) => editor.ghosts?.adoptChosen() ?? false },
  { id: "proposal.region", title: "Ask the model about the selection or what you see", group: "Proposals", keys: ["Shift+L"], enabled: mayEdit, run: (app) => void app.assist().then((assist) => assist.region.label()) },
  { id: "proposal.carry", title: "Carry over the boxes of the previous image", group: "Proposals", keys: ["R"], enabled: mayEdit, run: (app) => void app.assist().then((assist) => assist.carryOver()) },
  { id: "proposal.propagate", title: "Carry the selection, or all, to the next image", group: "Proposals", keys: ["Ctrl+B"], run: (app) => void app.assist().then((assist) => assist.propagate()) },
];
