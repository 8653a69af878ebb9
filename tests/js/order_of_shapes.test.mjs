// Depth and locks, as edits.
import assert from "node:assert/strict";
import test from "node:test";
import { lock, reorder } from "../../static/editor/commands/order.js";

const box = (id, z = 0, locked = false) => ({ id, z, locked });
const depths = (edits) => Object.fromEntries(edits.map((edit) => [edit.box_id, edit.patch.z]));

test("to the front is above all others, to the back below them", () => {
  const all = [box("a"), box("b", 3), box("c", -2)];

  assert.deepEqual(depths(reorder([all[0]], all, "front")), { a: 4 });
  assert.deepEqual(depths(reorder([all[0]], all, "back")), { a: -3 });
  assert.deepEqual(depths(reorder([all[1]], all, "front")), {}, "it is in front already");
  assert.deepEqual(depths(reorder([all[1]], all, "backward")), { b: 2 });
});

test("a depth never leaves what the server keeps", () => {
  const all = [box("a", 1000), box("b", 1000)];

  assert.deepEqual(depths(reorder([all[0]], all, "forward")), {});
});

test("only boxes that change are locked", () => {
  const edits = lock([box("a"), box("b", 0, true)], true);

  assert.deepEqual(edits.map((edit) => [edit.box_id, edit.patch]), [["a", { locked: true }]]);
});
