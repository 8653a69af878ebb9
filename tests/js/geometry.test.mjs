import assert from "node:assert/strict";
import test from "node:test";
import { between, cut, handleAt, moved, pulled, sharedStep } from "../../static/editor/model/geometry.js";
import { randomOf } from "./random.mjs";

const SIZE = { width: 100, height: 80 };
const FREE = { aspect: false, centre: false };

test("a rectangle is cut to the picture and rounded to tenths", () => {
  assert.deepEqual(cut({ x: -5, y: 10.04, w: 20, h: 200 }, SIZE), { x: 0, y: 10, w: 15, h: 70 });
});

test("a rectangle outside the picture keeps one pixel inside", () => {
  assert.deepEqual(cut({ x: 150, y: 90, w: 20, h: 20 }, SIZE), { x: 99, y: 79, w: 1, h: 1 });
});

test("whatever is cut lies inside the picture, also in binary", () => {
  const random = randomOf(1);
  for (let round = 0; round < 5000; round++) {
    const number = () => random.next() * 160 - 30;
    const { x, y, w, h } = cut({ x: number(), y: number(), w: number(), h: number() }, SIZE);

    assert.ok(x >= 0 && y >= 0 && w >= 1 && h >= 1 && x + w <= SIZE.width && y + h <= SIZE.height);
  }
});

test("moving stops at the edge and keeps the size", () => {
  assert.deepEqual(moved({ x: 80, y: 10, w: 15, h: 10 }, 50, -50, SIZE), { x: 85, y: 0, w: 15, h: 10 });
});

test("boxes that move together keep their distance", () => {
  const boxes = [{ x: 0, y: 0, w: 10, h: 10 }, { x: 85, y: 0, w: 10, h: 10 }];

  assert.deepEqual(sharedStep(boxes, 20, 5, SIZE), { dx: 5, dy: 5 });
});

test("two corners make a rectangle, whichever comes first", () => {
  assert.deepEqual(between({ x: 30, y: 40 }, { x: 10, y: 20 }, SIZE), { x: 10, y: 20, w: 20, h: 20 });
});

const BOX = { x: 20, y: 20, w: 20, h: 10 };
for (const [handle, pull, keep, wanted] of [
  ["se", { x: 5, y: 5 }, FREE, { x: 20, y: 20, w: 25, h: 15 }],
  ["nw", { x: 5, y: 5 }, FREE, { x: 25, y: 25, w: 15, h: 5 }],
  ["e", { x: 5, y: 99 }, FREE, { x: 20, y: 20, w: 25, h: 10 }],
  ["n", { x: 0, y: -5 }, FREE, { x: 20, y: 15, w: 20, h: 15 }],
  ["e", { x: -30, y: 0 }, FREE, { x: 10, y: 20, w: 10, h: 10 }],
  ["se", { x: 5, y: 5 }, { aspect: false, centre: true }, { x: 15, y: 15, w: 30, h: 20 }],
  ["se", { x: 20, y: 0 }, { aspect: true, centre: false }, { x: 20, y: 20, w: 40, h: 20 }],
  ["nw", { x: 0, y: -10 }, { aspect: true, centre: false }, { x: 0, y: 10, w: 40, h: 20 }],
]) {
  test(`pulling ${handle} by ${pull.x}, ${pull.y}${keep.aspect ? " with Shift" : ""}${keep.centre ? " with Alt" : ""}`, () => {
    assert.deepEqual(cut(pulled(BOX, handle, pull, keep), SIZE), wanted);
  });
}

test("handles have a target of 24 pixels", () => {
  const box = { x: 100, y: 100, w: 200, h: 200 };

  assert.equal(handleAt(box, { x: 89, y: 89 }), "nw");
  assert.equal(handleAt(box, { x: 111, y: 111 }), "nw");
  assert.equal(handleAt(box, { x: 200, y: 311 }), "s");
  assert.equal(handleAt(box, { x: 87, y: 87 }), null);
  assert.equal(handleAt(box, { x: 200, y: 200 }), null);
});

test("a small box can be grabbed in its middle", () => {
  assert.equal(handleAt({ x: 100, y: 100, w: 16, h: 16 }, { x: 108, y: 108 }), null);
});
