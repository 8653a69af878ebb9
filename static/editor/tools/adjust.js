// Moving and resizing by keys: shown at once, one edit when the keys rest.
import { placeBox } from "../commands/boxes.js";
import { rectOf, sharedStep } from "../model/geometry.js";
import { geometryOf, heldOf, pointed, POINTED, reframed, sameGeometry, shifted, turned } from "../model/shapes.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../model/edits.js").Box} Box
 */

const REST_MS = 400;

export class Adjust {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Map<string, Box>} */
    this.drafts = new Map();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** The selected boxes as they are shown now. */
  get boxes() {
    return this.editor.selected.filter((box) => !box.locked).map((box) => this.drafts.get(box.id) ?? box);
  }

  /** @param {number} dx @param {number} dy */
  move(dx, dy) {
    const size = this.editor.data.image;
    const { corner } = this.editor.scene;
    if (corner !== null) return this.moveCorner(corner, dx, dy);
    const step = sharedStep(this.boxes.map(heldOf), dx, dy, size);
    this.show((box) => shifted(box, step.dx, step.dy, size));
  }

  /** Pull the lower right corner. @param {number} dw @param {number} dh */
  resize(dw, dh) {
    this.show((box) => reframed(box, { ...rectOf(box), w: Math.max(box.w + dw, 1), h: Math.max(box.h + dh, 1) }, this.editor.data.image));
  }

  /** Turn clockwise. @param {number} degrees */
  turn(degrees) {
    this.show((box) => turned(box, degrees, this.editor.data.image));
  }

  /** The only selected shape and the corner that the keys move. @returns {[Box, number] | null} */
  get bend() {
    const { corner } = this.editor.scene;
    const [box] = this.boxes;
    return box && corner !== null && box.points[corner] ? [box, corner] : null;
  }

  /** A new corner in the middle of the side after this one. */
  addCorner() {
    const [box, corner] = this.bend ?? [];
    if (!box || corner === undefined || box.shape === "keypoints") return;
    const [x, y] = box.points[corner];
    const [nx, ny] = box.points[(corner + 1) % box.points.length];
    const grown = [...box.points.slice(0, corner + 1), [(x + nx) / 2, (y + ny) / 2], ...box.points.slice(corner + 1)];
    this.show(() => pointed(grown, this.editor.data.image));
    this.flush();
    this.editor.scene.show({ corner: corner + 1 });
  }

  /** Take the corner away. @returns {boolean} whether there was one to take */
  dropCorner() {
    const [box, corner] = this.bend ?? [];
    if (!box || corner === undefined || box.shape === "keypoints") return false;
    if (box.points.length > POINTED[box.shape]) {
      this.show(() => pointed(box.points.filter((_, at) => at !== corner), this.editor.data.image));
      this.flush();
    } else this.editor.emit("toast", { text: "The shape needs its last corners. Press Escape, then Delete, to delete it.", kind: "bad" });
    this.editor.scene.show({ corner: null });
    return true;
  }

  /** @param {number} corner @param {number} dx @param {number} dy */
  moveCorner(corner, dx, dy) {
    const size = this.editor.data.image;
    const moved = (/** @type {number[]} */ [x, y, ...rest], /** @type {number} */ at) => (at === corner ? [x + dx, y + dy, ...rest] : [x, y, ...rest]);
    this.show((box) => pointed(box.points.map(moved), size));
  }

  /** @param {(box: Box) => import("../model/shapes.js").Geometry} change */
  show(change) {
    if (!this.editor.allowed()) return;
    if (!this.boxes.length) return this.editor.sayLocked(this.editor.selection.size);
    this.drafts = new Map(this.boxes.map((box) => [box.id, { ...box, ...change(box) }]));
    this.editor.draft = this;
    this.editor.scene.showDrafts([...this.drafts.values()]);
    this.editor.tell();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), REST_MS);
  }

  /** Make what is shown an edit. */
  flush() {
    clearTimeout(this.timer);
    this.editor.draft = null;
    const edits = [...this.drafts.values()].flatMap((draft) => {
      const now = this.editor.document.view.get(draft.id);
      return now && !sameGeometry(now, draft) ? [placeBox(now, geometryOf(draft))] : [];
    });
    this.drafts.clear();
    this.editor.scene.showDrafts([]);
    this.editor.submit(edits, "adjust");
  }
}
