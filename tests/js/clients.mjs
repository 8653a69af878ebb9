// Sessions of the editor without a browser: sockets that a test delivers by hand, an outbox in memory.
import { copiesOf, deleteBox, describe, drawBox, judge, placeBox, relabel } from "../../static/editor/commands/boxes.js";
import { lock, reorder } from "../../static/editor/commands/order.js";
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

  drop() {
    this.cut();
  }

  send(message) {
    if (this.isOpen) this.out.push(structuredClone(message));
    return this.isOpen;
  }

  close() {
    this.isOpen = false;
  }
}

export class MemoryOutbox {
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
  /**
   * `wire` says where a real server is: {id, socket, connect, classes}; without it a test delivers by hand.
   */
  constructor(name, outbox = new MemoryOutbox(), wire = {}) {
    const id = wire.id ?? name;
    this.actor = { kind: "user", id, name, user: id };
    this.classes = wire.classes ?? ["a", "b", "c"];
    this.outbox = outbox;
    /** What this person once saw: a wish may come from an old look. */
    this.looks = [];
    this.history = new History();
    this.dropped = [];
    const nothing = () => undefined;
    this.session = new Session({
      image: "image", urls: { socket: wire.socket ?? "/ws", edits: "/edits" }, me: { id, name }, outbox,
      connect: wire.connect ?? ((_path, listener) => (this.socket = new FakeSocket(listener))),
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
      () => this.submit([drawBox(rect(), random.pick([...this.classes.slice(0, 2), null]))]),
      () => this.submit(some().map((box) => placeBox(box, rect()))),
      () => this.submit(relabel(some(), random.pick(this.classes))),
      () => this.submit(judge(some(), random.pick(["accepted", "rejected", "proposed"]))),
      () => this.submit(some().map((box) => deleteBox(box.id))),
      () => this.submit(copiesOf(some(), 3, SIZE)),
      () => this.submit(this.stale(random, rect())),
      () => this.submit(describe(some(), { [random.pick(["colour", "size"])]: random.pick(["red", 7, true, null]) })),
      () => this.submit(reorder(some(), boxes, random.pick(["front", "forward", "backward", "back"]))),
      () => this.submit(lock(some(), random.next() < 0.3)),
      () => this.travel("undo"),
      () => this.travel("redo"),
    ];
    const chosen = random.next() < 0.3 ? acts[acts.length - 1 - random.below(2)] : acts[random.below(acts.length - 2)];
    (boxes.length ? chosen : acts[0])();
    if (boxes.length) this.looks = [random.pick(boxes), ...this.looks].slice(0, 8);
  }

  /** A move or a deletion that expects the box to be as it was some time ago. */
  stale(random, rect) {
    if (!this.looks.length) return [];
    const seen = random.pick(this.looks);
    const expect = Object.fromEntries(["x", "y", "w", "h"].map((key) => [key, seen[key]]));
    return [{ ...(random.next() < 0.7 ? placeBox(seen, rect) : deleteBox(seen.id)), expect }];
  }
}
