// What is seen of the picture and its boxes: the filter, hiding by hand, light and channels, the menu of a box.
import { must } from "../../../lib/dom.js";
import { some } from "./terms.js";

/** @typedef {import("../actions.js").App} App @typedef {import("../actions.js").Action} Action */

/** Open the filter, or close it; what it asks for stays. What is typed at once counts. @param {App} app */
function toggleFilter(app) {
  const filters = must("#filters");
  if (filters.hidden && document.body.dataset.panel !== "open") app.togglePanel();
  filters.hidden = !filters.hidden;
  must(filters.hidden ? "#stage" : "#filter-words").focus({ preventScroll: true });
  app.editor.emit("settings", null);
  void import("../filters.js").then(({ showFilters }) => showFilters(app));
}

/** @type {Action[]} */
export const SIGHT = [
  { id: "filter", title: "Filter boxes", group: "View", keys: ["Ctrl+F"], run: toggleFilter, pressed: () => !must("#filters").hidden },
  { id: "filter.clear", title: "Show all boxes again", group: "View", keys: ["Shift+U"], enabled: ({ editor }) => editor.sight.isNarrow, run: ({ editor }) => editor.sight.clear() },
  { id: "box.hide", title: "Hide, until the image is left", group: "Boxes", keys: ["Alt+H"], enabled: some, run: ({ editor }) => editor.sight.hide(editor.selection) },
  {
    id: "box.only", title: "Hide all others", group: "Boxes", keys: ["Shift+I"], enabled: some,
    run: ({ editor }) => editor.sight.hide(editor.boxes.flatMap((box) => (editor.selection.has(box.id) ? [] : box.id))),
  },
  { id: "box.menu", title: "Menu of the box", group: "Boxes", keys: ["Shift+Q"], enabled: some, run: (app) => app.pointer.menu(null) },
  { id: "view.adjust", title: "Brightness, contrast, channels", group: "View", keys: ["Shift+V"], run: (app) => void import("../adjustments.js").then(({ toggleAdjustments }) => toggleAdjustments(app)) },
  { id: "image.strip", title: "Go to the filmstrip", group: "Images", keys: ["Shift+F6"], run: () => /** @type {HTMLElement | null} */ (document.querySelector("#film [aria-current]"))?.focus() },
];
