// Threads on a picture, without a page: which are shown, where each is, whom a text addresses.

/**
 * @typedef {import("./geometry.js").Rect} Rect
 * @typedef {{id: string | null, name: string}} Person who is nobody here has no id
 * @typedef {{kind: "picture" | "point" | "region" | "box", point?: [number, number], region?: [number, number, number, number], box_id?: string, is_gone?: boolean}} Anchor
 * @typedef {{id: string, author: Person | null, text: string, mentions: Person[], created_at: string, edited_at: string | null,
 *   imported: {by: Person | null, at: string} | null}} Comment
 * @typedef {{id: string, image: string, number: number, anchor: Anchor, state: "open" | "resolved", seq: number, revision: number,
 *   created_by: Person | null, created_at: string, updated_at: string, resolved_by: Person | null, comments: Comment[]}} Thread
 * @typedef {"open" | "resolved" | "mine" | "all"} Filter
 */

/** @type {Record<Filter, string>} */
export const FILTERS = { open: "Open", mine: "With me", resolved: "Resolved", all: "All" };

/** @param {Thread} thread @param {Filter} filter @param {string} me my id */
export function fits(thread, filter, me) {
  if (filter === "mine") return people(thread).some((person) => person?.id === me);
  return filter === "all" || thread.state === filter;
}

/** @param {Thread} thread */
const people = ({ created_by, comments }) => [created_by, ...comments.flatMap(({ author, mentions }) => [author, ...mentions])];

/** Take what was heard, unless something newer is known. @param {Map<string, Thread>} threads @param {Thread & {is_deleted?: boolean}} heard @returns {boolean} whether anything changed */
export function merge(threads, heard) {
  if (heard.is_deleted) return threads.delete(heard.id);
  const known = threads.get(heard.id);
  if (known && known.revision >= heard.revision) return false;
  threads.set(heard.id, heard);
  return true;
}

/** Let threads on boxes go where these are now; where a box has gone they stay. @param {Iterable<Thread>} threads @param {Map<string, Rect>} boxes */
export function follow(threads, boxes) {
  for (const { anchor } of threads) {
    if (anchor.kind !== "box" || !anchor.box_id) continue;
    const box = boxes.get(anchor.box_id);
    anchor.is_gone = !box;
    if (box) anchor.region = [box.x, box.y, box.w, box.h];
  }
}

/** Where it is, in picture pixels; nowhere of the whole picture. @param {Anchor} anchor @returns {Rect | null} */
export function placeOf({ point, region }) {
  if (point) return { x: point[0], y: point[1], w: 0, h: 0 };
  return region ? { x: region[0], y: region[1], w: region[2], h: region[3] } : null;
}

/** @param {Anchor} anchor @param {(id: string) => string} nameOf the class of a box */
export function wordsOf(anchor, nameOf) {
  if (anchor.kind === "box") return anchor.is_gone ? "a box that was deleted" : nameOf(anchor.box_id ?? "");
  return { picture: "the whole picture", point: "a point", region: "a region" }[anchor.kind];
}

/** The word after an @ that the caret stands in. @param {string} text @param {number} caret @returns {{from: number, word: string} | null} */
export function mentionAt(text, caret) {
  const found = /(?:^|[\s(])@([\p{L}\p{N}._-]*(?: [\p{L}\p{N}._-]*)?)$/u.exec(text.slice(0, caret));
  return found ? { from: caret - found[1].length - 1, word: found[1] } : null;
}

/** Those of the people whom the text still addresses. @param {string} text @param {Iterable<Person>} chosen @returns {Person[]} */
export function addressed(text, chosen) {
  const found = new Map();
  for (const person of chosen) if (text.includes(`@${person.name}`)) found.set(person.id, person);
  return [...found.values()];
}

/** The text in parts, so that who is addressed can be shown as such. @param {string} text @param {Person[]} mentions @returns {{text: string, person: Person | null}[]} */
export function partsOf(text, mentions) {
  const longestFirst = [...mentions].sort((a, b) => b.name.length - a.name.length);
  /** @type {{text: string, person: Person | null}[]} */
  const parts = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const person = text[at] === "@" ? longestFirst.find(({ name }) => text.startsWith(name, at + 1)) : undefined;
    if (!person) {
      plain += text[at++];
      continue;
    }
    if (plain) parts.push({ text: plain, person: null });
    plain = "";
    parts.push({ text: `@${person.name}`, person });
    at += person.name.length + 1;
  }
  return plain ? [...parts, { text: plain, person: null }] : parts;
}
