// What colleagues see of me: where I point and look, what I have selected, what I am moving.
import { rectOf } from "../model/geometry.js";
import { geometryOf } from "../model/shapes.js";

/** At most so many boxes while I drag them. */
const GHOSTS = 20;
const GHOST_POINTS = 60;
const SELECTED = 50;

/** @param {import("./editor.js").Editor} editor @returns {import("../sync/session.js").Presence} */
export function whereabouts({ scene, pointer, selection, followed }) {
  const { x, y, w, h } = scene.viewport.visible;
  const moving = [...(scene.newborn ? [scene.newborn] : []), ...scene.drafts.values()].slice(0, GHOSTS);
  return {
    cursor: pointer && [pointer.x, pointer.y],
    selection: [...selection].slice(0, SELECTED),
    viewport: followed ?? [x, y, w, h],
    ghost: moving.length ? { boxes: moving.map(ghostOf) } : null,
  };
}

/** A shape in motion, as colleagues see it; one with many points as its frame. @param {import("../model/shapes.js").Shape} shape */
const ghostOf = (shape) => ((shape.points?.length ?? 0) > GHOST_POINTS ? { ...rectOf(shape) } : { shape: shape.shape, ...geometryOf(shape) });
