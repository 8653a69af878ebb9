// From image to image, and the steps of a review.
/**
 * @typedef {import("../actions.js").App} App
 * @typedef {import("../actions.js").Action} Action
 * @typedef {import("../../view/editor.js").Editor} Editor
 */

/** @type {Action[]} */
export const IMAGES = [
  { id: "image.previous", title: "Previous image", group: "Images", keys: ["D"], shown: ["D", "ArrowLeft"], enabled: (app) => app.editor.data.previous !== null, run: (app) => void app.travel.step(-1) },
  { id: "image.next", title: "Next image", group: "Images", keys: ["F"], shown: ["F", "ArrowRight"], enabled: (app) => app.editor.data.next !== null, run: (app) => void app.travel.step(1) },
  { id: "image.left", title: "Previous image", group: "Images", keys: ["ArrowLeft"], shown: [], when: ["idle"], run: (app) => void app.travel.step(-1) },
  { id: "image.right", title: "Next image", group: "Images", keys: ["ArrowRight"], shown: [], when: ["idle"], run: (app) => void app.travel.step(1) },
  { id: "image.previousOpen", title: "Previous image without a review", group: "Images", keys: ["Shift+D"], run: (app) => void app.travel.seek(-1) },
  { id: "image.nextOpen", title: "Next image without a review", group: "Images", keys: ["Shift+F"], run: (app) => void app.travel.seek(1) },
];

/** @param {Editor} editor @param {string[]} states */
const isIn = (editor, states) => states.includes(editor.reviewState);

/** @type {Action[]} */
export const REVIEW = [
  { id: "review.submit", title: "Submit for review", group: "Review", keys: ["Ctrl+Enter"], enabled: ({ editor }) => editor.mayEdit && isIn(editor, ["open", "changes_requested"]), run: (app) => void app.review.send("submit") },
  { id: "review.approve", title: "Approve, next image", group: "Review", keys: ["Shift+A"], enabled: ({ editor }) => editor.data.can.review && isIn(editor, ["submitted"]), run: (app) => void app.review.approve() },
  { id: "review.reject", title: "Request changes", group: "Review", keys: ["Shift+C"], enabled: ({ editor }) => editor.data.can.review && isIn(editor, ["submitted", "approved"]), run: (app) => app.ask("changes") },
  { id: "review.reopen", title: "Reopen", group: "Review", keys: ["Shift+O"], enabled: ({ editor }) => editor.data.can.review && isIn(editor, ["submitted", "approved"]), run: (app) => void app.review.send("reopen") },
];
