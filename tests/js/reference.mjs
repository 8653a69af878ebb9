// The server's rules in few lines: one order of edits, each judged once, field by field. The editor's
// document is tested against it; the real server is tested against the same rules in Python.
import { applyEdit, fieldsOf, merged, personOf, still } from "../../static/editor/model/edits.js";

export class ReferenceServer {
  /** @param {number} window how many log entries a replay may hold */
  constructor(window = Infinity) {
    this.window = window;
    this.boxes = new Map();
    this.log = [];
    this.known = new Map();
    this.refused = new Map();
  }

  get seq() {
    return this.log.length;
  }

  /** The answer to a greeting: what the client lacks, or everything. */
  greet(lastSeq) {
    if (lastSeq !== null && lastSeq <= this.seq && this.seq - lastSeq <= this.window) {
      return { type: "replay", seq: this.seq, edits: this.log.slice(lastSeq) };
    }
    const boxes = [...this.boxes.values()].filter((box) => !box.deleted);
    return { type: "snapshot", seq: this.seq, canvas: { review_state: "open" }, boxes, classes: [] };
  }

  /** @returns {{answer: object, news: object | null}} */
  submit(message, actor) {
    const accepted = [];
    const dropped = [];
    let known = 0;
    for (const edit of message.edits) {
      if (this.known.has(edit.op_id)) known = Math.max(known, this.known.get(edit.op_id));
      else if (this.refused.has(edit.op_id)) dropped.push({ op_id: edit.op_id, code: this.refused.get(edit.op_id) });
      else this.judge(edit, actor, accepted, dropped);
    }
    const boxes = [...new Set(message.edits.map((edit) => edit.box_id))].flatMap((id) => this.boxes.get(id) ?? []).filter((box) => !box.deleted);
    if (!accepted.length) {
      const answer = known ? { type: "ack", ref: message.ref, seq: known, boxes, dropped } : { type: "refused", ref: message.ref, problem: { code: dropped[0].code, status: 409 }, dropped };
      return { answer, news: null };
    }
    const entry = { type: "edits", seq: this.seq + 1, ref: message.ref, actor, edits: accepted };
    this.log.push(entry);
    for (const edit of accepted) this.known.set(edit.op_id, entry.seq);
    const restored = accepted.filter((edit) => edit.kind === "restore").map((edit) => this.boxes.get(edit.box_id));
    return { answer: { type: "ack", ref: message.ref, seq: entry.seq, boxes, dropped }, news: restored.length ? { ...entry, boxes: restored } : entry };
  }

  judge(edit, actor, accepted, dropped) {
    const box = this.boxes.get(edit.box_id);
    const code = this.codeFor(edit, box);
    if (code) {
      this.refused.set(edit.op_id, code);
      dropped.push({ op_id: edit.op_id, code });
      return;
    }
    const patch = { ...(edit.expect && box ? keptOf(edit, box) : edit.patch) };
    if (patch.attributes) patch.attributes = merged(box?.attributes, patch.attributes);
    const final = { op_id: edit.op_id, kind: edit.kind, box_id: edit.box_id, patch };
    this.boxes.set(edit.box_id, applyEdit(box, final, personOf(actor), this.seq + 1, true));
    accepted.push(final);
  }

  codeFor(edit, box) {
    if (edit.kind === "add") return box ? "exists" : "";
    if (!box) return "unknown";
    if (edit.kind === "restore") return box.deleted ? "" : "exists";
    if (box.deleted) return "gone";
    const kept = edit.kind === "delete" ? edit.patch : keptOf(edit, box);
    if (box.locked && (edit.kind === "delete" || Object.keys(kept).some((key) => !["z", "locked"].includes(key)))) return "locked";
    if (edit.kind === "delete") return still(box, edit.expect ?? {}, Object.keys(edit.expect ?? {})) ? "" : "changed";
    return edit.expect && !Object.keys(kept).length ? "changed" : "";
  }
}

function keptOf(edit, box) {
  const keys = fieldsOf(edit.patch).flatMap(([, own]) => (still(box, edit.expect ?? {}, own) ? own : []));
  return Object.fromEntries(keys.map((key) => [key, edit.patch[key]]));
}

/** A set of boxes as text that is equal when the boxes are. */
export function canon(boxes) {
  const alive = [...boxes.values()].filter((box) => !box.deleted).map((box) => ({ ...box, deleted: undefined }));
  return JSON.stringify(alive.sort((a, b) => (a.id < b.id ? -1 : 1)), (_key, value) =>
    value && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value,
  );
}
