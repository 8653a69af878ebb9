import assert from "node:assert/strict";
import test from "node:test";
import * as shapes from "../../static/editor/model/shapes.js";
import { splitBy, twiceArea, unionOf } from "../../static/editor/model/polygons.js";
import { steepest } from "../../static/editor/view/edges.js";
import { randomOf } from "./random.mjs";

const SIZE = { width: 200, height: 100 };
const KEEP = { aspect: false, centre: false };
const square = (x, y, side) => [[x, y], [x + side, y], [x + side, y + side], [x, y + side]];
const polygon = (points) => ({ shape: "polygon", ...shapes.pointed(points, SIZE) });
const near = (actual, expected, off = 0.11) => assert.ok(Math.abs(actual - expected) <= off, `${actual} is not near ${expected}`);

test("a turned box has its corners where they are seen", () => {
  const box = { shape: "box", x: 40, y: 40, w: 20, h: 10, rotation: 90 };

  assert.deepEqual(shapes.boundsOf(box), { x: 45, y: 35, w: 10, h: 20 });
  assert.ok(shapes.covers(box, { x: 50, y: 36 }, 0));
  assert.ok(!shapes.covers(box, { x: 42, y: 45 }, 0));
});

test("a plain box is its own bounds, without a copy", () => {
  const box = { shape: "box", x: 1, y: 2, w: 3, h: 4, rotation: 0, points: [] };

  assert.equal(shapes.boundsOf(box), box);
});

test("a handle pulls a turned box along its own sides, the opposite one stays", () => {
  const box = { shape: "box", x: 80, y: 40, w: 40, h: 20, rotation: 90 };

  const pulled = shapes.resizedShape(box, "e", { x: 0, y: 10 }, KEEP, SIZE);

  assert.deepEqual(pulled, { x: 75, y: 45, w: 50, h: 20, rotation: 90 });
  const start = ([x, y]) => [x, y];
  const cornerBefore = start(shapes.outlineOf(box).points[0]);
  const cornerAfter = start(shapes.outlineOf({ ...box, ...pulled }).points[0]);
  near(cornerAfter[0], cornerBefore[0]);
  near(cornerAfter[1], cornerBefore[1]);
});

test("turning a whole circle in steps brings a box back", () => {
  let box = { shape: "box", x: 90, y: 40, w: 20, h: 10, rotation: 0, points: [] };

  for (let step = 0; step < 24; step++) box = { ...box, ...shapes.turned(box, 15, SIZE) };

  assert.deepEqual([box.x, box.y, box.w, box.h, box.rotation], [90, 40, 20, 10, 0]);
});

test("polygons are moved, reframed and turned by their points and stay in the picture", () => {
  const shape = polygon([[10, 10], [30, 10], [20, 30]]);

  assert.deepEqual(shapes.shifted(shape, -50, 5, SIZE).points, [[0, 15], [20, 15], [10, 35]]);
  assert.deepEqual(shapes.reframed(shape, { x: 10, y: 10, w: 40, h: 40 }, SIZE).points, [[10, 10], [50, 10], [30, 50]]);
  assert.deepEqual(shapes.turned(shape, 180, SIZE).points, [[30, 30], [10, 30], [20, 10]]);
});

test("absent keypoints stay absent wherever the others go", () => {
  const shape = { shape: "keypoints", ...shapes.pointed([[10, 10, 2], [0, 0, 0], [30, 20, 1]], SIZE) };

  assert.deepEqual([shape.x, shape.y, shape.w, shape.h], [10, 10, 20, 10]);
  assert.deepEqual(shapes.shifted(shape, 5, 5, SIZE).points, [[15, 15, 2], [0, 0, 0], [35, 25, 1]]);
  assert.ok(!shapes.covers(shape, { x: 0, y: 0 }, 5));
});

test("lines and points are met within reach, polygons inside too", () => {
  const line = { shape: "polyline", ...shapes.pointed([[10, 10], [50, 10]], SIZE) };
  const point = { shape: "point", ...shapes.pointed([[10, 10]], SIZE) };
  const ring = polygon([[10, 10], [50, 10], [50, 50], [40, 20]]);

  assert.ok(shapes.covers(line, { x: 30, y: 13 }, 4) && !shapes.covers(line, { x: 30, y: 15 }, 4));
  assert.ok(shapes.covers(point, { x: 12, y: 12 }, 4) && !shapes.covers(point, { x: 15, y: 10 }, 4));
  assert.ok(shapes.covers(ring, { x: 45, y: 20 }, 0) && !shapes.covers(ring, { x: 20, y: 40 }, 2));
});

