// Attributes: how edits merge them, what shapes begin with, what is missing.
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { copiesOf, describe, drawBox, relabel } from "../../static/editor/commands/boxes.js";
import { completed, lacking, misfit } from "../../static/editor/model/attributes.js";
import { overwrittenIn } from "../../static/editor/model/conflicts.js";
import { foreign, shared } from "../../static/editor/model/described.js";
import { applyEdit, inverseOf, still } from "../../static/editor/model/edits.js";
import { narrowedOf } from "../../static/editor/model/narrowed.js";
import { edgesIn, edgeWords, TEMPLATES } from "../../static/components/skeletons.js";
import { Client } from "./clients.mjs";
import { ReferenceServer } from "./reference.mjs";

mock.timers.enable({ apis: ["setTimeout", "setInterval"] });

const COLOUR = { name: "colour", kind: "choice", choices: ["red", "white"], default: "white", required: true };
const LENGTH = { name: "length", kind: "number", min: 1, max: 400 };
const NAME = { name: "name", kind: "text", required: true };
const boat = { id: "boat", attributes: [COLOUR, LENGTH, NAME] };
const box = (attributes, more = {}) => ({ id: "a", class_id: "boat", state: "accepted", deleted: false, attributes, ...more });
const classOf = (id) => (id === "boat" ? boat : undefined);

test("an edit merges key by key, what the log says replaces all", () => {
  const edit = describe([box({ colour: "red", old: 1 })], { colour: "white", old: null })[0];

  assert.deepEqual(applyEdit(box({ colour: "red", old: 1, name: "Ada" }), edit, null).attributes, { colour: "white", name: "Ada" });
  assert.deepEqual(applyEdit(box({ colour: "red", old: 1 }), { ...edit, patch: { attributes: { name: "Ada" } } }, null, 7, true).attributes, { name: "Ada" });
});

test("describing leaves alone what is so already, and accepts a proposal", () => {
  assert.deepEqual(describe([box({ colour: "red" })], { colour: "red", gone: null }), []);
  const [edit] = describe([box({}, { state: "proposed" })], { colour: "red" });
  assert.deepEqual(edit.patch, { attributes: { colour: "red" }, state: "accepted" });
});

test("the inverse puts back only the keys that were touched, and notices who changed them", () => {
  const before = box({ colour: "red", name: "Ada" });
  const inverse = inverseOf({ kind: "update", box_id: "a", patch: { attributes: { colour: "white", length: 3 } } }, before);

  assert.deepEqual(inverse.patch.attributes, { colour: "red", length: null });
  assert.ok(still(box({ colour: "white", length: 3, name: "Eve" }), inverse.expect, ["attributes"]), "another key is no matter");
  assert.ok(!still(box({ colour: "blue", length: 3 }), inverse.expect, ["attributes"]));
});

test("undo takes back my key and keeps a colleague's", () => {
  const server = new ReferenceServer();
  const [alice, bob] = [new Client("Alice"), new Client("Bob")];
  const deliver = () => {
    for (let round = 0; round < 20; round++) {
      for (const client of [alice, bob]) {
        const message = client.socket.out.shift();
        if (message?.type === "hello") client.session.take(server.greet(message.last_seq));
        if (message?.type !== "edits") continue;
        const { answer, news } = server.submit(message, client.actor);
        client.session.take(answer);
        for (const other of [alice, bob]) if (news && other !== client) other.session.take(news);
      }
      mock.timers.tick(60);
    }
  };
  const only = (client) => [...client.view.values()][0];
  for (const client of [alice, bob]) client.socket.open();
  deliver();
  alice.submit([drawBox({ x: 1, y: 1, w: 5, h: 5 }, "boat")]);
  alice.submit(describe([only(alice)], { colour: "red" }));
  deliver();
  bob.submit(describe([only(bob)], { name: "Ada" }));
  deliver();
  assert.deepEqual(only(alice).attributes, { colour: "red", name: "Ada" });

  alice.travel("undo");
  deliver();
  assert.deepEqual([only(alice).attributes, only(bob).attributes], [{ name: "Ada" }, { name: "Ada" }]);

  alice.travel("redo");
  deliver();
  assert.deepEqual(only(bob).attributes, { colour: "red", name: "Ada" });
  for (const client of [alice, bob]) client.session.close();
});

