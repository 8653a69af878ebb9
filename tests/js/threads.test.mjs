import assert from "node:assert/strict";
import test from "node:test";
import { addressed, fits, follow, mentionAt, merge, partsOf, placeOf, wordsOf } from "../../static/editor/model/threads.js";

const ANN = { id: "ann", name: "Ann" };
const ANNA = { id: "anna", name: "Anna Maria" };
const thread = (more = {}) => ({ id: "t", number: 1, revision: 1, state: "open", created_by: ANN, anchor: { kind: "picture" }, comments: [], ...more });

test("what is older than what is known replaces nothing, and what is deleted goes", () => {
  const threads = new Map();

  assert.equal(merge(threads, thread({ revision: 2 })), true);
  assert.equal(merge(threads, thread({ revision: 1, state: "resolved" })), false);
  assert.equal(threads.get("t").state, "open");
  assert.equal(merge(threads, { id: "t", is_deleted: true }), true);
  assert.equal(merge(threads, { id: "t", is_deleted: true }), false);
  assert.equal(threads.size, 0);
});

test("mine are those that I began, said something in or am addressed in", () => {
  const said = { author: ANNA, mentions: [{ id: "bob", name: "Bob" }] };

  assert.deepEqual(["ann", "anna", "bob", "vic"].map((me) => fits(thread({ comments: [said] }), "mine", me)), [true, true, true, false]);
  assert.deepEqual(["open", "resolved", "all"].map((filter) => fits(thread(), filter, "vic")), [true, false, true]);
});

test("a thread goes where its box goes and stays where that was last", () => {
  const pinned = thread({ anchor: { kind: "box", box_id: "b", region: [1, 2, 3, 4], is_gone: false } });

  follow([pinned], new Map([["b", { x: 5, y: 6, w: 7, h: 8 }]]));
  assert.deepEqual(placeOf(pinned.anchor), { x: 5, y: 6, w: 7, h: 8 });
  assert.equal(wordsOf(pinned.anchor, () => "boat"), "boat");

  follow([pinned], new Map());
  assert.deepEqual([pinned.anchor.region, wordsOf(pinned.anchor, () => "boat")], [[5, 6, 7, 8], "a box that was deleted"]);
});

for (const [text, wanted] of [
  ["@", { from: 0, word: "" }], ["Hello @An", { from: 6, word: "An" }], ["(@Anna Ma", { from: 1, word: "Anna Ma" }],
  ["a@b.example", null], ["@Ann is it", null], ["", null],
]) test(`the caret after "${text}"`, () => assert.deepEqual(mentionAt(text, text.length), wanted));

test("only who still stands in the text is addressed, each once", () => {
  assert.deepEqual(addressed("Look, @Ann!", [ANN, ANNA, ANN]), [ANN]);
});

test("names are marked, the longest first, and the text stays whole", () => {
  const parts = partsOf("@Anna Maria or @Ann? a@b", [ANN, ANNA]);

  assert.deepEqual(parts, [
    { text: "@Anna Maria", person: ANNA }, { text: " or ", person: null }, { text: "@Ann", person: ANN }, { text: "? a@b", person: null },
  ]);
});
