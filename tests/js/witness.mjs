// The editor's own session on a real socket: it works along while the server is killed, and says in the end
// what it sees and what was answered. `node --experimental-websocket witness.mjs '{"url", "key", ...}'`;
// a line on its input ends it.
import { createInterface } from "node:readline";
import { Client, MemoryOutbox } from "./clients.mjs";
import { randomOf } from "./random.mjs";

const { url, path, key, user, classes, edits, seed } = JSON.parse(process.argv[2]);
const { WebSocket: Plain } = globalThis;
globalThis.location = { href: url };
globalThis.addEventListener = () => undefined;
globalThis.removeEventListener = () => undefined;
globalThis.WebSocket = class extends Plain {
  constructor(address) {
    super(address, { headers: { Authorization: `Api-Key ${key}` } });
    // Browsers close a connection that never opened; this Node only tells of the error.
    let closed = false;
    this.addEventListener("close", () => (closed = true));
    this.addEventListener("error", () => setTimeout(() => closed || this.onclose?.(new Event("close"))));
  }
};
const { Socket } = await import("../../static/editor/sync/socket.js");

const random = randomOf(seed);
const connect = (address, listener) => new Socket(address, listener);
const client = new Client("witness", new MemoryOutbox(), { id: user, socket: path, connect, classes });
const { session } = client;
const acked = [];
const dropped = [];
let sent = 0;
let cuts = 0;
let ending = false;

const takeAck = session.takeAck.bind(session);
session.takeAck = (ack) => {
  const refused = new Set((ack.dropped ?? []).map((drop) => drop.op_id));
  const batch = client.document.pending.find((one) => one.ref === ack.ref);
  for (const edit of batch?.edits ?? []) if (!refused.has(edit.op_id)) acked.push(edit.op_id);
  takeAck(ack);
};
const lost = session.lost.bind(session);
session.lost = () => {
  cuts++;
  lost();
};
const submit = session.submit.bind(session);
session.submit = (own) => {
  sent += own.length;
  submit(own);
};
const droppedBefore = session.listener.dropped;
session.listener.dropped = (drops, ...rest) => {
  dropped.push(...drops.map((drop) => drop.op_id));
  droppedBefore(drops, ...rest);
};

const work = setInterval(() => {
  if (ending || sent >= edits) return;
  if (client.document.loaded) client.act(random);
  if (random.next() < 0.01) session.socket.drop();
}, 80);

createInterface({ input: process.stdin }).once("line", () => {
  ending = true;
  const finish = setInterval(() => {
    if (!session.greeted || client.document.pending.length) return;
    clearInterval(finish);
    const welcome = session.welcome.bind(session);
    session.welcome = (message) => {
      welcome(message);
      report(message.seq);
    };
    session.hello();
  }, 50);
});

function report(seq) {
  clearInterval(work);
  const boxes = [...client.view.values()];
  const text = JSON.stringify({ seq, own: client.document.seq, boxes, acked, dropped, sent, cuts, kept: client.outbox.letters.size });
  process.stdout.write(`${text}\n`, () => process.exit(0));
}
