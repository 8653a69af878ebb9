import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { deleteBox, drawBox, placeBox, relabel } from "../../static/editor/commands/boxes.js";
import { Client } from "./clients.mjs";
import { ReferenceServer } from "./reference.mjs";

mock.timers.enable({ apis: ["setTimeout", "setInterval"] });

/** Alice and Bob in one picture, with a network that delivers at once. */
function pair() {
  const server = new ReferenceServer();
  const clients = [new Client("Alice"), new Client("Bob")];
  const deliver = () => {
    for (let round = 0; round < 20; round++) {
      for (const client of clients) {
        const message = client.socket.out.shift();
        if (message?.type === "hello") client.session.take(server.greet(message.last_seq));
        if (message?.type !== "edits") continue;
        const { answer, news } = server.submit(message, client.actor);
        client.session.take(answer);
        for (const other of clients) if (news && other !== client) other.session.take(news);
      }
      mock.timers.tick(60);
    }
  };
  for (const client of clients) client.socket.open();
  deliver();
  return { alice: clients[0], bob: clients[1], deliver, server };
}

const RECT = { x: 1, y: 2, w: 30, h: 40 };
const only = (client) => [...client.view.values()][0];

test("undo and redo walk back and forth through my edits", () => {
  const { alice, bob, deliver } = pair();
  alice.submit([drawBox(RECT, "car")]);
  alice.submit([placeBox(only(alice), { ...RECT, x: 9 })]);
  alice.submit(relabel([only(alice)], "dog"));
  deliver();

  alice.travel("undo");
  alice.travel("undo");
  deliver();
  assert.deepEqual([only(bob).class_id, only(bob).x], ["car", 1]);

  alice.travel("undo");
  deliver();
  assert.equal(bob.view.size, 0);

  for (let times = 0; times < 3; times++) alice.travel("redo");
  deliver();
  assert.deepEqual([only(bob).class_id, only(bob).x], ["dog", 9]);
});

test("undo of a deletion brings the box back as it was", () => {
  const { alice, bob, deliver } = pair();
  alice.submit([drawBox(RECT, "car")]);
  alice.submit([deleteBox(only(alice).id)]);
  deliver();

  alice.travel("undo");
  deliver();

  assert.deepEqual([only(bob).class_id, only(bob).x], ["car", 1]);
});

test("undo leaves alone what a colleague changed since, and says who", () => {
  const { alice, bob, deliver } = pair();
  alice.submit([drawBox(RECT, "car")]);
  alice.submit([placeBox(only(alice), { ...RECT, x: 9 })]);
  deliver();
  bob.submit([placeBox(only(bob), { ...RECT, x: 70 })]);
  deliver();

  const reversal = alice.travel("undo");
  deliver();

  assert.deepEqual(reversal.edits, []);
  assert.deepEqual(reversal.skipped, [{ by: "Bob", field: "geometry" }]);
  assert.equal(only(bob).x, 70);
});

test("undo takes back the fields that are still mine", () => {
  const { alice, bob, deliver } = pair();
  alice.submit([drawBox(RECT, "car")]);
  deliver();
  const place = placeBox(only(alice), { ...RECT, x: 9 });
  place.patch.class_id = "dog";
  alice.submit([place]);
  deliver();
  bob.submit(relabel([only(bob)], "cat"));
  deliver();

  const reversal = alice.travel("undo");
  deliver();

  assert.deepEqual(reversal.skipped, [{ by: "Bob", field: "class_id" }]);
  assert.deepEqual([only(bob).class_id, only(bob).x], ["cat", 1]);
});

test("undo of a drawing spares a box that a colleague has corrected", () => {
  const { alice, bob, deliver } = pair();
  alice.submit([drawBox(RECT, "car")]);
  deliver();
  bob.submit(relabel([only(bob)], "cat"));
  deliver();

  const reversal = alice.travel("undo");

  assert.deepEqual(reversal.edits, []);
  assert.equal(only(alice).class_id, "cat");
});

test("the server has the last word when a colleague was quicker", () => {
  const { alice, bob, deliver } = pair();
  alice.submit([drawBox(RECT, "car")]);
  alice.submit([placeBox(only(alice), { ...RECT, x: 9 })]);
  deliver();
  bob.submit([placeBox(only(bob), { ...RECT, x: 70 })]);
  alice.travel("undo");
  bob.socket.out.length && deliver();

  assert.equal(only(alice).x, only(bob).x);
});

test("a proposal that I moved is accepted, and a proposal again after undo", () => {
  const { alice, bob, deliver, server } = pair();
  const add = drawBox(RECT, "car");
  Object.assign(add.patch, { state: "proposed", source: "model", score: 0.4 });
  bob.submit([add]);
  deliver();

  alice.submit([placeBox(only(alice), { ...RECT, x: 9 })]);
  deliver();
  const moved = server.boxes.get(add.box_id).state;
  alice.travel("undo");
  deliver();

  assert.equal(moved, "accepted");
  assert.equal(server.boxes.get(add.box_id).state, "proposed");
});

test("what the server refused cannot be taken back", () => {
  const { alice, deliver } = pair();
  alice.submit([drawBox(RECT, "car")]);
  deliver();
  const { id } = only(alice);
  alice.submit([{ op_id: "again", kind: "add", box_id: id, patch: { class_id: "dog", ...RECT } }]);
  deliver();

  assert.deepEqual(alice.dropped, [{ op_id: "again", code: "exists" }]);
  assert.equal(alice.history.done.length, 1);
});

test("undo goes a thousand steps deep", () => {
  const { alice } = pair();
  for (let at = 0; at < 1100; at++) alice.submit([drawBox(RECT, "car")]);

  assert.equal(alice.history.done.length, 1000);
});
