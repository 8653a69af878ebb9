// What happened to a picture, in words, and what is different now: the reading side of the time machine.
import { GEOMETRY } from "./edits.js";

/**
 * @typedef {import("./edits.js").Box} Box
 * @typedef {import("./edits.js").Actor} Actor
 * @typedef {{seq: number, at: string, actor: Actor, counts: Record<string, number>, step: string | null}} Moment
 * @typedef {{added: Box[], changed: [Box, Box][], deleted: Box[]}} Difference what came, changed (from, to) and went since
 */

const ORDER = ["added", "moved", "relabelled", "accepted", "rejected", "reopened", "described", "changed", "deleted", "restored"];
const STEPS = /** @type {Record<string, string>} */ ({
  open: "Reopened the image", submitted: "Submitted for review", approved: "Approved the image", changes_requested: "Requested changes",
});

/** What was done at a moment: "Moved 2 boxes, deleted 1". @param {Moment} moment */
export function whatOf({ counts, step }) {
  if (step) return STEPS[step] ?? "Reviewed the image";
  const parts = ORDER.filter((kind) => counts[kind]).map((kind, at) => `${kind} ${counts[kind]}${at ? "" : counts[kind] === 1 ? " box" : " boxes"}`);
  const text = parts.join(", ") || "changed nothing";
  return text[0].toUpperCase() + text.slice(1);
}

/** A time of today by the clock, an older one with its day. @param {string} at @param {Date} [now] @param {string} [locale] */
export function clockOf(at, now = new Date(), locale = undefined) {
  const date = new Date(at);
  const time = date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.toLocaleDateString(locale, { day: "numeric", month: "short" })}, ${time}`;
}

/** How long ago, roughly: "3 min ago". @param {string} at @param {number} [now] */
export function agoOf(at, now = Date.now()) {
  const minutes = Math.max(Math.round((now - Date.parse(at)) / 60000), 0);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.round(hours / 24)} days ago`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

const FIELDS = [...GEOMETRY, "class_id", "state", "attributes", "z", "locked"];

/** @param {Box} a @param {Box} b */
const differs = (a, b) => FIELDS.some((key) => JSON.stringify(/** @type {any} */ (a)[key]) !== JSON.stringify(/** @type {any} */ (b)[key]));

/** What came, changed and went between two states of living boxes. @param {Map<string, Box>} then @param {Map<string, Box>} now @returns {Difference} */
export function differenceOf(then, now) {
  /** @type {Difference} */
  const found = { added: [], changed: [], deleted: [] };
  for (const [id, box] of now) if (!then.has(id)) found.added.push(box);
  for (const [id, box] of then) {
    const present = now.get(id);
    if (!present) found.deleted.push(box);
    else if (present.seq !== box.seq && differs(box, present)) found.changed.push([box, present]);
  }
  return found;
}

/** @param {Difference} difference */
export function differenceWords({ added, changed, deleted }) {
  const parts = [["added", added.length], ["changed", changed.length], ["deleted", deleted.length]].filter(([, count]) => count);
  return parts.length ? `Since then: ${parts.map(([word, count]) => `${count} ${word}`).join(", ")}.` : "The boxes are the same now.";
}
