// Drawing with the canvas API: the picture, up to a few hundred boxes with fills and labels, and what is
// in motion (selection, hover, colleagues). Knows no DOM but the context it is given.
import { HANDLES, handlePoint } from "../model/geometry.js";
import { boundsOf, centreOf, isPlain, outlineOf } from "../model/shapes.js";
import { frameOn, hasSides, middlesOf, onScreen } from "./grips.js";

/**
 * @typedef {import("../model/geometry.js").Rect} Rect
 * @typedef {import("../model/geometry.js").Point} Point
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {CanvasRenderingContext2D} Context
 * @typedef {{name: string, color: string, skeleton?: {points?: string[], edges?: number[][]}}} Look the class of a box, as it is shown
 * @typedef {import("../model/shapes.js").Shape} Shape
 * @typedef {import("./viewport.js").Viewport} Viewport
 * @typedef {{dashed?: boolean, width?: number, fill?: string}} Style
 */

const CASING = "rgb(0 0 0 / 62%)";
const FONT = "500 11px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";
const LABEL_HEIGHT = 16;
const DASH = [5, 3];
export const DOTS = [1.5, 3.5];
export const LABEL_LIMIT = 200;
export const LABEL_WIDTH = 40;

/**
 * @param {Context} ctx @param {ImageBitmap | null} bitmap @param {{place: {x: number, y: number, scale: number}, picture: {width: number, height: number}}} viewport
 * @param {{surround: string, ratio: number, quality: ImageSmoothingQuality}} style
 */
export function paintPicture(ctx, bitmap, viewport, style) {
  const { canvas } = ctx;
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.fillStyle = style.surround;
  ctx.fillRect(0, 0, canvas.width, canvas.height);
  if (!bitmap) return;
  const { place, picture } = viewport;
  const scale = place.scale * style.ratio;
  const share = bitmap.width / picture.width;
  const left = Math.max(place.x, 0);
  const top = Math.max(place.y, 0);
  const right = Math.min(place.x + canvas.width / scale, picture.width);
  const bottom = Math.min(place.y + canvas.height / scale, picture.height);
  if (right <= left || bottom <= top) return;
  ctx.imageSmoothingEnabled = scale / share < 3;
  ctx.imageSmoothingQuality = style.quality;
  ctx.drawImage(
    bitmap, left * share, top * share, (right - left) * share, (bottom - top) * share,
    (left - place.x) * scale, (top - place.y) * scale, (right - left) * scale, (bottom - top) * scale,
  );
}

/** A frame in its class colour over a dark casing. @param {Context} ctx @param {Rect} at screen @param {string} color @param {{dashed?: boolean | number[], width?: number, fill?: string}} [style] */
export function paintFrame(ctx, at, color, { dashed = false, width = 1.5, fill } = {}) {
  const [x, y, w, h] = [Math.round(at.x) + 0.5, Math.round(at.y) + 0.5, Math.round(at.w), Math.round(at.h)];
  if (fill) {
    ctx.fillStyle = color + fill;
    ctx.fillRect(x, y, w, h);
  }
  ctx.strokeStyle = CASING;
  ctx.lineWidth = width + 1.5;
  ctx.strokeRect(x, y, w, h);
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  if (dashed) ctx.setLineDash(dashed === true ? DASH : dashed);
  ctx.strokeRect(x, y, w, h);
  if (dashed) ctx.setLineDash([]);
}

/** @param {Context} ctx @param {Rect} at @param {string} color */
export function paintCross(ctx, at, color) {
  ctx.strokeStyle = color;
  ctx.lineWidth = 1;
  ctx.beginPath();
  ctx.moveTo(at.x, at.y);
  ctx.lineTo(at.x + at.w, at.y + at.h);
  ctx.moveTo(at.x + at.w, at.y);
  ctx.lineTo(at.x, at.y + at.h);
  ctx.stroke();
}

