import assert from "node:assert/strict";
import test from "node:test";
import { Document } from "../../static/editor/model/document.js";

const ME = { id: "alice", name: "Alice" };
const BOB = { kind: "user", id: "bob", name: "Bob", user: "bob" };
let count = 0;
const edit = (kind, box_id, patch = {}, more = {}) => ({ op_id: `op ${count++}`, kind, box_id, patch, ...more });
const RECT = { x: 1, y: 2, w: 30, h: 40 };
const box = (id, more = {}) => ({
  id, class_id: "car", shape: "box", ...RECT, rotation: 0, points: [], attributes: {}, source: "human", score: null, model: null,
  provenance: null, state: "accepted", created_by: ME, updated_by: ME, seq: 1, ...more,
});

function loaded(...boxes) {
  const touched = [];
  const answered = [];
  const document = new Document(ME, (ids) => touched.push(...ids), (ref) => answered.push(ref));
  document.load(1, boxes);
  touched.length = 0;
  return { document, touched, answered };
}

test("my edit is seen at once and touches only its box", () => {
  const { document, touched } = loaded(box("a"), box("b"));

  document.submit({ ref: "r", edits: [edit("update", "a", { ...RECT, x: 9 })] });

  assert.equal(document.view.get("a").x, 9);
  assert.equal(document.base.get("a").x, 1);
  assert.deepEqual(touched, ["a"]);
});

test("fields merge: a colleague's class and my place both stand", () => {
  const { document } = loaded(box("a"));
  document.submit({ ref: "r", edits: [edit("update", "a", { ...RECT, x: 9 })] });

  document.receive({ seq: 2, ref: "other", actor: BOB, edits: [edit("update", "a", { class_id: "dog" })] });

  assert.equal(document.view.get("a").class_id, "dog");
  assert.equal(document.view.get("a").x, 9);
});

test("my unanswered value does not flicker while a colleague's arrives, and the later one wins", () => {
  const { document } = loaded(box("a"));
  document.submit({ ref: "r", edits: [edit("update", "a", { ...RECT, x: 9 })] });

  document.receive({ seq: 2, ref: "other", actor: BOB, edits: [edit("update", "a", { ...RECT, x: 50 })] });
  const before = document.view.get("a").x;
  document.receive({ seq: 3, ref: "r", boxes: [box("a", { x: 9, seq: 3 })], dropped: [] });

  assert.equal(before, 9);
  assert.equal(document.view.get("a").x, 9);
  assert.equal(document.base.get("a").x, 9);
});

test("a deletion beats my change, which is then dropped", () => {
  const { document, answered } = loaded(box("a"));
  document.submit({ ref: "r", edits: [edit("update", "a", { class_id: "dog" })] });

  document.receive({ seq: 2, ref: "other", actor: BOB, edits: [edit("delete", "a")] });
  document.settle("r");

  assert.equal(document.view.has("a"), false);
  assert.equal(document.find("a").deleted, true);
  assert.equal(document.find("a").class_id, "car");
  assert.deepEqual(answered, ["r"]);
});

test("what an acknowledgement dropped is rolled back, the rest stays", () => {
  const { document, touched } = loaded(box("a"), box("b"));
  const good = edit("update", "a", { class_id: "dog" });
  const bad = edit("update", "b", { class_id: "gone class" });
  document.submit({ ref: "r", edits: [good, bad] });
  touched.length = 0;

  document.receive({ seq: 2, ref: "r", boxes: [box("a", { class_id: "dog" })], dropped: [{ op_id: bad.op_id, code: "unknown" }] });

  assert.equal(document.view.get("a").class_id, "dog");
  assert.equal(document.view.get("b").class_id, "car");
  assert.ok(touched.includes("b"));
});

test("commits that come early wait for the one they follow", () => {
  const { document } = loaded(box("a"));

  const early = document.receive({ seq: 3, ref: "y", actor: BOB, edits: [edit("update", "a", { class_id: "third" })] });
  const late = document.receive({ seq: 2, ref: "x", actor: BOB, edits: [edit("update", "a", { class_id: "second" })] });

  assert.equal(early, "gap");
  assert.equal(late, "applied");
  assert.equal(document.seq, 3);
  assert.equal(document.view.get("a").class_id, "third");
});

test("the same commit twice changes nothing", () => {
  const { document } = loaded(box("a"));
  const commit = { seq: 2, ref: "x", actor: BOB, edits: [edit("update", "a", { class_id: "second" })] };

  document.receive(commit);
  document.submit({ ref: "r", edits: [edit("update", "a", { class_id: "mine" })] });
  const verdict = document.receive(commit);

  assert.equal(verdict, "known");
  assert.equal(document.view.get("a").class_id, "mine");
});

test("a box restored by somebody comes whole, or a snapshot is needed", () => {
  const { document } = loaded();
  const restore = edit("restore", "old");

  assert.equal(document.receive({ seq: 2, ref: "x", actor: BOB, edits: [restore] }), "lost");
  assert.equal(document.receive({ seq: 2, ref: "x", actor: BOB, edits: [restore], boxes: [box("old")] }), "applied");
  assert.equal(document.view.get("old").class_id, "car");
});

test("after a snapshot an edit that the server has already is answered by its old number", () => {
  const { document } = loaded(box("a"));
  document.submit({ ref: "r", edits: [edit("add", "new", { class_id: "car", ...RECT })] });

  document.load(5, [box("a"), box("new")]);
  const pending = document.pending.length;
  document.receive({ seq: 2, ref: "r", boxes: [], dropped: [] });

  assert.equal(pending, 1);
  assert.equal(document.pending.length, 0);
  assert.equal(document.view.size, 2);
});
