// What colleagues do in the picture, in their colours.
import { boundsOf, isPlain } from "../model/shapes.js";
import * as paint from "./paint.js";

/**
 * @typedef {import("./scene.js").Scene} Scene
 * @typedef {import("./scene.js").Peer} Peer
 * @typedef {import("../model/shapes.js").Shape} Shape
 */

/** Everybody else: what they have selected, what they move, where they point. @param {Scene} scene @param {CanvasRenderingContext2D} ctx */
export function paintPeers(scene, ctx) {
  for (const peer of scene.source.peers) {
    for (const id of peer.selection) {
      const box = scene.source.find(id);
      if (box && !box.deleted) paintPeerBox(scene, ctx, box, peer);
    }
    for (const ghost of peer.ghosts) paintPeerBox(scene, ctx, ghost, peer);
    if (!peer.cursor) continue;
    const at = scene.viewport.toScreen({ x: peer.cursor[0], y: peer.cursor[1], w: 0, h: 0 });
    for (const rect of paint.paintCursor(ctx, at, peer.name, peer.color)) scene.ink(rect);
  }
}

/** @param {Scene} scene @param {CanvasRenderingContext2D} ctx @param {Shape} shape @param {Peer} peer */
function paintPeerBox(scene, ctx, shape, peer) {
  const { x, y, w, h } = scene.viewport.toScreen(boundsOf(shape));
  const at = { x: x - 3, y: y - 3, w: w + 6, h: h + 6 };
  if (isPlain(shape)) paint.paintFrame(ctx, at, peer.color, { width: 2 });
  else paint.paintShape(ctx, scene.viewport, shape, peer, { width: 3.5 });
  scene.ink(at, 6);
}
