// Everything that keys and the pointer do in the gallery, once: the keyboard and its help are built from these records.

/**
 * @typedef {{
 *   move(combo: string): void, find(): void, copyLink(): Promise<void>, help(): Promise<void>, toggleActive(): void,
 *   selectAll(): boolean, clear(): boolean, does(action: string): boolean,
 *   options: {toggleBoxes(): void, resize(direction: number): void} | null}} Gallery
 * @typedef {{id: string, title: string, group: string, keys: string[], shown?: string[], inGrid?: boolean, run?: (gallery: Gallery, combo: string) => boolean | void}} Action
 *   `shown` replaces the keys in the help; `inGrid`: only while a picture has the focus; a run that returns false leaves the key to the browser
 */

const ARROWS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"];
const SCREENS = ["PageUp", "PageDown"];
const ENDS = ["Home", "End"];

/** @param {string[]} keys */
const shifted = (keys) => keys.map((key) => `Shift+${key}`);

/** @type {Action[]} */
export const ACTIONS = [
  { id: "go", title: "Go from picture to picture", group: "Look", keys: ARROWS, inGrid: true, run: (gallery, combo) => gallery.move(combo) },
  { id: "screen", title: "A screen up or down", group: "Look", keys: SCREENS, inGrid: true, run: (gallery, combo) => gallery.move(combo) },
  { id: "ends", title: "The first or the last picture", group: "Look", keys: ENDS, inGrid: true, run: (gallery, combo) => gallery.move(combo) },
  { id: "open", title: "Open the picture", group: "Look", keys: ["Enter"], inGrid: true, run: () => false },
  { id: "find", title: "Go to the search", group: "Look", keys: ["/"], run: (gallery) => gallery.find() },
  { id: "boxes", title: "Boxes on all pictures, or on one", group: "Look", keys: ["B"], run: (gallery) => gallery.options?.toggleBoxes() },
  { id: "larger", title: "Larger pictures", group: "Look", keys: ["+"], run: (gallery) => gallery.options?.resize(1) },
  { id: "smaller", title: "Smaller pictures", group: "Look", keys: ["-"], run: (gallery) => gallery.options?.resize(-1) },
  { id: "link", title: "Copy a link to the picture", group: "Look", keys: ["C"], inGrid: true, run: (gallery) => gallery.copyLink() },
  { id: "toggle", title: "Select the picture, or not", group: "Select", keys: ["Space", "Ctrl+Space"], shown: ["Space"], inGrid: true, run: (gallery) => gallery.toggleActive() },
  { id: "range", title: "Select all up to there", group: "Select", keys: shifted([...ARROWS, ...SCREENS, ...ENDS]), shown: ["Shift+Arrow"], inGrid: true, run: (gallery, combo) => gallery.move(combo) },
  { id: "all", title: "Select all that the search finds", group: "Select", keys: ["Ctrl+A"], run: (gallery) => gallery.selectAll() },
  { id: "none", title: "Select nothing", group: "Select", keys: ["Escape"], run: (gallery) => gallery.clear() },
  { id: "click", title: "Select one more, or one less", group: "Select", keys: [], shown: ["Ctrl+Click"] },
  { id: "shift-click", title: "Select all up to there", group: "Select", keys: [], shown: ["Shift+Click"] },
  { id: "frame", title: "Select what a frame touches: drag from between the pictures", group: "Select", keys: [], shown: ["Drag"] },
  { id: "press", title: "Begin to select on a touch screen: press long, then tap", group: "Select", keys: [], shown: ["Long press"] },
  { id: "archive", title: "Archive the selection", group: "Do", keys: ["A"], run: (gallery) => gallery.does("archive") },
  { id: "describe", title: "Keywords and metadata of the selection", group: "Do", keys: ["D"], run: (gallery) => gallery.does("describe") },
  { id: "export", title: "Export the selection", group: "Do", keys: ["E"], run: (gallery) => gallery.does("export") },
  { id: "transfer", title: "Copy or move the selection", group: "Do", keys: ["M"], run: (gallery) => gallery.does("transfer") },
  { id: "delete", title: "Delete the selection", group: "Do", keys: ["Delete"], run: (gallery) => gallery.does("delete") },
  { id: "help", title: "Keys and help", group: "Do", keys: ["?"], run: (gallery) => gallery.help() },
];

/** @param {string[]} combos what a key press may stand for @param {boolean} inGrid @returns {[Action, string] | null} */
export function actionFor(combos, inGrid) {
  for (const combo of combos) {
    const found = ACTIONS.find((action) => action.keys.includes(combo) && (inGrid || !action.inGrid));
    if (found) return [found, combo];
  }
  return null;
}
