import assert from "node:assert/strict";
import test from "node:test";
import { crosses, iou, isWellInside } from "../../static/editor/model/overlap.js";

const rect = (x, y, w, h) => ({ x, y, w, h });
const BOX = rect(10, 10, 20, 10);

for (const [other, share] of [[rect(10, 10, 20, 10), 1], [rect(20, 10, 20, 10), 1 / 3], [rect(30, 10, 5, 5), 0], [rect(10, 10, 10, 5), 0.25]]) {
  test(`${JSON.stringify(other)} overlaps by ${share}`, () => assert.equal(iou(BOX, other), share));
}

test("the rim of a rectangle is not its inside", () => {
  assert.equal(isWellInside(BOX, { x: 20, y: 15 }, 0.15), true);
  assert.equal(isWellInside(BOX, { x: 12, y: 15 }, 0.15), false);
  assert.equal(isWellInside(BOX, { x: 20, y: 19 }, 0.15), false);
});

for (const [name, from, to, wanted] of [
  ["through", [0, 15], [40, 15], true],
  ["into", [0, 15], [20, 15], true],
  ["out of", [20, 15], [20, 50], true],
  ["inside", [15, 15], [25, 15], false],
  ["beside", [0, 5], [40, 5], false],
  ["short of", [0, 15], [9, 15], false],
  ["past a corner", [0, 12], [12, 0], false],
  ["over a corner", [0, 25], [25, 0], true],
  ["along a column", [20, 0], [20, 40], true],
]) {
  test(`a stroke ${name} ${wanted ? "crosses" : "does not cross"}`, () => {
    assert.equal(crosses(BOX, { x: from[0], y: from[1] }, { x: to[0], y: to[1] }), wanted);
  });
}
