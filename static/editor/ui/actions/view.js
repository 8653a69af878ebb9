// How the picture is seen.
import { PLAIN } from "../../view/settings.js";
import { arrows, scaled, some, stepOf } from "./terms.js";

/**
 * @typedef {import("../actions.js").App} App
 * @typedef {import("../actions.js").Action} Action
 */

/** @param {App} app @param {number} factor */
const zoom = ({ editor: { scene, pointer } }, factor) => {
  const { viewport } = scene;
  const middle = { x: viewport.width / 2, y: viewport.height / 2 };
  viewport.zoom(pointer ? viewport.toScreen({ ...pointer, w: 0, h: 0 }) : middle, factor);
  scene.moved();
};
/** @param {App} app @param {number} change */
const dim = ({ editor }, change) => editor.set({ brightness: Math.min(Math.max(editor.settings.values.brightness + change, 0.2), 3) });
/** @type {Action[]} */
export const VIEW = [
  {
    id: "view.fit", title: "Fit the image", group: "View", keys: ["Shift+1"],
    run: ({ editor: { scene } }) => {
      scene.viewport.fit();
      scene.moved();
    },
  },
  { id: "view.selection", title: "Zoom to the selection", group: "View", keys: ["Shift+2"], enabled: some, run: ({ editor }) => editor.frameSelection() },
  { id: "view.actual", title: "100 %", group: "View", keys: ["Z"], run: (app) => zoom(app, 1 / app.editor.scene.viewport.scale) },
  {
    id: "view.pan", title: "Move the view", group: "View", when: ["idle"], keys: arrows("Shift+"), shown: ["Shift+Arrows"],
    run: ({ editor: { scene } }, combo) => {
      scene.viewport.pan(...scaled(stepOf(combo), -6));
      scene.moved();
    },
  },
  { id: "view.in", title: "Zoom in", group: "View", keys: ["+", "="], shown: ["+"], run: (app) => zoom(app, 1.25) },
  { id: "view.out", title: "Zoom out", group: "View", keys: ["-"], run: (app) => zoom(app, 0.8) },
  {
    id: "view.hide", title: "Hide boxes while held", group: "View", keys: ["Q"], held: true,
    run: ({ editor }) => editor.hideBoxes(true), off: ({ editor }) => editor.hideBoxes(false),
  },
  {
    id: "view.crosshair", title: "Crosshair while drawing", group: "View", keys: ["C"],
    run: ({ editor }) => editor.set({ crosshair: !editor.settings.values.crosshair }), pressed: ({ editor }) => editor.settings.values.crosshair,
  },
  {
    id: "view.minimap", title: "Overview while zoomed in", group: "View", keys: ["M"],
    run: ({ editor }) => editor.set({ minimap: !editor.settings.values.minimap }), pressed: ({ editor }) => editor.settings.values.minimap,
  },
  { id: "view.panel", title: "Side panel", group: "View", keys: ["Shift+P"], run: (app) => app.togglePanel(), pressed: () => document.body.dataset.panel === "open" },
  { id: "view.darker", title: "Darker", group: "View", keys: [";"], run: (app) => dim(app, -0.1) },
  { id: "view.brighter", title: "Brighter", group: "View", keys: ["'"], run: (app) => dim(app, 0.1) },
  { id: "view.plain", title: "The picture as it is", group: "View", keys: ["\\"], run: ({ editor }) => editor.set({ ...PLAIN }) },
];
