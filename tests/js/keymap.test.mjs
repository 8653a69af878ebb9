import assert from "node:assert/strict";
import test from "node:test";
import { actionsFor, CONTEXTS, LATER } from "../../static/editor/ui/actions.js";
import { SINCE } from "../../static/editor/ui/actions/since.js";
import { THREADS } from "../../static/editor/ui/actions/threads.js";
import { misfit } from "../../static/lib/fuzzy.js";
import { choose, holders, reasonAgainst, reset } from "../../static/lib/key_choice.js";
import { isSingle, withKeys } from "../../static/lib/keymap.js";
import { collisions } from "../../static/lib/keys.js";

LATER.push(...THREADS, ...SINCE);

const PLAIN = { keys: {}, single_keys: true };
const CLASSES = Array.from({ length: 12 }, (_, at) => ({ id: `c${at}`, name: `class ${at}`, hotkey: "" }));
const defaults = actionsFor(CLASSES).actions;
const named = (id, actions = defaults) => actions.find((action) => action.id === id);
const keysOf = (id, keymap) => named(id, withKeys(defaults, keymap)).keys;
const now = (keymap) => ({ defaults, keymap, contexts: CONTEXTS });

test("without a choice every action has the keys that it came with", () => {
  assert.deepEqual(withKeys(defaults, PLAIN), defaults);
});

test("a chosen key replaces the others, and what belongs to another action stays in the help", () => {
  const actions = withKeys(defaults, { keys: { "image.next": ["N"] }, single_keys: true });

  assert.deepEqual(named("image.next", actions).keys, ["N"]);
  assert.deepEqual(named("image.next", actions).shown, ["N", "ArrowRight"]);
});

test("arrows, class keys and Esc are never replaced", () => {
  const keymap = { keys: { "box.nudge": ["J"], "class.pick": ["J"], cancel: ["J"], nothing: ["J"] }, single_keys: true };

  for (const id of ["box.nudge", "class.pick", "cancel"]) assert.deepEqual(keysOf(id, keymap), named(id).keys);
});

test("switched off, no key that writes a character does anything", () => {
  const actions = actionsFor(CLASSES, { keys: { "tool.draw": ["Ctrl+B", "B"] }, single_keys: false }).actions;

  assert.deepEqual(actions.flatMap((action) => action.keys).filter(isSingle), []);
  assert.deepEqual(named("tool.draw", actions).keys, ["Ctrl+B"]);
  assert.deepEqual(named("box.delete", actions).keys, ["Delete", "Backspace"]);
  assert.deepEqual(named("box.nudge", actions).keys, named("box.nudge").keys);
});

test("a class gives way to a key that the person has chosen", () => {
  const { actions, keys } = actionsFor(CLASSES, { keys: { undo: ["1"] }, single_keys: true });

  assert.equal(keys.get("1"), undefined);
  assert.equal(keys.get("2"), "c0");
  assert.deepEqual(collisions(actions, CONTEXTS), []);
});

test("only an action that answers in the same place is in the way", () => {
  const find = (id, combo) => holders(defaults, named(id), combo, CONTEXTS).map((action) => action.id);

  assert.deepEqual(find("undo", "Ctrl+D"), ["box.duplicate"]);
  assert.deepEqual(find("undo", "Ctrl+J"), []);
  assert.deepEqual(find("draw.corner", "A"), ["proposal.accept"]);
  assert.deepEqual(find("image.left", "Delete"), find("image.right", "Delete"));
});

test("a taken key is swapped, and nothing collides", () => {
  const keymap = choose(now(PLAIN), { action: named("undo"), old: "Ctrl+Z", combo: "Ctrl+D" });

  assert.deepEqual(keymap.keys, { undo: ["Ctrl+D"], "box.duplicate": ["Ctrl+Z"] });
  assert.deepEqual(collisions(actionsFor(CLASSES, keymap).actions, CONTEXTS), []);
});

test("swapped back, nothing is left to keep", () => {
  const swapped = choose(now(PLAIN), { action: named("undo"), old: "Ctrl+Z", combo: "Ctrl+D" });

  assert.deepEqual(choose(now(swapped), { action: named("undo"), old: "Ctrl+D", combo: "Ctrl+Z" }), PLAIN);
});

test("a key that is added takes nothing but itself from another", () => {
  const keymap = choose(now(PLAIN), { action: named("undo"), old: null, combo: "Ctrl+Y" });

  assert.deepEqual(keymap.keys, { undo: ["Ctrl+Z", "Ctrl+Y"], redo: ["Ctrl+Shift+Z"] });
});

test("one of two keys is changed, the other stays", () => {
  const keymap = choose(now(PLAIN), { action: named("redo"), old: "Ctrl+Y", combo: "F8" });

  assert.deepEqual(keymap.keys, { redo: ["Ctrl+Shift+Z", "F8"] });
});

test("an action is put back, and so is the one that got its key meanwhile", () => {
  const swapped = choose(now(PLAIN), { action: named("undo"), old: "Ctrl+Z", combo: "Ctrl+D" });
  const back = reset(now(swapped), named("undo"));

  assert.deepEqual(back.keys, {});
  assert.deepEqual(collisions(actionsFor(CLASSES, back).actions, CONTEXTS), []);
  assert.deepEqual(reset(now({ ...swapped, single_keys: false })), { keys: {}, single_keys: false });
});

test("whose own keys are taken, too, has none after that", () => {
  const swapped = choose(now(PLAIN), { action: named("undo"), old: "Ctrl+Z", combo: "Ctrl+D" });
  const more = choose(now({ ...swapped, keys: { ...swapped.keys, undo: [] } }), { action: named("box.copy"), old: "Ctrl+C", combo: "Ctrl+D" });

  assert.deepEqual(reset(now(more), named("undo")).keys, { "box.copy": ["Ctrl+D"], "box.duplicate": [] });
});

for (const combo of ["Ctrl+W", "Ctrl+T", "Ctrl+N", "Ctrl+Shift+N", "F5", "Ctrl+1", "Alt+ArrowLeft"]) {
  test(`${combo} stays with the browser`, () => assert.match(reasonAgainst(combo) ?? "", /browser/));
}

for (const combo of ["Escape", "Enter", "Tab", "Shift+Shift", "Ctrl+Control", "Dead"]) {
  test(`${combo} is no key to choose`, () => assert.notEqual(reasonAgainst(combo), null));
}

for (const combo of ["J", "Ctrl+J", "F8", "Shift+Space", "?", "Ctrl+Alt+Shift+K", "Shift+1"]) {
  test(`${combo} can be chosen`, () => assert.equal(reasonAgainst(combo), null));
}

test("no action came with a key that the browser keeps", () => {
  const own = defaults.flatMap((action) => action.keys);

  assert.deepEqual(own.filter((combo) => /browser/.test(reasonAgainst(combo) ?? "")), []);
});

test("names are found by their beginning, by words, by a part, by letters in order", () => {
  const names = ["Undo my last change", "Fit the image", "Find a class by name", "Filter boxes", "Redo"];
  const found = (typed) => names.map((name) => [misfit(name, typed), name]).filter(([rank]) => rank < Infinity).sort(([a], [b]) => a - b).map(([, name]) => name);

  assert.deepEqual(found("fi"), ["Fit the image", "Find a class by name", "Filter boxes"]);
  assert.deepEqual(found("class"), ["Find a class by name"]);
  assert.deepEqual(found("do"), ["Undo my last change", "Redo"]);
  assert.deepEqual(found("flbx"), ["Filter boxes"]);
  assert.deepEqual(found("zzz"), []);
  assert.equal(misfit("Café", "cafe"), 0);
});
