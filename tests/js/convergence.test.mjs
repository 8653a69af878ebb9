// Clients and server agree in the end, whatever the network does on the way.
import assert from "node:assert/strict";
import test, { mock } from "node:test";
import { Client } from "./clients.mjs";
import { randomOf } from "./random.mjs";
import { canon, ReferenceServer } from "./reference.mjs";

mock.timers.enable({ apis: ["setTimeout", "setInterval"] });

class World {
  constructor(seed, count) {
    this.random = randomOf(seed);
    this.server = new ReferenceServer(seed % 3 ? Infinity : 5);
    this.clients = Array.from({ length: count }, (_, at) => new Client(`person ${at}`));
    this.down = this.clients.map(() => []);
    this.acked = new Set();
  }

  /** The server takes the next message of a client. */
  serve(at) {
    const client = this.clients[at];
    const message = client.socket.out.shift();
    if (!message) return;
    if (message.type === "hello") this.down[at].push(this.server.greet(message.last_seq));
    if (message.type !== "edits") return;
    const { answer, news } = this.server.submit(message, client.actor);
    if (client.socket.isOpen) this.down[at].push(answer);
    if (news) this.clients.forEach((other, to) => to !== at && other.socket.isOpen && this.down[to].push(news));
  }

  /** A client hears one of the next messages, perhaps out of order. */
  hear(at, within = 1) {
    const [message] = this.down[at].splice(this.random.below(Math.min(within, this.down[at].length)), 1);
    if (!message) return;
    if (message.type === "ack") {
      const drops = new Set(message.dropped.map((drop) => drop.op_id));
      const batch = this.clients[at].document.pending.find((one) => one.ref === message.ref);
      for (const edit of batch?.edits ?? []) if (!drops.has(edit.op_id)) this.acked.add(edit.op_id);
    }
    this.clients[at].session.take(structuredClone(message));
  }

  cut(at) {
    this.clients[at].socket.cut();
    this.down[at] = [];
  }

  disturb(at) {
    const queue = this.down[at];
    const ways = [
      () => queue.splice(this.random.below(queue.length), 1),
      () => queue.length && queue.push(structuredClone(this.random.pick(queue))),
      () => this.cut(at),
      () => this.reload(at),
      () => queue.push({ type: "beat", seq: this.server.seq }),
    ];
    ways[this.random.below(ways.length)]();
  }

  /** The page is loaded again: only the outbox remembers what was not answered. */
  reload(at) {
    const { actor, outbox } = this.clients[at];
    this.cut(at);
    this.clients[at].session.close();
    this.clients[at] = new Client(actor.name, outbox);
  }

  step() {
    const at = this.random.below(this.clients.length);
    const chance = this.random.next();
    if (chance < 0.3) this.clients[at].act(this.random);
    else if (chance < 0.55) this.serve(at);
    else if (chance < 0.9) this.hear(at, 3);
    else if (chance < 0.95) this.disturb(at);
    else if (!this.clients[at].socket.isOpen) this.clients[at].socket.open();
    mock.timers.tick(20);
  }

  /** Everybody reconnects, nothing is lost any more, until all is quiet. */
  settle() {
    this.clients.forEach((client, at) => {
      this.cut(at);
      client.socket.open();
    });
    for (let round = 0; round < 400; round++) {
      this.clients.forEach((client, at) => {
        while (client.socket.out.length) this.serve(at);
        while (this.down[at].length) this.hear(at);
      });
      mock.timers.tick(60);
    }
  }

  check() {
    const wanted = canon(this.server.boxes);
    for (const client of this.clients) {
      assert.equal(client.document.pending.length, 0, "everything was answered");
      assert.equal(client.outbox.letters.size, 0, "the outbox is empty");
      assert.equal(client.document.seq, this.server.seq);
      assert.equal(canon(client.document.base), wanted, "what is confirmed is what the server has");
      assert.equal(canon(client.view), wanted, "what is seen is what the server has");
    }
    for (const op of this.acked) assert.ok(this.server.known.has(op), "no acknowledged edit is lost");
    const ops = this.server.log.flatMap((entry) => entry.edits.map((edit) => edit.op_id));
    assert.equal(new Set(ops).size, ops.length, "no edit was applied twice");
  }

  end() {
    for (const client of this.clients) client.session.close();
  }
}

test("four clients converge under loss, repetition, reordering, cuts, reloads and undo", () => {
  let edits = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const world = new World(seed, 4);
    for (let step = 0; step < 250; step++) world.step();
    world.settle();

    try {
      world.check();
    } catch (error) {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    }
    edits += world.server.seq;
    world.end();
  }
  assert.ok(edits > 3_000, `only ${edits} edits were ordered`);
});
