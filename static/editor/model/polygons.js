// Polygons put together and cut apart. Points are [x, y] in pixels of the picture; holes are not kept.
import { inside } from "./shapes.js";

/** @typedef {import("./geometry.js").Point} Point */

const NEAR = 1e-9;
const asPoint = (/** @type {number[]} */ [x, y]) => ({ x, y });

/** Where the segments ab and cd cross, as the shares of each; null where they do not. @param {number[]} a @param {number[]} b @param {number[]} c @param {number[]} d @returns {{t: number, u: number} | null} */
function crossing(a, b, c, d) {
  const [rx, ry, sx, sy] = [b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]];
  const across = rx * sy - ry * sx;
  if (Math.abs(across) < NEAR) return null;
  const [qx, qy] = [c[0] - a[0], c[1] - a[1]];
  const [t, u] = [(qx * sy - qy * sx) / across, (qx * ry - qy * rx) / across];
  return t >= -NEAR && t <= 1 + NEAR && u >= -NEAR && u <= 1 + NEAR ? { t, u } : null;
}

/** @param {number[]} a @param {number[]} b @param {number} t */
const along = (a, b, t) => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];

/** Twice the area, above 0 where the points go clockwise on the screen. @param {number[][]} points */
export function twiceArea(points) {
  return points.reduce((sum, [x, y], at) => {
    const [nx, ny] = points[(at + 1) % points.length];
    return sum + x * ny - nx * y;
  }, 0);
}

/** @param {number[][]} points */
const clockwise = (points) => (twiceArea(points) < 0 ? [...points].reverse() : points);

/** How far along ab a point of the segment lies, if it lies on it. @param {number[]} point @param {number[]} a @param {number[]} b @returns {number | null} */
function shareOn(point, a, b) {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = dx * dx + dy * dy;
  const t = ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / (length || 1);
  const off = Math.abs((point[0] - a[0]) * dy - (point[1] - a[1]) * dx) / Math.sqrt(length || 1);
  return t > NEAR && t < 1 - NEAR && off < 1e-6 ? t : null;
}

/** The sides of a polygon, cut wherever they meet the other one. @param {number[][]} points @param {number[][]} other @returns {[number[], number[]][]} */
function pieces(points, other) {
  return points.flatMap((a, at) => {
    const b = points[(at + 1) % points.length];
    const cuts = other.flatMap((c, index) => {
      const t = crossing(a, b, c, other[(index + 1) % other.length])?.t;
      const on = shareOn(c, a, b);
      return [...(t !== undefined && t > NEAR && t < 1 - NEAR ? [t] : []), ...(on === null ? [] : [on])];
    });
    const stops = [0, ...cuts.sort((x, y) => x - y), 1].filter((t, index, all) => index === 0 || t - all[index - 1] > NEAR);
    return stops.slice(1).map((t, index) => /** @type {[number[], number[]]} */ ([along(a, b, stops[index]), along(a, b, t)]));
  });
}

/** Along which side of a polygon a piece runs: 1 the same way, -1 the other way, 0 none. @param {[number[], number[]]} piece @param {number[][]} polygon */
function runsAlong([from, to], polygon) {
  const middle = along(from, to, 0.5);
  for (let at = 0; at < polygon.length; at++) {
    const [a, b] = [polygon[at], polygon[(at + 1) % polygon.length]];
    const sides = [b[0] - a[0], b[1] - a[1]];
    const way = [to[0] - from[0], to[1] - from[1]];
    if (Math.abs(sides[0] * way[1] - sides[1] * way[0]) > 1e-6 * Math.hypot(...sides) * Math.hypot(...way)) continue;
    if (shareOn(middle, a, b) !== null) return Math.sign(sides[0] * way[0] + sides[1] * way[1]);
  }
  return 0;
}

const keyOf = (/** @type {number[]} */ [x, y]) => `${x.toFixed(4)} ${y.toFixed(4)}`;

