import assert from "node:assert/strict";
import test from "node:test";
import { carried, isThere, scaleBetween } from "../../static/editor/model/carry.js";

const SMALL = { width: 100, height: 50 };
const LARGE = { width: 200, height: 100 };
const TALL = { width: 60, height: 120 };
const box = (x, y, w, h, more = {}) => ({ shape: "box", x, y, w, h, rotation: 0, points: [], ...more });
const only = ({ x, y, w, h }) => [x, y, w, h];

test("pictures of one shape differ by a scale, others by none", () => {
  assert.deepEqual(scaleBetween(SMALL, LARGE), { x: 2, y: 2 });
  assert.deepEqual(scaleBetween({ width: 1333, height: 1000 }, { width: 667, height: 500 }).x, 667 / 1333);
  assert.deepEqual(scaleBetween(SMALL, TALL), { x: 1, y: 1 });
});

test("a box grows with the picture", () => assert.deepEqual(only(carried(box(10, 5, 20, 10), SMALL, LARGE)), [20, 10, 40, 20]));

test("on a picture of another shape it stays and is cut at the edge", () => {
  assert.deepEqual(only(carried(box(10, 5, 20, 10), SMALL, TALL)), [10, 5, 20, 10]);
  assert.deepEqual(only(carried(box(50, 5, 40, 10), SMALL, TALL)), [50, 5, 10, 10]);
  assert.equal(carried(box(70, 5, 20, 10), SMALL, TALL), null);
});

test("a turned box keeps its turn, and is left out where its middle would be outside", () => {
  assert.deepEqual(carried(box(10, 5, 20, 10, { rotation: 30 }), SMALL, LARGE), { x: 20, y: 10, w: 40, h: 20, rotation: 30, points: [] });
  assert.equal(carried(box(50, 5, 30, 10, { rotation: 30 }), SMALL, TALL), null);
});

test("a polygon is carried by its points, inside the picture", () => {
  const polygon = box(40, 10, 30, 20, { shape: "polygon", points: [[40, 10], [70, 10], [70, 30]] });

  assert.deepEqual(carried(polygon, SMALL, LARGE).points, [[80, 20], [140, 20], [140, 60]]);
  const cut = carried(polygon, SMALL, TALL);
  assert.deepEqual(cut.points, [[40, 10], [60, 10], [60, 30]]);
  assert.deepEqual(only(cut), [40, 10, 20, 20]);
});

test("what a box of the class shows already is there, unless it was rejected", () => {
  const one = { ...box(10, 10, 20, 20), class_id: "a" };
  const other = (more) => [{ ...box(12, 10, 20, 20), class_id: "a", state: "accepted", ...more }];

  assert.equal(isThere(one, other({})), true);
  assert.equal(isThere(one, other({ state: "proposed" })), true);
  assert.equal(isThere(one, other({ state: "rejected" })), false);
  assert.equal(isThere(one, other({ class_id: "b" })), false);
  assert.equal(isThere(one, other({ x: 25 })), false);
});

test("a point is there only at its very place", () => {
  const point = { ...box(5, 5, 0, 0, { shape: "point" }), class_id: "a" };

  assert.equal(isThere(point, [{ ...point, state: "accepted" }]), true);
  assert.equal(isThere(point, [{ ...point, x: 6, state: "accepted" }]), false);
});
