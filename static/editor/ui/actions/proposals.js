// Judging proposals.
import { mayEdit, mayEditSome, some } from "./terms.js";

/**
 * @typedef {import("../actions.js").App} App
 * @typedef {import("../actions.js").Action} Action
 */

/** @param {App} app @param {number} change */
const limit = ({ editor }, change) => {
  const threshold = Math.round(Math.min(Math.max(editor.settings.values.threshold + change, 0), 1) * 100) / 100;
  editor.set({ threshold });
  editor.emit("say", `Threshold ${threshold.toFixed(2)}.`);
};

/** @type {Action[]} */
export const PROPOSALS = [
  { id: "proposal.accept", title: "Accept, go to the next", group: "Proposals", keys: ["A"], stroke: "accepted", enabled: (app) => mayEdit(app) && (some(app) || app.sweep.waits), run: (app) => app.sweep.judge("accepted") },
  { id: "proposal.reject", title: "Reject, go to the next", group: "Proposals", keys: ["X"], stroke: "rejected", enabled: (app) => mayEdit(app) && (some(app) || app.sweep.waits), run: (app) => app.sweep.judge("rejected") },
  { id: "proposal.skip", title: "Skip, go to the next", group: "Proposals", keys: ["S"], enabled: (app) => app.sweep.waits, run: (app) => app.sweep.skip() },
  { id: "proposal.back", title: "Back to the one judged before", group: "Proposals", keys: ["Shift+S"], enabled: (app) => app.sweep.trail.length > 0, run: (app) => app.sweep.back() },
  { id: "proposal.adjust", title: "Take the handles of this one", group: "Proposals", keys: ["E"], when: ["selected"], enabled: mayEditSome, run: (app) => app.sweep.adjust(() => app.take("select")) },
  { id: "proposal.acceptAbove", title: "Accept all above the threshold, stay here", group: "Proposals", keys: ["Shift+Enter"], enabled: (app) => mayEdit(app) && app.sweep.waits, run: (app) => app.sweep.acceptAbove() },
  { id: "proposal.rest", title: "Accept the rest, submit, next image", group: "Proposals", keys: ["Space"], run: (app) => app.review.finish(1) },
  { id: "proposal.restBack", title: "Accept the rest, submit, previous image", group: "Proposals", keys: ["Shift+Space"], run: (app) => app.review.finish(-1) },
  { id: "proposal.lower", title: "Show less certain proposals", group: "Proposals", keys: ["["], run: (app) => limit(app, -0.05) },
  { id: "proposal.higher", title: "Hide less certain proposals", group: "Proposals", keys: ["]"], run: (app) => limit(app, 0.05) },
  {
    id: "proposal.rejected", title: "Show rejected boxes", group: "Proposals", keys: ["Shift+X"],
    run: ({ editor }) => editor.set({ rejected: !editor.settings.values.rejected }), pressed: ({ editor }) => editor.settings.values.rejected,
  },
];