test("an edge and a side make a turned box", () => {
  assert.deepEqual(shapes.boxOnEdge({ x: 10, y: 10 }, { x: 50, y: 10 }, { x: 20, y: 30 }, SIZE), { x: 10, y: 10, w: 40, h: 20, rotation: 0 });
  const turned = shapes.boxOnEdge({ x: 50, y: 20 }, { x: 50, y: 60 }, { x: 40, y: 30 }, SIZE);
  assert.deepEqual(shapes.boundsOf(turned), { x: 40, y: 20, w: 10, h: 40 });
});

test("a stroke keeps only the points that bend it", () => {
  const stroke = Array.from({ length: 21 }, (_, at) => [at, at < 10 ? 0 : at - 10]);

  assert.deepEqual(shapes.simplified(stroke, 0.5), [[0, 0], [10, 0], [20, 10]]);
});

test("overlapping polygons become one outline of the right size, whichever way they go", () => {
  const joined = unionOf(square(0, 0, 20), square(10, 10, 20).reverse());

  assert.equal(twiceArea(joined) / 2, 400 + 400 - 100);
  assert.equal(joined.length, 8);
});

test("polygons that share a side join along it; those apart do not", () => {
  assert.equal(twiceArea(unionOf(square(0, 0, 20), square(20, 0, 20))) / 2, 800);
  assert.equal(twiceArea(unionOf(square(0, 0, 20), square(20, 5, 10))) / 2, 500);
  assert.equal(unionOf(square(0, 0, 20), square(50, 0, 20)), null);
  assert.equal(twiceArea(unionOf(square(0, 0, 40), square(10, 10, 5))) / 2, 1600);
  assert.equal(twiceArea(unionOf(square(0, 0, 20), square(0, 0, 20))) / 2, 400);
});

test("any two convex polygons that overlap join to the area that counting pixels gives", () => {
  const { next: random } = randomOf(7);
  for (let round = 0; round < 200; round++) {
    const ring = (cx, cy) => Array.from({ length: 6 }, (_, at) => {
      const radius = 15 + random() * 10;
      return [cx + radius * Math.cos((at * Math.PI) / 3), cy + radius * Math.sin((at * Math.PI) / 3)];
    });
    const [a, b] = [ring(50, 50), ring(60 + random() * 10, 50 + random() * 10)];

    const joined = unionOf(a, b);

    let count = 0;
    for (let x = 0.5; x < 120; x++) for (let y = 0.5; y < 120; y++) if (shapes.inside(a, { x, y }) || shapes.inside(b, { x, y })) count++;
    near(twiceArea(joined) / 2, count, 60);
  }
});

test("a cut makes two polygons of the whole area", () => {
  const parts = splitBy(square(10, 10, 40), true, { x: 0, y: 20 }, { x: 100, y: 30 });

  assert.equal(parts.length, 2);
  near(parts.reduce((sum, part) => sum + Math.abs(twiceArea(part)) / 2, 0), 1600, 1e-6);
  assert.equal(splitBy(square(10, 10, 40), true, { x: 0, y: 20 }, { x: 30, y: 20 }), null);
});

test("a cut makes two lines that meet where it went through", () => {
  assert.deepEqual(splitBy([[0, 0], [40, 0]], false, { x: 10, y: -5 }, { x: 10, y: 5 }), [[[0, 0], [10, 0]], [[10, 0], [40, 0]]]);
});

test("the strongest edge of a small picture is found, and none in an even one", () => {
  const [w, h] = [12, 6];
  const pixels = new Uint8ClampedArray(w * h * 4).fill(40);
  for (let y = 0; y < h; y++) for (let x = 7; x < w; x++) pixels.fill(200, (y * w + x) * 4, (y * w + x) * 4 + 4);

  assert.equal(steepest(pixels, w, h, "x"), 7);
  assert.equal(steepest(pixels, w, h, "y"), null);
});
