import assert from "node:assert/strict";
import test from "node:test";
import { anything, asked, counted, narrowing } from "../../static/editor/model/filter.js";
import { isShown } from "../../static/editor/model/order.js";

const NAMES = { car: "Car", boat: "Fishing boat" };
const box = (id, more = {}) => ({
  id, class_id: "car", source: "model", state: "proposed", score: 0.5, attributes: {}, created_by: null, updated_by: null, ...more,
});
const BOXES = [
  box("a"),
  box("b", { class_id: "boat", source: "human", state: "accepted", score: null, created_by: { id: "me", name: "Me" } }),
  box("c", { source: "import", state: "accepted", attributes: { colour: "red" }, updated_by: { id: "me", name: "Me" } }),
  box("d", { class_id: null, locked: true }),
];
const passed = (change, { hidden = [], kept = [] } = {}) => {
  const choice = Object.assign(anything(), change);
  const around = { me: "me", nameOf: (id) => NAMES[id] ?? "No class", hidden: new Set(hidden), kept: new Set(kept) };
  const narrow = narrowing(choice, around);
  return narrow ? BOXES.filter(narrow).map((one) => one.id).join("") : null;
};

for (const [words, change, wanted] of [
  ["nothing asked", {}, null],
  ["one class", { classes: new Set(["boat"]) }, "b"],
  ["two classes", { classes: new Set(["boat", "car"]) }, "abc"],
  ["a source", { sources: new Set(["import"]) }, "c"],
  ["a state", { states: new Set(["accepted"]) }, "bc"],
  ["a state and a class", { states: new Set(["accepted"]), classes: new Set(["car"]) }, "c"],
  ["drawn or changed by me", { mine: true }, "bc"],
  ["locked", { locked: true }, "d"],
  ["a part of a class name", { words: " BOAT " }, "b"],
  ["an attribute", { words: "red" }, "c"],
  ["no class", { words: "no class" }, "d"],
]) {
  test(words, () => assert.equal(passed(change), wanted));
}

test("what was drawn while the filter is on is shown, what was hidden by hand is not", () => {
  assert.equal(passed({ classes: new Set(["boat"]) }, { kept: ["a"] }), "ab");
  assert.equal(passed({ classes: new Set(["boat"]) }, { kept: ["a"], hidden: ["a", "b"] }), "");
  assert.equal(passed({}, { hidden: ["b"] }), "acd");
});

test("a filter counts what it asks for", () => {
  assert.equal(asked(anything()), 0);
  assert.equal(asked({ ...anything(), classes: new Set(["car", "boat"]), mine: true, words: " x" }), 4);
  assert.equal(asked({ ...anything(), words: "  " }), 0);
});

test("boxes are shown where the threshold and the filter agree", () => {
  const narrow = (one) => one.id !== "a";

  assert.equal(isShown(BOXES[0], { threshold: 0, rejected: false, narrow }), false);
  assert.equal(isShown(BOXES[3], { threshold: 0, rejected: false, narrow }), true);
  assert.equal(isShown(BOXES[3], { threshold: 0.6, rejected: false, narrow }), false);
  assert.equal(isShown(BOXES[0], { threshold: 0, rejected: false }), true);
});

test("the count is of what the threshold leaves", () => {
  const above = (one) => one.id !== "d";

  assert.deepEqual(counted(BOXES, above, (one) => one.state === "accepted"), { shown: 2, total: 3 });
  assert.deepEqual(counted(BOXES, above, null), { shown: 3, total: 3 });
});
