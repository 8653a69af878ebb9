// One picture's boxes: what the server confirmed, my edits that wait for its answer, and the view of both.
import { applyEdit, personOf } from "./edits.js";

/**
 * @typedef {import("./edits.js").Box} Box
 * @typedef {import("./edits.js").Edit} Edit
 * @typedef {import("./edits.js").Actor} Actor
 * @typedef {{ref: string, edits: Edit[]}} Batch
 * @typedef {{op_id: string, code: string, detail?: string}} Drop
 * @typedef {{seq: number, ref?: string|null, actor?: Actor|null, edits?: Edit[], boxes?: Box[], dropped?: Drop[]}} Commit
 * @typedef {"applied"|"known"|"gap"|"lost"} Verdict
 */

export class Document {
  /**
   * @param {import("./edits.js").Person} me
   * @param {(touched: Set<string>) => void} changed called after every change with the boxes it touched
   * @param {(ref: string) => void} answered called when a batch of mine waits no longer
   */
  constructor(me, changed, answered) {
    this.me = me;
    this.changed = changed;
    this.answered = answered;
    this.seq = 0;
    this.loaded = false;
    /** @type {Map<string, Box>} confirmed boxes at `seq`, deleted ones too */
    this.base = new Map();
    /** @type {Map<string, Box>} boxes that a snapshot left out because they are deleted, as I last knew them */
    this.graves = new Map();
    /** @type {Map<string, Box>} living boxes as the person sees them */
    this.view = new Map();
    /** @type {Batch[]} sent or to be sent, unanswered, in order */
    this.pending = [];
    /** @type {Map<string, Edit[]>} the pending edits of each box, in order */
    this.waiting = new Map();
    /** @type {Map<number, Commit>} commits that came before the one they follow */
    this.held = new Map();
  }

  /** The box as seen by me, also when it is deleted. @param {string} id @returns {Box | undefined} */
  find(id) {
    let box = this.base.get(id) ?? this.graves.get(id);
    for (const edit of this.waiting.get(id) ?? []) box = applyEdit(box, edit, this.me);
    return box;
  }

  /** Remember deleted boxes, so that bringing one back shows it at once. @param {Iterable<Box>} boxes */
  bury(boxes) {
    for (const box of boxes) if (!this.base.has(box.id)) this.graves.set(box.id, { ...box, deleted: true });
  }

  /** Apply my edits at once and keep them until the server answers. @param {Batch} batch */
  submit(batch) {
    this.pending.push(batch);
    for (const edit of batch.edits) {
      const queue = this.waiting.get(edit.box_id);
      if (queue) queue.push(edit);
      else this.waiting.set(edit.box_id, [edit]);
    }
    this.derive(new Set(batch.edits.map((edit) => edit.box_id)));
  }

  /** Start again from the server's whole state; my unanswered edits stay on top. @param {number} seq @param {Box[]} boxes */
  load(seq, boxes) {
    const touched = new Set([...this.base.keys(), ...this.view.keys()]);
    this.base = new Map(boxes.map((box) => [box.id, box]));
    this.seq = seq;
    this.loaded = true;
    for (const id of this.base.keys()) touched.add(id);
    for (const at of [...this.held.keys()]) if (at <= seq) this.held.delete(at);
    this.derive(touched);
    this.takeHeld();
  }

  /**
   * Take one commit of the server. "gap": something before it is missing; "lost": it speaks of a box
   * that only a snapshot can bring back.
   * @param {Commit} commit
   * @returns {Verdict}
   */
  receive(commit) {
    if (commit.seq <= this.seq) {
      this.settle(commit.ref);
      return "known";
    }
    if (commit.seq > this.seq + 1) {
      const other = this.held.get(commit.seq);
      if (!other?.boxes) this.held.set(commit.seq, commit);
      return "gap";
    }
    const verdict = this.fold(commit);
    return verdict === "applied" ? this.takeHeld() : verdict;
  }

  /** @returns {Verdict} */
  takeHeld() {
    for (let next = this.held.get(this.seq + 1); next; next = this.held.get(this.seq + 1)) {
      this.held.delete(next.seq);
      const verdict = this.fold(next);
      if (verdict !== "applied") return verdict;
    }
    return this.held.size ? "gap" : "applied";
  }

  /** @param {Commit} commit @returns {Verdict} */
  fold(commit) {
    const batch = this.pending.find((one) => one.ref === commit.ref);
    const edits = this.acceptedOf(commit, batch);
    if (!edits || edits.some((edit) => this.isMissing(edit, commit))) return "lost";
    const touched = new Set(edits.map((edit) => edit.box_id));
    const person = commit.actor ? personOf(commit.actor) : this.me;
    for (const edit of edits) {
      const box = applyEdit(this.base.get(edit.box_id), edit, person, commit.seq, edits === commit.edits);
      if (box) this.base.set(edit.box_id, box);
    }
    for (const box of commit.boxes ?? []) {
      this.base.set(box.id, box);
      touched.add(box.id);
    }
    this.seq = commit.seq;
    for (const id of this.forget(batch)) touched.add(id);
    this.derive(touched);
    return "applied";
  }

  /** What of a commit counts: its own edits, or mine that it acknowledges without the dropped. @param {Commit} commit @param {Batch | undefined} batch */
  acceptedOf(commit, batch) {
    if (commit.edits) return commit.edits;
    const dropped = new Set((commit.dropped ?? []).map((drop) => drop.op_id));
    return batch?.edits.filter((edit) => !dropped.has(edit.op_id));
  }

  /** @param {Edit} edit @param {Commit} commit */
  isMissing(edit, commit) {
    if (edit.kind === "add" || this.base.has(edit.box_id)) return false;
    return edit.kind !== "delete" && !commit.boxes?.some((box) => box.id === edit.box_id);
  }

  /** My batch was answered (or refused): it waits no longer. @param {string | null | undefined} ref */
  settle(ref) {
    const touched = this.forget(this.pending.find((batch) => batch.ref === ref));
    if (touched.size) this.derive(touched);
  }

  /** @param {Batch | undefined} batch @returns {Set<string>} the boxes it touched */
  forget(batch) {
    if (!batch) return new Set();
    this.pending = this.pending.filter((one) => one !== batch);
    const gone = new Set(batch.edits);
    const touched = new Set(batch.edits.map((edit) => edit.box_id));
    for (const id of touched) {
      const left = (this.waiting.get(id) ?? []).filter((edit) => !gone.has(edit));
      if (left.length) this.waiting.set(id, left);
      else this.waiting.delete(id);
    }
    this.answered(batch.ref);
    return touched;
  }

  /** Make the view right again for those boxes. @param {Set<string>} ids */
  derive(ids) {
    for (const id of ids) {
      const box = this.find(id);
      if (box && !box.deleted) this.view.set(id, box);
      else this.view.delete(id);
    }
    this.changed(ids);
  }
}
