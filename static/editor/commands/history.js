// My undo and redo: new edits that take mine back, field by field, only where nobody changed them since.
import { uuid } from "../../lib/ids.js";
import { fieldsOf, inverseOf, still } from "../model/edits.js";

/**
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/edits.js").Edit} Edit
 * @typedef {{of: string, edit: Omit<Edit, "op_id">}} Step what takes back the edit `of`
 * @typedef {{label: string, steps: Step[]}} Entry
 * @typedef {{by: string | null, field: string}} Skip a field that somebody changed since, and their name
 * @typedef {{label: string, edits: Edit[], skipped: Skip[]}} Reversal
 */

const DEPTH = 1000;

export class History {
  constructor() {
    /** @type {Entry[]} */
    this.done = [];
    /** @type {Entry[]} */
    this.undone = [];
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
    const edits = entry.steps.flatMap((step) => possible(step.edit, find(step.edit.box_id), skipped));
    const before = new Map(edits.map((edit) => [edit.box_id, find(edit.box_id)]));
    this.push(to, { label: entry.label, steps: stepsOf(edits, before) });
    return { label: entry.label, edits, skipped };
  }

  /** The server did not take these edits: there is nothing to take back. @param {Set<string>} ops */
  forget(ops) {
    const without = (/** @type {Entry[]} */ stack) =>
      stack
        .map((entry) => ({ ...entry, steps: entry.steps.filter((step) => !ops.has(step.of)) }))
        .filter((entry) => entry.steps.length > 0);
    this.done = without(this.done);
    this.undone = without(this.undone);
  }

  /** The server may have rounded what I wrote: expect what it kept. @param {Edit[]} edits @param {Box[]} boxes the boxes right after those edits */
  confirm(edits, boxes) {
    const kept = new Map(boxes.map((box) => [box.id, box]));
    const mine = new Set(edits.map((edit) => edit.op_id));
    for (const entry of [...this.done, ...this.undone]) {
      for (const { of, edit } of entry.steps) {
        const box = /** @type {Record<string, any> | undefined} */ (kept.get(edit.box_id));
        if (!mine.has(of) || !box || !edit.expect) continue;
        for (const key of Object.keys(edit.expect)) if (key in box) edit.expect[key] = box[key];
      }
    }
  }
}

/** What takes edits back, the last one first. @param {Edit[]} edits @param {Map<string, Box | undefined>} before @returns {Step[]} */
function stepsOf(edits, before) {
  return edits
    .flatMap((edit) => {
      const inverse = inverseOf(edit, before.get(edit.box_id));
      return inverse ? [{ of: edit.op_id, edit: inverse }] : [];
    })
    .reverse();
}

/** The part of a step that still can be done now. @param {Omit<Edit, "op_id">} step @param {Box | undefined} box @param {Skip[]} skipped @returns {Edit[]} */
function possible(step, box, skipped) {
  const by = box?.updated_by?.name ?? null;
  const skip = (/** @type {string} */ field) => void skipped.push({ by, field });
  const op_id = uuid();
  if (step.kind === "restore") return box?.deleted ? [{ ...step, op_id }] : (skip("box"), []);
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
