// My undo and redo: new edits that take mine back, field by field, only where nobody changed them since.
import { uuid } from "../../lib/ids.js";
import { applyEdit, fieldsOf, inverseOf, namedIn, still } from "../model/edits.js";

/**
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/edits.js").Edit} Edit
 * @typedef {{of: string, edit: Omit<Edit, "op_id">, was?: Box}} Step what takes back the edit `of`; `was` is the deleted box
 * @typedef {{label: string, steps: Step[]}} Entry
 * @typedef {{by: string | null, field: string}} Skip a field that somebody changed since, and their name
 * @typedef {{label: string, edits: Edit[], skipped: Skip[]}} Reversal
 */

const DEPTH = 1000;
/** Boxes that were deleted more at once are read from the server again. */
const BURIED = 500;

export class History {
  constructor() {
    /** @type {Entry[]} */
    this.done = [];
    /** @type {Entry[]} */
    this.undone = [];
    /** @type {Promise<void> | null} set while what an earlier visit did is being read */
    this.loading = null;
    /** Called after every change. */
    this.changed = () => {};
    /** @type {Set<Entry>} entries that changed in place */
    this.stale = new Set();
    /** @type {(() => void)[]} what the server said before the earlier entries were here */
    this.early = [];
  }

  /** Put what an earlier visit did below what this one did. @param {{done: Entry[], undone: Entry[]}} earlier */
  adopt({ done, undone }) {
    if (!this.done.length && !this.undone.length) this.undone = undone;
    this.done = [...done, ...this.done].slice(-DEPTH);
    for (const say of this.early.splice(0)) say();
  }

  /** The deleted boxes that undo or redo can bring back. @returns {Box[]} */
  buried() {
    return [...this.done, ...this.undone].flatMap((entry) => entry.steps.flatMap((step) => step.was ?? []));
  }

  /** Remember edits that I made just now. @param {string} label @param {Edit[]} edits @param {Map<string, Box | undefined>} before */
  record(label, edits, before) {
    this.undone = [];
    this.push(this.done, { label, steps: stepsOf(edits, before) });
  }

  /** @param {Entry[]} stack @param {Entry} entry */
  push(stack, entry) {
    if (entry.steps.length === 0) return;
    stack.push(entry);
    if (stack.length > DEPTH) stack.shift();
    this.changed();
  }

  /** @param {(id: string) => Box | undefined} find @returns {Reversal | null} */
  undo(find) {
    return this.reverse(this.done, this.undone, find);
  }

  /** @param {(id: string) => Box | undefined} find @returns {Reversal | null} */
  redo(find) {
    return this.reverse(this.undone, this.done, find);
  }

  /** @param {Entry[]} from @param {Entry[]} to @param {(id: string) => Box | undefined} find @returns {Reversal | null} */
  reverse(from, to, find) {
    const entry = from.pop();
    if (!entry) return null;
    /** @type {Skip[]} */
    const skipped = [];
    // Each step is judged after those before it: a box is brought back, then changed.
    /** @type {Map<string, Box | undefined>} */
    const after = new Map();
    const edits = entry.steps.flatMap(({ edit: { box_id }, edit }) => {
      const box = after.has(box_id) ? after.get(box_id) : find(box_id);
      const made = possible(edit, box, skipped);
      for (const one of made) after.set(box_id, applyEdit(box, one, null));
      return made;
    });
    const before = new Map(edits.map((edit) => [edit.box_id, find(edit.box_id)]));
    this.push(to, { label: entry.label, steps: stepsOf(edits, before) });
    this.changed();
    return { label: entry.label, edits, skipped };
  }

  /** The server did not take these edits: there is nothing to take back. @param {Set<string>} ops */
  forget(ops) {
    if (this.loading) this.early.push(() => this.forget(ops));
    const left = (/** @type {Entry} */ entry) => {
      const steps = entry.steps.filter((step) => !ops.has(step.of));
      return steps.length === entry.steps.length ? entry : { ...entry, steps };
    };
    const without = (/** @type {Entry[]} */ stack) => stack.map(left).filter((entry) => entry.steps.length > 0);
    this.done = without(this.done);
    this.undone = without(this.undone);
    this.changed();
  }

  /** The server may have rounded what I wrote: expect what it kept. @param {Edit[]} edits @param {Box[]} boxes the boxes right after those edits */
  confirm(edits, boxes) {
    if (this.loading) this.early.push(() => this.confirm(edits, boxes));
    const kept = new Map(boxes.map((box) => [box.id, box]));
    const mine = new Set(edits.map((edit) => edit.op_id));
    for (const entry of [...this.done, ...this.undone]) {
      for (const { of, edit } of entry.steps) {
        const box = /** @type {Record<string, any> | undefined} */ (kept.get(edit.box_id));
        if (!mine.has(of) || !box || !edit.expect) continue;
        for (const key of Object.keys(edit.expect)) {
          if (key === "attributes") edit.expect[key] = namedIn(box[key], edit.expect[key]);
          else if (key in box) edit.expect[key] = box[key];
        }
        this.stale.add(entry);
      }
    }
    if (this.stale.size) this.changed();
  }
}

/** What takes edits back, the last one first. @param {Edit[]} edits @param {Map<string, Box | undefined>} before @returns {Step[]} */
function stepsOf(edits, before) {
  return edits
    .flatMap((edit) => {
      const was = before.get(edit.box_id);
      const inverse = inverseOf(edit, was);
      if (!inverse) return [];
      const isKept = inverse.kind === "restore" && edits.length <= BURIED;
      return [{ of: edit.op_id, edit: inverse, ...(isKept ? { was } : {}) }];
    })
    .reverse();
}

/** The part of a step that still can be done now. @param {Omit<Edit, "op_id">} step @param {Box | undefined} box @param {Skip[]} skipped @returns {Edit[]} */
function possible(step, box, skipped) {
  const by = box?.updated_by?.name ?? null;
  const skip = (/** @type {string} */ field) => void skipped.push({ by, field });
  const op_id = uuid();
  // A box that is not known here at all was deleted before this page was opened.
  if (step.kind === "restore") return !box || box.deleted ? [{ ...step, op_id }] : (skip("box"), []);
  if (!box || box.deleted) return skip("box"), [];
  if (step.kind === "delete") {
    const untouched = still(box, step.expect ?? {}, Object.keys(step.expect ?? {}));
    return untouched ? [{ ...step, op_id }] : (skip("box"), []);
  }
  const expect = step.expect ?? {};
  const fields = fieldsOf(step.patch);
  for (const [field, keys] of fields) if (!still(box, expect, keys)) skip(field);
  const keys = fields.flatMap(([, own]) => (still(box, expect, own) ? own : []));
  if (keys.length === 0) return [];
  const only = (/** @type {Record<string, any>} */ all) => Object.fromEntries(keys.map((key) => [key, all[key]]));
  return [{ kind: step.kind, box_id: step.box_id, patch: only(step.patch), expect: only(expect), op_id }];
}
