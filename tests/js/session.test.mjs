import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { drawBox } from "../../static/editor/commands/boxes.js";
import { frames } from "../../static/editor/sync/session.js";
import { Socket } from "../../static/editor/sync/socket.js";
import { Client } from "./clients.mjs";

mock.timers.enable({ apis: ["setTimeout", "setInterval"] });

const RECT = { x: 1, y: 2, w: 30, h: 40 };
const SNAPSHOT = { type: "snapshot", seq: 4, canvas: { review_state: "open" }, boxes: [], classes: [], people: [], session: "s" };

function greeted() {
  const client = new Client("Alice");
  client.socket.open();
  client.session.take(SNAPSHOT);
  client.socket.out = [];
  return client;
}

const edits = (count) => Array.from({ length: count }, () => drawBox(RECT, "car"));
const typesOf = (client) => client.socket.out.map((message) => message.type);

test("a new page asks for everything, a returning one for what it lacks", () => {
  const client = new Client("Alice");

  client.socket.open();
  client.session.take(SNAPSHOT);
  client.socket.cut();
  client.socket.open();

  assert.deepEqual(client.socket.out, [{ type: "hello", last_seq: 4 }]);
});

test("a greeting that the server could not answer is said again", () => {
  const client = new Client("Alice");
  client.socket.open();
  client.socket.out = [];

  client.session.take({ type: "refused", ref: null, problem: { status: 500, code: "internal" }, dropped: [] });
  assert.deepEqual(typesOf(client), []);
  mock.timers.tick(2500);
  assert.deepEqual(typesOf(client), ["hello"]);

  client.session.take(SNAPSHOT);
  assert.equal(client.session.status, "saved");
});

test("frames hold at most 500 edits and stay under 64 KB", () => {
  const parts = frames(edits(1200));

  assert.equal(parts.flat().length, 1200);
  for (const part of parts) {
    assert.ok(part.length <= 500);
    assert.ok(JSON.stringify({ type: "edits", edits: part }).length < 64 * 1024);
  }
});

test("nothing is sent before the greeting is answered", () => {
  const client = new Client("Alice");
  client.socket.open();

  client.submit(edits(1));
  const before = typesOf(client);
  client.session.take(SNAPSHOT);

  assert.deepEqual(before, ["hello"]);
  assert.deepEqual(typesOf(client), ["hello", "edits"]);
});

test("batches go out one after the other, at a pace that the server accepts", () => {
  const client = greeted();

  client.submit(edits(2000));
  const parts = client.document.pending.length;
  const atOnce = client.socket.out.length;
  for (let at = 0; at < parts; at++) mock.timers.tick(50);

  assert.equal(atOnce, 1);
  assert.equal(client.socket.out.length, parts);
});

test("what was not answered is sent again with the same ids after a reconnect", () => {
  const client = greeted();
  client.submit(edits(1));
  const [first] = client.socket.out;

  client.socket.cut();
  client.socket.open();
  client.session.take({ type: "replay", seq: 4, edits: [] });
  mock.timers.tick(50);

  assert.equal(client.session.status, "pending");
  assert.deepEqual(client.socket.out.at(-1).edits, first.edits);
  assert.equal(client.socket.out.at(-1).ref, first.ref);
});

test("a page that was closed early finds its edits in the outbox", () => {
  const client = greeted();
  client.submit(edits(1));

  const next = new Client("Alice", client.outbox);
  next.socket.open();
  next.session.take(SNAPSHOT);

  assert.equal(next.view.size, 1);
  assert.deepEqual(next.socket.out.at(-1).edits, client.socket.out.at(-1).edits);
});

test("a beat beyond what I have makes me ask again", () => {
  const client = greeted();

  client.session.take({ type: "beat", seq: 6 });
  const before = typesOf(client);
  mock.timers.tick(200);

  assert.deepEqual(before, []);
  assert.deepEqual(client.socket.out, [{ type: "hello", last_seq: 4 }]);
});

test("a gap that closes by itself asks nothing", () => {
  const client = greeted();
  const commit = (seq) => ({ type: "edits", seq, ref: `r${seq}`, actor: { kind: "user", id: "b", name: "Bob", user: "b" }, edits: edits(1) });

  client.session.take(commit(6));
  client.session.take(commit(5));
  mock.timers.tick(200);

  assert.equal(client.document.seq, 6);
  assert.deepEqual(typesOf(client), []);
});