/** A line or a closed outline over its casing. @param {Context} ctx @param {Point[]} points screen @param {boolean} closed @param {string} color @param {Style} [style] */
function paintLine(ctx, points, closed, color, { dashed = false, width = 1.5, fill } = {}) {
  ctx.beginPath();
  points.forEach(({ x, y }, at) => (at ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
  if (closed) ctx.closePath();
  if (fill && closed) {
    ctx.fillStyle = color + fill;
    ctx.fill();
  }
  ctx.lineJoin = "round";
  ctx.strokeStyle = CASING;
  ctx.lineWidth = width + 1.5;
  ctx.stroke();
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  if (dashed) ctx.setLineDash(DASH);
  ctx.stroke();
  if (dashed) ctx.setLineDash([]);
}

/** A point: filled where it is seen, a ring where it is hidden. @param {Context} ctx @param {Point} at @param {string} color @param {number} radius @param {boolean} [filled] */
function paintDot(ctx, at, color, radius, filled = true) {
  ctx.beginPath();
  ctx.arc(at.x, at.y, radius, 0, Math.PI * 2);
  ctx.fillStyle = filled ? color : "rgb(0 0 0 / 30%)";
  ctx.fill();
  ctx.strokeStyle = filled ? CASING : color;
  ctx.lineWidth = 1.5;
  ctx.stroke();
}

/** Any shape in its colour. @param {Context} ctx @param {Viewport} viewport @param {Shape} shape @param {Look} look @param {Style} [style] */
export function paintShape(ctx, viewport, shape, look, style = {}) {
  if (isPlain(shape)) return paintFrame(ctx, viewport.toScreen(shape), look.color, style);
  const line = outlineOf(shape);
  if (line) return paintLine(ctx, onScreen(viewport, line.points), line.closed, look.color, style);
  const points = shape.points ?? [];
  const dots = onScreen(viewport, points);
  const isThere = (/** @type {number} */ at) => points[at] !== undefined && points[at][2] !== 0;
  const edges = shape.shape === "keypoints" ? look.skeleton?.edges ?? [] : [];
  for (const [a, b] of edges) if (isThere(a) && isThere(b)) paintLine(ctx, [dots[a], dots[b]], false, look.color, { ...style, fill: "" });
  dots.forEach((dot, at) => isThere(at) && paintDot(ctx, dot, look.color, (style.width ?? 1.5) + 2.5, points[at][2] !== 1));
}

/** A box with its translucent fill. @param {Context} ctx @param {Viewport} viewport @param {Box} box @param {Look} look */
export function paintBox(ctx, viewport, box, look) {
  const { color } = look;
  const at = viewport.toScreen(boundsOf(box));
  if (at.w < 3 && at.h < 3 && isPlain(box)) {
    ctx.fillStyle = color;
    ctx.fillRect(at.x, at.y, 3, 3);
    return;
  }
  paintShape(ctx, viewport, box, look, { dashed: box.state === "proposed", fill: box.state === "accepted" ? "1f" : "12" });
  if (box.state === "rejected") paintCross(ctx, at, color);
}

/** Black or white, whichever is read better on the colour. @param {string} color */
export function inkOn(color) {
  const value = parseInt(color.slice(1), 16);
  const [red, green, blue] = [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  return red * 0.299 + green * 0.587 + blue * 0.114 > 140 ? "#0b0d10" : "#ffffff";
}

/** @type {Map<string, number>} */
const widths = new Map();

/** @param {Context} ctx @param {string} text */
function widthOf(ctx, text) {
  let width = widths.get(text);
  if (width === undefined) {
    if (widths.size > 2000) widths.clear();
    width = Math.ceil(ctx.measureText(text).width);
    widths.set(text, width);
  }
  return width;
}

/** @param {Box} box @param {Look} look */
export const captionOf = (box, look) =>
  look.name + (box.score === null || box.source === "human" ? "" : ` ${box.score.toFixed(2)}`) + (box.locked ? " · locked" : "");

/** Where a name goes: above a frame, or inside it where there is no room above. @param {Context} ctx @param {Rect} at @param {string} text @returns {Rect} */
export function labelPlace(ctx, at, text) {
  ctx.font = FONT;
  const y = Math.round(at.y) - (at.y < LABEL_HEIGHT + 2 ? 0 : LABEL_HEIGHT);
  return { x: Math.round(at.x) - 1, y, w: widthOf(ctx, text) + 8, h: LABEL_HEIGHT };
}

/** A name on its colour. @param {Context} ctx @param {Rect} at @param {string} text @param {string} color @returns {Rect} what it covers */
export function paintLabel(ctx, at, text, color) {
  const { x, y, w: width } = labelPlace(ctx, at, text);
  ctx.textBaseline = "middle";
  ctx.fillStyle = color;
  ctx.fillRect(x, y, width, LABEL_HEIGHT);
  ctx.fillStyle = inkOn(color);
  ctx.fillText(text, x + 4, y + LABEL_HEIGHT / 2 + 0.5);
  return { x, y, w: width, h: LABEL_HEIGHT };
}

/** What the only selected shape can be held by. @param {Context} ctx @param {Viewport} viewport @param {Box} box @param {string} color @param {number | null} corner the one that the keys move */
export function paintGrips(ctx, viewport, box, color, corner) {
  if (!box.points.length) {
    const { frame, knob } = frameOn(viewport, box);
    const centre = centreOf(frame);
    ctx.save();
    ctx.translate(centre.x, centre.y);
    ctx.rotate(((box.rotation ?? 0) * Math.PI) / 180);
    ctx.translate(-centre.x, -centre.y);
    paintHandles(ctx, frame, color);
    ctx.restore();
    paintDot(ctx, knob, "#ffffff", 5);
    return;
  }
  const corners = onScreen(viewport, box.points);
  if (hasSides(box)) for (const middle of middlesOf(corners, box)) if (middle.long) paintDot(ctx, middle, color, 3, false);
  corners.forEach((at, index) => box.points[index][2] !== 0 && paintDot(ctx, at, index === corner ? color : "#ffffff", index === corner ? 7 : 5, box.points[index][2] !== 1));
}

/** @param {Context} ctx @param {Rect} at @param {string} color */
function paintHandles(ctx, at, color) {
  for (const handle of HANDLES) {
    const { x, y } = handlePoint(at, handle);
    ctx.fillStyle = "#ffffff";
    ctx.fillRect(Math.round(x) - 5, Math.round(y) - 5, 10, 10);
    ctx.strokeStyle = CASING;
    ctx.lineWidth = 1;
    ctx.strokeRect(Math.round(x) - 4.5, Math.round(y) - 4.5, 9, 9);
    ctx.fillStyle = color;
    ctx.fillRect(Math.round(x) - 3, Math.round(y) - 3, 6, 6);
  }
}

/** Two hair lines through a point. @param {Context} ctx @param {Point} at @param {number} width @param {number} height @returns {Rect[]} */
export function paintCrosshair(ctx, at, width, height) {
  const [x, y] = [Math.round(at.x), Math.round(at.y)];
  ctx.fillStyle = "rgb(0 0 0 / 45%)";
  ctx.fillRect(x - 1, 0, 3, height);
  ctx.fillRect(0, y - 1, width, 3);
  ctx.fillStyle = "rgb(255 255 255 / 85%)";
  ctx.fillRect(x, 0, 1, height);
  ctx.fillRect(0, y, width, 1);
  return [{ x: x - 1, y: 0, w: 3, h: height }, { x: 0, y: y - 1, w: width, h: 3 }];
}

/** A colleague's arrow and name. @param {Context} ctx @param {Point} at @param {string} name @param {string} color @returns {Rect[]} */
export function paintCursor(ctx, at, name, color) {
  ctx.beginPath();
  ctx.moveTo(at.x, at.y);
  ctx.lineTo(at.x + 4, at.y + 14);
  ctx.lineTo(at.x + 7, at.y + 8);
  ctx.lineTo(at.x + 13, at.y + 6);
  ctx.closePath();
  ctx.fillStyle = color;
  ctx.fill();
  ctx.strokeStyle = CASING;
  ctx.lineWidth = 1;
  ctx.stroke();
  const tag = paintLabel(ctx, { x: at.x + 12, y: at.y + 12 + LABEL_HEIGHT, w: 0, h: 0 }, name, color);
  return [{ x: at.x - 2, y: at.y - 2, w: 18, h: 18 }, tag];
}
