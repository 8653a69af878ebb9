// What of my work did not come through as I meant it, and what of others' work mine has replaced.
import { fieldsOf, still } from "./edits.js";

/**
 * @typedef {import("./edits.js").Edit} Edit
 * @typedef {import("./edits.js").Box} Box
 * @typedef {import("./edits.js").Actor} Actor
 * @typedef {{seq: number, ref: string | null, actor: Actor, at: string, edits: Edit[]}} LogBatch
 * @typedef {{key: string, json: {base_seq: number, edits: Edit[]}}} Sent
 * @typedef {{box_id: string, field: string, by: string, at: string, mine: Edit, theirs: Record<string, any>}} Overwritten
 */

const WORDS = /** @type {Record<string, string>} */ ({
  geometry: "move", class_id: "class", state: "verdict", attributes: "attributes", box: "deletion",
});

/** @param {string} field */
export const wordOf = (field) => WORDS[field] ?? "change";

/** What an edit is called in a sentence that begins with "Your". @param {Edit} edit */
export function nameOf(edit) {
  const names = /** @type {Record<string, string>} */ ({ add: "box", delete: "deletion", restore: "restored box" });
  return names[edit.kind] ?? wordOf(fieldsOf(edit.patch)[0]?.[0]);
}

/** Values of somebody else, newer than what I knew, that an edit of mine replaced. @param {LogBatch[]} batches the log after what I knew, in order @param {Sent[]} sent @param {string} me @returns {Overwritten[]} */
export function overwrittenIn(batches, sent, me) {
  /** @type {Map<string, Overwritten>} */
  const found = new Map();
  for (const letter of sent) {
    const mine = batches.find((batch) => batch.ref === letter.key);
    if (!mine) continue;
    const since = batches.filter((batch) => batch.seq > letter.json.base_seq && batch.seq < mine.seq && batch.actor.user !== me);
    const guarded = new Set(letter.json.edits.filter((edit) => edit.expect).map((edit) => edit.op_id));
    for (const edit of mine.edits.filter((one) => !guarded.has(one.op_id))) {
      for (const batch of since) for (const lost of replacedBy(edit, batch)) found.set(`${lost.box_id} ${lost.field}`, lost);
    }
  }
  return [...found.values()];
}

/** @param {Edit} mine @param {LogBatch} batch @returns {Overwritten[]} */
function replacedBy(mine, { actor, at, edits }) {
  return edits.filter((edit) => edit.box_id === mine.box_id).flatMap((edit) => {
    const base = { box_id: mine.box_id, by: actor.name, at, mine };
    if (mine.kind === "delete") return edit.kind === "delete" ? [] : [{ ...base, field: "box", theirs: {} }];
    const own = new Map(fieldsOf(mine.patch));
    return fieldsOf(edit.patch).flatMap(([field, keys]) => {
      if (!own.has(field) || edit.kind === "add" || keys.every((key) => same(key, edit.patch[key], mine.patch[key]))) return [];
      return [{ ...base, field, theirs: Object.fromEntries(keys.map((key) => [key, edit.patch[key]])) }];
    });
  });
}

/** Whether a value of theirs is in mine: the log has attributes as they were merged. @param {string} key @param {unknown} theirs @param {any} mine */
const same = (key, theirs, mine) =>
  key === "attributes" ? still({ attributes: mine }, { attributes: theirs }, [key]) : JSON.stringify(theirs) === JSON.stringify(mine);
