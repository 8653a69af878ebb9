// What a press may turn into: panning, moving, resizing, a marquee. A ghost while it moves, one batch of
// edits when it ends, nothing when it is cancelled.
import { copiesOf, placeBox } from "../commands/boxes.js";
import { between, intersects, rectOf, resized, sameRect, sharedStep } from "../model/geometry.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").At} At
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/geometry.js").Handle} Handle
 */

/** A press that moves less than this on the screen is a click. */
export const CLICK_PX = 4;

/** @param {At} a @param {At} b */
export const isClick = (a, b) => Math.hypot(a.screen.x - b.screen.x, a.screen.y - b.screen.y) < CLICK_PX;

export class PanGesture {
  /** @param {Editor} editor @param {At} at */
  constructor(editor, at) {
    this.editor = editor;
    this.last = at.screen;
  }

  /** @param {At} at */
  move(at) {
    this.editor.scene.viewport.pan(at.screen.x - this.last.x, at.screen.y - this.last.y);
    this.last = at.screen;
    this.editor.scene.moved();
  }

  release() {}

  cancel() {}
}

/** Common ground of gestures that show drafts and submit them. */
class DraftGesture {
  /** @param {Editor} editor @param {At} at @param {Box[]} boxes */
  constructor(editor, at, boxes) {
    this.editor = editor;
    this.start = at;
    this.boxes = boxes;
    this.moving = false;
  }

  /** @param {Box[]} drafts */
  showDrafts(drafts) {
    this.editor.scene.dragging = true;
    this.editor.scene.showDrafts(drafts);
    this.editor.tell();
  }

  /** Whether the press has become a drag. @param {At} at */
  began(at) {
    if (!this.moving && !isClick(this.start, at)) this.moving = this.editor.allowed();
    return this.moving;
  }

  /** The drafts as edits, without the boxes that did not change. @param {string} label */
  commit(label) {
    const moved = this.boxes.flatMap((box) => {
      const draft = this.editor.scene.drafts.get(box.id);
      const now = this.editor.document.view.get(box.id);
      return draft && now && !sameRect(draft, box) ? [placeBox(now, rectOf(draft))] : [];
    });
    this.editor.submit(moved, label);
    this.cancel();
  }

  cancel() {
    this.editor.scene.dragging = false;
    this.editor.scene.showDrafts([]);
    this.editor.tell();
  }
}

/** Dragging boxes; with Alt their copies. A press without a drag calls `click`. */
export class MoveGesture extends DraftGesture {
  /** @param {Editor} editor @param {At} at @param {Box[]} boxes @param {(at: At) => void} click */
  constructor(editor, at, boxes, click) {
    super(editor, at, boxes);
    this.click = click;
  }

  /** @param {At} at */
  move(at) {
    if (!this.began(at)) return;
    const from = this.start.picture;
    const { dx, dy } = sharedStep(this.boxes, at.picture.x - from.x, at.picture.y - from.y, this.editor.data.image);
    const placed = this.boxes.map((box) => ({ ...box, ...between(
      { x: box.x + dx, y: box.y + dy }, { x: box.x + dx + box.w, y: box.y + dy + box.h }, this.editor.data.image) }));
    this.showDrafts(at.alt ? placed.map((box) => ({ ...box, id: `copy of ${box.id}` })) : placed);
  }

  /** @param {At} at */
  release(at) {
    if (!this.moving) return this.click(at);
    this.move(at);
    if (at.alt) this.copy();
    else this.commit("move");
  }

  copy() {
    const edits = copiesOf([...this.editor.scene.drafts.values()], 0, this.editor.data.image);
    this.cancel();
    if (this.editor.submit(edits, "duplicate")) this.editor.select(edits.map((edit) => edit.box_id));
  }
}

/** Pulling one handle of one box: Shift keeps the proportions, Alt the centre. */
export class ResizeGesture extends DraftGesture {
  /** @param {Editor} editor @param {At} at @param {Box} box @param {Handle} handle */
  constructor(editor, at, box, handle) {
    super(editor, at, [box]);
    this.handle = handle;
  }

  /** @param {At} at */
  move(at) {
    if (!this.began(at)) return;
    const [box] = this.boxes;
    const pull = { x: at.picture.x - this.start.picture.x, y: at.picture.y - this.start.picture.y };
    const rect = resized(box, this.handle, pull, { aspect: at.shift, centre: at.alt }, this.editor.data.image);
    this.showDrafts([{ ...box, ...rect }]);
  }

  /** @param {At} at */
  release(at) {
    if (!this.moving) return;
    this.move(at);
    this.commit("resize");
  }
}

/** Selecting by a rectangle; with Shift added to what is selected. A press without a drag calls `click`. */
export class MarqueeGesture {
  /** @param {Editor} editor @param {At} at @param {(at: At) => void} click */
  constructor(editor, at, click) {
    this.editor = editor;
    this.start = at;
    this.click = click;
    this.moving = false;
    this.kept = at.shift ? [...editor.selection] : [];
  }

  /** @param {At} at */
  move(at) {
    this.moving ||= !isClick(this.start, at);
    if (!this.moving) return;
    this.editor.scene.show({ marquee: between(this.start.picture, at.picture, this.editor.data.image) });
  }

  /** @param {At} at */
  release(at) {
    if (!this.moving) return this.click(at);
    const rect = between(this.start.picture, at.picture, this.editor.data.image);
    const inside = this.editor.boxes.filter((box) => intersects(rect, box) && !holds(box, rect));
    this.cancel();
    this.editor.select([...this.kept, ...inside.map((box) => box.id)]);
  }

  cancel() {
    this.editor.scene.show({ marquee: null });
  }
}

/** A box that holds the whole marquee was not meant by it. @param {Box} box @param {import("../model/geometry.js").Rect} rect */
const holds = (box, rect) =>
  box.x < rect.x && box.y < rect.y && box.x + box.w > rect.x + rect.w && box.y + box.h > rect.y + rect.h;
