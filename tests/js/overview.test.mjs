// A crowd in view is known without looking at its boxes.
import assert from "node:assert/strict";
import test from "node:test";
import { crowdIn } from "../../static/editor/view/overview.js";

const picture = { width: 400, height: 300 };
const crowd = (x, y, w, h) => crowdIn(1_200, { picture, visible: { x, y, w, h } });

test("the whole picture in view is the whole crowd, also with a surround", () => {
  assert.equal(crowd(0, 0, 400, 300), 1_200);
  assert.equal(crowd(-50, -50, 900, 900), 1_200);
});

test("a part in view is its share, and what lies beside the picture is none", () => {
  assert.equal(crowd(100, 75, 200, 150), 300);
  assert.equal(crowd(-100, 0, 200, 300), 300);
  assert.equal(crowd(500, 0, 200, 300), 0);
});