test("a server that failed is asked again, nothing is rolled back", () => {
  const client = greeted();
  client.submit(edits(1));
  const [{ ref }] = client.socket.out;

  client.session.take({ type: "refused", ref, problem: { status: 503, code: "unavailable" }, dropped: [] });
  mock.timers.tick(3000);

  assert.equal(client.view.size, 1);
  assert.deepEqual(client.socket.out.map((message) => message.ref), [ref, ref]);
});

test("a server that was restored is asked for everything", () => {
  const client = greeted();
  client.submit(edits(1));
  const [{ ref }] = client.socket.out;

  client.session.take({ type: "refused", ref, problem: { status: 409, code: "ahead" }, dropped: [] });

  assert.deepEqual(client.socket.out.at(-1), { type: "hello", last_seq: null });
  assert.equal(client.view.size, 1);
});

test("a refusal rolls back and says which edits", () => {
  const client = greeted();
  client.submit(edits(2));
  const [{ ref }] = client.socket.out;

  client.session.take({ type: "refused", ref, problem: { status: 403, code: "locked" }, dropped: [] });

  assert.equal(client.view.size, 0);
  assert.deepEqual(client.dropped.map((drop) => drop.code), ["locked", "locked"]);
  assert.equal(client.outbox.letters.size, 0);
});

test("presence is said at most fifteen times a second, the latest counts", () => {
  const client = greeted();

  for (let x = 0; x < 100; x++) {
    client.session.tell({ cursor: [x, 0], selection: [], viewport: [0, 0, 1, 1], ghost: null });
    mock.timers.tick(10);
  }
  mock.timers.tick(100);

  assert.ok(client.socket.out.length <= 16);
  assert.deepEqual(client.socket.out.at(-1).cursor, [99, 0]);
});

test("colleagues come, move and go", () => {
  const client = greeted();
  const bob = { kind: "user", id: "b", name: "Bob" };

  client.session.take({ type: "joined", session: "1", actor: bob });
  client.session.take({ type: "presence", session: "1", actor: bob, cursor: [3, 4], selection: ["x"], viewport: null, ghost: { boxes: [RECT] } });
  const [peer] = client.session.peers.present.values();
  client.session.take({ type: "left", session: "1" });

  assert.deepEqual([peer.name, peer.cursor, peer.selection, peer.ghosts], ["Bob", [3, 4], ["x"], [RECT]]);
  assert.equal(client.session.peers.present.size, 0);
});

test("the socket ends for good where the person lost the right to it", () => {
  const client = greeted();

  client.session.take({ type: "closed", code: "membership_ended", detail: "You are no longer a member." });

  assert.equal(client.session.closedFor, "membership_ended");
  assert.equal(client.socket.ended, true);
});

test("an answer that is long overdue begins the connection again, and the edits are sent once more", (context) => {
  const client = greeted();
  let now = 1_000_000;
  context.mock.method(Date, "now", () => now);
  client.session.submit(edits(1));
  const [sent] = client.socket.out;

  now += 19_000;
  client.session.take({ type: "beat", seq: 4 });
  assert.ok(client.socket.isOpen);
  now += 2_000;
  client.session.take({ type: "beat", seq: 4 });
  assert.ok(!client.socket.isOpen);
  client.socket.open();
  client.session.take({ type: "replay", seq: 4, edits: [], canvas: null, classes: [], people: [], session: "s" });
  mock.timers.tick(100);

  assert.deepEqual(client.socket.out.at(-1), sent);
});

test("a handshake that nobody answers is given up and tried again", () => {
  const made = [];
  globalThis.location = { href: "http://x/" };
  globalThis.addEventListener = () => undefined;
  globalThis.WebSocket = class {
    static OPEN = 1;
    readyState = 0;
    constructor() {
      made.push(this);
    }
    close() {
      this.readyState = 3;
    }
  };
  let lost = 0;
  const socket = new Socket("/ws/", { opened() {}, message() {}, lost: () => lost++ });

  socket.open();
  mock.timers.tick(24_000);
  assert.deepEqual([made.length, lost], [1, 0]);
  mock.timers.tick(2_000);
  mock.timers.tick(1_000);

  assert.deepEqual([made.length, lost, made[0].readyState], [2, 1, 3]);
});
