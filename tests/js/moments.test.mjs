import assert from "node:assert/strict";
import test from "node:test";
import { overwrittenIn } from "../../static/editor/model/conflicts.js";
import { agoOf, clockOf, differenceOf, differenceWords, whatOf } from "../../static/editor/model/moments.js";
import { narrowedOf } from "../../static/editor/model/narrowed.js";

const box = (id, seq, more = {}) => ({
  id, seq, class_id: null, x: 1, y: 2, w: 3, h: 4, rotation: 0, points: [], state: "accepted", attributes: {}, ...more,
});
const mapOf = (...boxes) => new Map(boxes.map((one) => [one.id, one]));

test("a moment says what was done, the first with its noun", () => {
  assert.equal(whatOf({ counts: { deleted: 1, moved: 2 }, step: null }), "Moved 2 boxes, deleted 1");
  assert.equal(whatOf({ counts: { added: 1 }, step: null }), "Added 1 box");
  assert.equal(whatOf({ counts: {}, step: "approved" }), "Approved the image");
});

test("times of today have no day", () => {
  const now = new Date(2026, 10, 26, 15, 0);

  assert.equal(clockOf(new Date(2026, 10, 26, 14, 32).toISOString(), now, "en-GB"), "14:32");
  assert.equal(clockOf(new Date(2026, 10, 24, 14, 32).toISOString(), now, "en-GB"), "24 Nov, 14:32");
  assert.equal(agoOf(new Date(2026, 10, 26, 14, 57).toISOString(), now.getTime()), "3 min ago");
});

test("a difference is what came, changed and went", () => {
  const then = mapOf(box("a", 1), box("b", 1), box("c", 1));
  const now = mapOf(box("a", 1), box("b", 3, { x: 9 }), box("d", 4));

  const found = differenceOf(then, now);

  assert.deepEqual([found.added, found.changed.map(([one]) => one.id), found.deleted].map((list) => list.map((one) => one.id ?? one)), [["d"], ["b"], ["c"]]);
  assert.equal(differenceWords(found), "Since then: 1 added, 1 changed, 1 deleted.");
  assert.equal(differenceWords(differenceOf(then, mapOf(box("a", 5), box("b", 1), box("c", 1)))), "The boxes are the same now.");
});

const update = (op_id, patch, more = {}) => ({ op_id, kind: "update", box_id: "a", patch, ...more });
const batch = (seq, user, ref, ...edits) => ({ seq, ref, actor: { kind: "user", id: user, name: user, user }, at: "2026-11-26T12:00:00Z", edits });
const place = { x: 5, y: 5, w: 5, h: 5 };

test("newer work of others that mine replaced is found, field by field", () => {
  const mine = update("1", { ...place, class_id: "car" });
  const log = [
    batch(4, "Bob", "b1", update("2", { ...place, x: 7 })),
    batch(5, "Bob", "b2", update("3", { state: "rejected" })),
    batch(6, "Me", "m", mine),
    batch(7, "Bob", "b3", update("4", { class_id: "dog" })),
  ];

  const found = overwrittenIn(log, [{ key: "m", json: { base_seq: 3, edits: [mine] } }], "Me");

  assert.deepEqual(found.map(({ field, by, theirs }) => [field, by, theirs]), [["geometry", "Bob", { ...place, x: 7 }]]);
});

test("nothing is said of what I knew, of equal values, of my own and of edits that expect", () => {
  const mine = update("1", place);
  const log = [batch(3, "Bob", "b", update("2", { ...place, x: 7 })), batch(4, "Bob", "c", update("3", place)), batch(5, "Me", "d", update("4", { ...place, x: 9 })), batch(6, "Me", "m", mine)];

  assert.deepEqual(overwrittenIn(log, [{ key: "m", json: { base_seq: 3, edits: [mine] } }], "Me"), []);
  const guarded = { ...mine, expect: place };
  assert.deepEqual(overwrittenIn(log, [{ key: "m", json: { base_seq: 0, edits: [guarded] } }], "Me"), []);
});

test("a deletion of mine replaces what others made of the box", () => {
  const mine = { op_id: "1", kind: "delete", box_id: "a", patch: {} };
  const log = [batch(4, "Bob", "b", update("2", { class_id: "dog" })), batch(5, "Me", "m", mine)];

  const [found] = overwrittenIn(log, [{ key: "m", json: { base_seq: 3, edits: [mine] } }], "Me");

  assert.deepEqual([found.field, found.by], ["box", "Bob"]);
});

test("an edit of which the server took a part is found; rounding is none", () => {
  const back = update("1", { ...place, class_id: "car" }, { expect: { ...place, class_id: "dog" } });

  assert.deepEqual(narrowedOf([back], [box("a", 2, { ...place, x: 5.01, class_id: "car" })]), []);
  assert.deepEqual(narrowedOf([back], [box("a", 2, { ...place, class_id: "cat" })]), [back]);
  assert.deepEqual(narrowedOf([update("1", { class_id: "car" })], [box("a", 2, { class_id: "cat" })]), []);
});
