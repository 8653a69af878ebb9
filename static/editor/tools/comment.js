// Choosing the place that something is to be said about: a click is a point, a drag a region, Enter the crosshair.
import { between } from "../model/geometry.js";
import { AimingTool } from "./aim.js";
import { isClick } from "./gestures.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").At} At
 * @typedef {import("../view/editor.js").Tool} Tool
 * @typedef {import("../model/threads.js").Anchor} Anchor
 */

/** @param {number} value */
const rounded = (value) => Math.round(value * 100) / 100;

export class CommentTool extends AimingTool {
  /** @param {Editor} editor @param {Tool} select @param {(anchor: Anchor) => void} chosen */
  constructor(editor, select, chosen) {
    super("comment", editor, select);
    this.chosen = chosen;
  }

  cursor() {
    return "crosshair";
  }

  /** @param {At} at */
  press(at) {
    this.aim = null;
    const { scene, data } = this.editor;
    const clear = () => scene.show({ marquee: null });
    return {
      move: (/** @type {At} */ now) => scene.show({ marquee: isClick(at, now) ? null : between(at.picture, now.picture, data.image) }),
      release: (/** @type {At} */ end) => {
        clear();
        const rect = between(at.picture, end.picture, data.image);
        if (isClick(at, end) || rect.w < 1 || rect.h < 1) this.point(at.picture);
        else this.chosen({ kind: "region", region: [rounded(rect.x), rounded(rect.y), rounded(rect.w), rounded(rect.h)] });
      },
      cancel: clear,
    };
  }

  enter() {
    this.point(this.aimed());
  }

  /** @param {import("../model/geometry.js").Point} point */
  point({ x, y }) {
    this.chosen({ kind: "point", point: [rounded(x), rounded(y)] });
  }

  cancel() {
    return false;
  }
}
