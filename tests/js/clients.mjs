// Sessions of the editor without a browser: sockets that a test delivers by hand, an outbox in memory.
import { copiesOf, deleteBox, drawBox, judge, placeBox, relabel } from "../../static/editor/commands/boxes.js";
import { History } from "../../static/editor/commands/history.js";
import { Session } from "../../static/editor/sync/session.js";

const SIZE = { width: 100, height: 100 };

class FakeSocket {
  constructor(listener) {
    this.listener = listener;
    this.isOpen = false;
    this.out = [];
    this.ended = false;
  }

  open() {
    this.isOpen = true;
    this.out = [];
    this.listener.opened();
  }

  cut() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.out = [];
    this.listener.lost();
  }

  send(message) {
    if (this.isOpen) this.out.push(structuredClone(message));
    return this.isOpen;
  }

  close() {
    this.isOpen = false;
  }
}

class MemoryOutbox {
  constructor() {
    this.letters = new Map();
  }

  put(letter) {
    this.letters.set(letter.key, letter);
  }

  remove(key) {
    this.letters.delete(key);
  }

  of(image) {
    return [...this.letters.values()].filter((letter) => letter.image === image);
  }
}

export class Client {
  constructor(name, outbox = new MemoryOutbox()) {
    this.actor = { kind: "user", id: name, name, user: name };
    this.outbox = outbox;
    this.history = new History();
    this.dropped = [];
    const nothing = () => undefined;
    this.session = new Session({
      image: "image", urls: { socket: "/ws", edits: "/edits" }, me: { id: name, name }, outbox,
      connect: (_path, listener) => (this.socket = new FakeSocket(listener)),
      listener: {
        boxes: nothing, status: nothing, peers: nothing, canvas: nothing, closed: nothing, unreachable: nothing,
        confirmed: (edits, boxes) => this.history.confirm(edits, boxes),
        dropped: (drops) => {
          this.dropped.push(...drops);
          this.history.forget(new Set(drops.map((drop) => drop.op_id)));
        },
      },
    });
    this.session.open();
  }

  get document() {
    return this.session.document;
  }

  get view() {
    return this.document.view;
  }

  submit(edits, label = "edit") {
    if (!edits.length) return;
    const before = new Map(edits.map((edit) => [edit.box_id, this.document.find(edit.box_id)]));
    this.history.record(label, edits, before);
    this.session.submit(edits);
  }

  travel(way) {
    const reversal = this.history[way]((id) => this.document.find(id));
    if (reversal?.edits.length) this.session.submit(reversal.edits);
    return reversal;
  }

  /** One of the things that a person does, chosen by `random`. */
  act(random) {
    const boxes = [...this.view.values()];
    const some = () => [random.pick(boxes), random.pick(boxes)].filter((box, at, all) => all.indexOf(box) === at);
    const rect = () => ({ x: random.below(50), y: random.below(50), w: 1 + random.below(40), h: 1 + random.below(40) });
    const acts = [
      () => this.submit([drawBox(rect(), random.pick(["a", "b", null]))]),
      () => this.submit(some().map((box) => placeBox(box, rect()))),
      () => this.submit(relabel(some(), random.pick(["a", "b", "c"]))),
      () => this.submit(judge(some(), random.pick(["accepted", "rejected", "proposed"]))),
      () => this.submit(some().map((box) => deleteBox(box.id))),
      () => this.submit(copiesOf(some(), 3, SIZE)),
      () => this.travel("undo"),
      () => this.travel("redo"),
    ];
    const chosen = random.next() < 0.3 ? acts[6 + random.below(2)] : acts[random.below(6)];
    (boxes.length ? chosen : acts[0])();
  }
}
