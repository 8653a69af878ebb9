import assert from "node:assert/strict";
import test from "node:test";
import { collisions, combosOf, keycaps } from "../../static/lib/keys.js";
import { actionsFor, classKeys, CONTEXTS, LATER } from "../../static/editor/ui/actions.js";
import { SINCE } from "../../static/editor/ui/actions/since.js";
import { THREADS } from "../../static/editor/ui/actions/threads.js";
import { neighbour, readingOrder, sweepOrder } from "../../static/editor/model/order.js";

LATER.push(...THREADS, ...SINCE);

const press = (key, code, mods = "") => ({
  key, code, ctrlKey: mods.includes("c"), metaKey: mods.includes("m"), altKey: mods.includes("a"), shiftKey: mods.includes("s"),
  getModifierState: (name) => name === "AltGraph" && mods.includes("g"),
});

for (const [event, wanted] of [
  [press("b", "KeyB"), ["B"]],
  [press("и", "KeyB"), ["B"]],
  [press("Z", "KeyZ", "cs"), ["Ctrl+Shift+Z"]],
  [press("z", "KeyZ", "m"), ["Ctrl+Z"]],
  [press("!", "Digit1", "s"), ["Shift+1", "!"]],
  [press("?", "Slash", "s"), ["?"]],
  [press("ß", "Minus"), []],
  [press("Dead", "Quote"), ["'"]],
  [press(" ", "Space", "s"), ["Shift+Space"]],
  [press("ArrowLeft", "ArrowLeft", "cs"), ["Ctrl+Shift+ArrowLeft"]],
  [press("+", "NumpadAdd"), ["+"]],
  [press("5", "Numpad5"), ["5"]],
  [press("Delete", "Delete"), ["Delete"]],
  // QWERTZ and AZERTY: what is printed counts.
  [press("z", "KeyY", "c"), ["Ctrl+Z"]],
  [press("a", "KeyQ"), ["A"]],
  [press("m", "Semicolon"), ["M"]],
  [press(",", "KeyM"), [","]],
  [press("&", "Digit1"), ["1", "&"]],
  [press("[", "Digit8", "cag"), ["["]],
  [press("[", "Digit8", "g"), ["["]],
  // Cyrillic and Greek: the place counts, for symbols too.
  [press("Я", "KeyZ", "cs"), ["Ctrl+Shift+Z"]],
  [press("х", "BracketLeft"), ["["]],
  [press("ж", "Semicolon"), [";"]],
  [press("Х", "BracketLeft", "s"), []],
  [press("ζ", "KeyZ", "c"), ["Ctrl+Z"]],
  // Option on a Mac writes other letters.
  [press("∆", "KeyJ", "a"), ["Alt+J"]],
]) {
  test(`${event.key} at ${event.code} is ${wanted.join(" or ") || "nothing"}`, () => assert.deepEqual(combosOf(event), wanted));
}

test("keys are shown as they are printed", () => {
  assert.deepEqual(keycaps("Ctrl+Shift+ArrowLeft"), ["Ctrl", "Shift", "←"]);
  assert.deepEqual(keycaps("+"), ["+"]);
  assert.deepEqual(keycaps("Ctrl+Z", true), ["⌘", "Z"]);
});

const CLASSES = Array.from({ length: 12 }, (_, at) => ({ id: `c${at}`, name: `class ${at}`, hotkey: "" }));

test("no two actions answer to one key in one context", () => {
  const classes = [..."abcdefghijklmnopqrstuvwxyz0123456789"].map((hotkey) => ({ id: hotkey, name: hotkey, hotkey }));

  assert.deepEqual(collisions(actionsFor(classes).actions, CONTEXTS), []);
});

test("a collision is told with both actions, the key and the context", () => {
  const records = [{ id: "a", keys: ["X"] }, { id: "b", keys: ["X"], when: ["draw"] }];

  assert.deepEqual(collisions(records, ["idle", "draw"]), [["a", "b", "X", "draw"]]);
});

test("every action has an id of its own, words and a key", () => {
  const { actions } = actionsFor(CLASSES);

  assert.equal(new Set(actions.map((action) => action.id)).size, actions.length);
  for (const action of actions) assert.ok(action.title && action.group && action.keys.length, action.id);
});

test("classes get the digits in order, their own key where it is free", () => {
  const keys = classKeys([{ id: "x", hotkey: "k" }, { id: "y", hotkey: "b" }, { id: "z", hotkey: "2" }, ...CLASSES], new Set(["B"]));

  assert.equal(keys.get("K"), "x");
  assert.equal(keys.get("1"), "y");
  assert.equal(keys.get("2"), "z");
  assert.equal(keys.get("3"), "c0");
  assert.equal(keys.get("0"), "c7");
  assert.equal(keys.size, 11);
});

const box = (id, score, more = {}) => ({ id, score, state: "proposed", x: 0, y: 0, ...more });

test("the sweep asks about the least certain proposal first", () => {
  const boxes = [box("sure", 0.99), box("near", 0.52), box("below", 0.3), box("unscored", null), box("done", 0.5, { state: "accepted" })];

  assert.deepEqual(sweepOrder(boxes, 0.5).map((one) => one.id), ["near", "sure", "unscored"]);
});

test("boxes are read in rows", () => {
  const boxes = [box("c", 1, { x: 5, y: 90 }), box("b", 1, { x: 50, y: 12 }), box("a", 1, { x: 10, y: 14 })];

  assert.deepEqual(readingOrder(boxes, 100).map((one) => one.id), ["a", "b", "c"]);
});

test("going through boxes ends at both ends", () => {
  const boxes = [box("a", 1), box("b", 1)];

  assert.equal(neighbour(boxes, null, 1).id, "a");
  assert.equal(neighbour(boxes, null, -1).id, "b");
  assert.equal(neighbour(boxes, "a", 1).id, "b");
  assert.equal(neighbour(boxes, "b", 1), undefined);
});
