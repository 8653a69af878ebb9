// What a press may turn into: panning, moving, resizing, a marquee. A ghost while it moves, one batch of
// edits when it ends, nothing when it is cancelled.
import { copiesOf, placeBox } from "../commands/boxes.js";
import { between, intersects, sharedStep } from "../model/geometry.js";
import { boundsOf, centreOf, geometryOf, heldOf, isPointed, pointed, resizedShape, sameGeometry, shifted, turned } from "../model/shapes.js";

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
    this.boxes = boxes.filter((box) => !box.locked);
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
    if (!this.moving && !isClick(this.start, at)) this.moving = this.boxes.length > 0 && this.editor.allowed();
    return this.moving;
  }

  /** The drafts as edits, without the boxes that did not change. @param {string} label */
  commit(label) {
    const moved = this.boxes.flatMap((box) => {
      const draft = this.editor.scene.drafts.get(box.id);
      const now = this.editor.document.view.get(box.id);
      return draft && now && !sameGeometry(draft, box) ? [placeBox(now, geometryOf(draft))] : [];
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
    const size = this.editor.data.image;
    const way = { x: at.picture.x - from.x, y: at.picture.y - from.y };
    const { dx, dy } = this.editor.snap.move(this.boxes, sharedStep(this.boxes.map(heldOf), way.x, way.y, size), at);
    const placed = this.boxes.map((box) => ({ ...box, ...shifted(box, dx, dy, size) }));
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
    const keep = { aspect: at.shift, centre: at.alt };
    const snapped = this.editor.snap.pull(box, this.handle, pull, keep, at);
    this.showDrafts([{ ...box, ...resizedShape(box, this.handle, snapped, keep, this.editor.data.image) }]);
  }

  /** @param {At} at */
  release(at) {
    if (!this.moving) return;
    this.move(at);
    this.commit("resize");
  }
}

/** Turning a shape around its middle: Shift goes in steps of 15 degrees. */
export class TurnGesture extends DraftGesture {
  /** @param {At} at */
  move(at) {
    if (!this.began(at)) return;
    const [box] = this.boxes;
    const centre = centreOf(box);
    const angle = (/** @type {import("../model/geometry.js").Point} */ to) => (Math.atan2(to.y - centre.y, to.x - centre.x) * 180) / Math.PI;
    let degrees = angle(at.picture) - angle(this.start.picture);
    const whole = (box.rotation ?? 0) + degrees;
    if (at.shift) degrees += Math.round(whole / 15) * 15 - whole;
    this.showDrafts([{ ...box, ...turned(box, degrees, this.editor.data.image) }]);
  }

  /** @param {At} at */
  release(at) {
    if (!this.moving) return;
    this.move(at);
    this.commit("turn");
  }
}

/** Dragging one corner of a polygon, a polyline or keypoints. A press without a drag makes it the corner that the keys move. */
export class CornerGesture extends DraftGesture {
  /** @param {Editor} editor @param {At} at @param {Box} box @param {number} corner @param {number[][]} points with the corner, which may be new */
  constructor(editor, at, box, corner, points) {
    super(editor, at, [box]);
    this.corner = corner;
    this.points = points;
  }

  /** @param {At} at */
  move(at) {
    if (!this.began(at)) return;
    const [box] = this.boxes;
    const { x, y } = this.editor.snap.point(at.picture, at, [box.id]);
    const points = this.points.map((point, index) => (index === this.corner ? [x, y, ...point.slice(2)] : point));
    this.showDrafts([{ ...box, ...pointed(points, this.editor.data.image) }]);
  }

  /** @param {At} at */
  release(at) {
    this.editor.scene.show({ corner: this.corner });
    if (!this.moving) return;
    this.move(at);
    this.commit("corner");
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
    const inside = this.editor.boxes.filter((box) => intersects(rect, boundsOf(box)) && (isPointed(box) || !holds(box, rect)));
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
