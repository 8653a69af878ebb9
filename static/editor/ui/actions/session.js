// A review that several people do at the same time. Only who is in one has these.
/** @typedef {import("../actions.js").Action} Action @typedef {import("../session_bar.js").SessionBar} SessionBar */

/** @param {SessionBar} bar @returns {Action[]} */
export const sessionActions = (bar) => [
  { id: "session.follow", title: "Follow who leads, or look around alone", group: "Session", keys: ["Alt+L"], enabled: () => bar.mayFollow, run: () => bar.toggleFollow(), pressed: () => bar.isFollowing },
  { id: "session.mode", title: "Work together, or each on their own pictures", group: "Session", keys: ["Alt+M"], enabled: () => bar.leads, run: () => void bar.switchMode() },
  { id: "session.lead", title: "Take the lead", group: "Session", keys: ["Alt+Shift+L"], enabled: () => bar.takesPart && !bar.leads && bar.app.editor.data.can.review, run: () => void bar.takeLead() },
  { id: "session.summary", title: "Summary of the session", group: "Session", keys: ["Alt+S"], run: () => bar.openSummary() },
];