/** Closed rings out of pieces that follow one another. @param {[number[], number[]][]} all @returns {number[][][]} */
function rings(all) {
  /** @type {Map<string, [number[], number[]][]>} */
  const from = new Map();
  for (const piece of all) from.set(keyOf(piece[0]), [...(from.get(keyOf(piece[0])) ?? []), piece]);
  /** @type {number[][][]} */
  const found = [];
  for (const piece of all) {
    const ring = [];
    let next = from.get(keyOf(piece[0]))?.pop();
    const start = next && keyOf(next[0]);
    while (next) {
      ring.push(next[0]);
      if (keyOf(next[1]) === start) break;
      next = from.get(keyOf(next[1]))?.pop();
    }
    if (next && ring.length > 2) found.push(ring);
  }
  return found;
}

/** Points that only lie on the way between their neighbours are left out. @param {number[][]} ring */
function plain(ring) {
  return ring.filter((point, at) => {
    const [before, after] = [ring[(at + ring.length - 1) % ring.length], ring[(at + 1) % ring.length]];
    return Math.abs((point[0] - before[0]) * (after[1] - point[1]) - (point[1] - before[1]) * (after[0] - point[0])) > 1e-6;
  });
}

/**
 * The outline of two polygons together; null where they do not touch along a line or overlap.
 * @param {number[][]} first
 * @param {number[][]} second
 * @returns {number[][] | null}
 */
export function unionOf(first, second) {
  const [a, b] = [clockwise(first), clockwise(second)];
  const outer = (/** @type {number[][]} */ own, /** @type {number[][]} */ other, /** @type {boolean} */ keepsShared) =>
    pieces(own, other).filter((piece) => {
      const shared = runsAlong(piece, other);
      return shared ? shared > 0 && keepsShared : !inside(other, asPoint(along(piece[0], piece[1], 0.5)));
    });
  const found = rings([...outer(a, b, true), ...outer(b, a, false)]).filter((ring) => twiceArea(ring) > NEAR);
  found.sort((x, y) => twiceArea(y) - twiceArea(x));
  if (!found.length) return null;
  const [ring] = found;
  const apart = found.length > 1 && !found.slice(1).every((one) => inside(ring, asPoint(one[0])));
  return apart ? null : plain(ring);
}

/**
 * Cut a line or a polygon by the segment from `from` to `to`; null where the cut does not go all the way through.
 * A polygon is cut where the segment first goes in and comes out again.
 * @param {number[][]} points
 * @param {boolean} closed
 * @param {Point} from
 * @param {Point} to
 * @returns {[number[][], number[][]] | null}
 */
export function splitBy(points, closed, from, to) {
  const [c, d] = [[from.x, from.y], [to.x, to.y]];
  const sides = closed ? points.length : points.length - 1;
  /** @type {{side: number, t: number, u: number, point: number[]}[]} */
  const met = [];
  for (let side = 0; side < sides; side++) {
    const [a, b] = [points[side], points[(side + 1) % points.length]];
    const hit = crossing(a, b, c, d);
    if (hit && hit.t < 1 - NEAR) met.push({ side, ...hit, point: along(a, b, Math.max(hit.t, 0)) });
  }
  met.sort((x, y) => x.u - y.u);
  if (!closed) {
    const [cut] = met;
    const parts = cut && [[...points.slice(0, cut.side + 1), cut.point], [cut.point, ...points.slice(cut.side + 1)]].map(distinct);
    return parts && parts.every((part) => part.length > 1) ? [parts[0], parts[1]] : null;
  }
  for (let at = 0; at + 1 < met.length; at++) {
    const [one, two] = [met[at], met[at + 1]];
    if (!inside(points, asPoint(along(one.point, two.point, 0.5)))) continue;
    const [first, second] = one.side < two.side || (one.side === two.side && one.t < two.t) ? [one, two] : [two, one];
    const within = points.slice(first.side + 1, second.side + 1);
    const around = [...points.slice(second.side + 1), ...points.slice(0, first.side + 1)];
    const parts = [[first.point, ...within, second.point], [second.point, ...around, first.point]].map(distinct);
    if (parts.every((part) => part.length > 2)) return [parts[0], parts[1]];
  }
  return null;
}

/** Without points that are the same as the one before. @param {number[][]} points */
const distinct = (points) => points.filter((point, at) => at === 0 || keyOf(point) !== keyOf(points[at - 1]));
