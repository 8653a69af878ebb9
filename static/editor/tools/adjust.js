// Moving and resizing by keys: shown at once, one edit when the keys rest.
import { placeBox } from "../commands/boxes.js";
import { cut, moved, rectOf, sameRect, sharedStep } from "../model/geometry.js";

/** @typedef {import("../view/editor.js").Editor} Editor */

const REST_MS = 400;

export class Adjust {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Map<string, import("../model/edits.js").Box>} */
    this.drafts = new Map();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** The selected boxes as they are shown now. */
  get boxes() {
    return this.editor.selected.map((box) => this.drafts.get(box.id) ?? box);
  }

  /** @param {number} dx @param {number} dy */
  move(dx, dy) {
    const size = this.editor.data.image;
    const step = sharedStep(this.boxes, dx, dy, size);
    this.show((box) => moved(box, step.dx, step.dy, size));
  }

  /** Pull the lower right corner. @param {number} dw @param {number} dh */
  resize(dw, dh) {
    this.show((box) => cut({ ...rectOf(box), w: Math.max(box.w + dw, 1), h: Math.max(box.h + dh, 1) }, this.editor.data.image));
  }

  /** @param {(box: import("../model/edits.js").Box) => import("../model/geometry.js").Rect} change */
  show(change) {
    if (!this.editor.allowed()) return;
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
      return now && !sameRect(now, draft) ? [placeBox(now, draft)] : [];
    });
    this.drafts.clear();
    this.editor.scene.showDrafts([]);
    this.editor.submit(edits, "adjust");
  }
}
