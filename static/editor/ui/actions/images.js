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

/** Whether the project's workflow offers the step here to this person. @param {Editor} editor @param {string} step */
const offers = (editor, step) => editor.data.steps[step]?.includes(editor.reviewState) ?? false;

/** @type {Action[]} */
export const REVIEW = [
  { id: "review.submit", title: "Submit for review", group: "Review", keys: ["Ctrl+Enter"], enabled: ({ editor }) => editor.mayEdit && offers(editor, "submit"), run: (app) => void app.review.send("submit") },
  { id: "review.approve", title: "Approve, next image", group: "Review", keys: ["Shift+A"], enabled: ({ editor }) => offers(editor, "approve"), run: (app) => void app.review.approve() },
  { id: "review.reject", title: "Request changes", group: "Review", keys: ["Shift+C"], enabled: ({ editor }) => offers(editor, "reject"), run: (app) => app.ask("changes") },
  { id: "review.reopen", title: "Reopen", group: "Review", keys: ["Shift+O"], enabled: ({ editor }) => offers(editor, "reopen"), run: (app) => void app.review.send("reopen") },
];