test("what was narrowed is told apart key by key", () => {
  const edit = { op_id: "1", kind: "update", box_id: "a", patch: { attributes: { colour: "red" } }, expect: { attributes: { colour: "white" } } };

  assert.deepEqual(narrowedOf([edit], [box({ colour: "red", name: "new" })]), []);
  assert.deepEqual(narrowedOf([edit], [box({ colour: "blue" })]), [edit]);
});

test("only the same key of a colleague counts as replaced", () => {
  const batch = (seq, ref, user, attributes) => ({ seq, ref, actor: { kind: "user", id: user, user, name: user }, at: "", edits: [{ op_id: ref, kind: "update", box_id: "a", patch: { attributes } }] });
  const sent = [{ key: "mine", json: { base_seq: 1, edits: [{ op_id: "mine", kind: "update", box_id: "a", patch: {} }] } }];
  const lost = (theirs, mine) => overwrittenIn([batch(2, "theirs", "bob", theirs), batch(3, "mine", "me", mine)], sent, "me").map((one) => one.theirs);

  assert.deepEqual(lost({ name: "Ada" }, { name: "Ada", colour: "red" }), []);
  assert.deepEqual(lost({ colour: "white" }, { colour: "red" }), [{ attributes: { colour: "white" } }]);
});

test("new shapes begin with their class's values, changed ones get those they lack", () => {
  const none = () => undefined;
  const [drawn] = completed([drawBox({ x: 0, y: 0, w: 1, h: 1 }, "boat")], none, classOf);
  assert.deepEqual(drawn.patch.attributes, { colour: "white", length: null, name: null });

  const [changed] = completed(relabel([box({ name: "Ada" }, { class_id: "car" })], "boat"), () => box({ name: "Ada" }), classOf);
  assert.deepEqual(changed.patch.attributes, { colour: "white" });

  const guarded = { ...relabel([box({}, { class_id: "car" })], "boat")[0], expect: { class_id: "car" } };
  assert.deepEqual(completed([guarded], none, classOf), [guarded], "undo writes back what was there, and no more");
  const plain = drawBox({ x: 0, y: 0, w: 1, h: 1 }, "car");
  assert.deepEqual(completed([plain], none, classOf), [plain]);
});

test("a copy leaves behind what its class no longer takes", () => {
  const old = { ...box({ colour: "green", length: 3, else: "kept" }), shape: "box", x: 0, y: 0, w: 5, h: 5 };
  const [copy] = completed(copiesOf([old], 2, { width: 50, height: 50 }), () => undefined, classOf);

  assert.deepEqual(copy.patch.attributes, { colour: "white", length: 3, else: "kept", name: null });
});

test("what is missing, what does not fit, what nobody described", () => {
  assert.deepEqual(lacking(box({ colour: "red", name: "" }), boat).map(({ name }) => name), ["name"]);
  assert.deepEqual(lacking(box({}), undefined), []);
  assert.deepEqual([misfit(LENGTH, 0), misfit(LENGTH, 401), misfit(LENGTH, Number.NaN), misfit(LENGTH, 3), misfit(LENGTH, null)], ["At least 1.", "At most 400.", "A number.", "", ""]);
  assert.equal(misfit(COLOUR, "blue"), "One of red, white.");
  assert.deepEqual(foreign(box({ colour: "red", tail: 1 }), boat), [["tail", 1]]);
  assert.deepEqual(shared([boat, { attributes: [LENGTH] }]), [LENGTH]);
  assert.deepEqual(shared([boat, undefined]), []);
});

test("lines between keypoints are written by numbers from one", () => {
  assert.deepEqual(edgesIn("1-2, 3–1", 3), { edges: [[0, 1], [2, 0]], problem: "" });
  assert.match(edgesIn("1-4", 3).problem, /from 1 to 3/);
  assert.match(edgesIn("1-1", 3).problem, /no line 1-1/);
  assert.match(edgesIn("nose", 3).problem, /“nose” is no line/);
  for (const { points, edges } of TEMPLATES) assert.deepEqual(edgesIn(edgeWords(edges), points.length), { edges, problem: "" });
});
