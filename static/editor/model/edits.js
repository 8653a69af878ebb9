// What an edit does to a box, and how it is undone. The same rules as the server's, so that what is
// shown before the answer is what the answer will say.

/**
 * @typedef {import("./geometry.js").Rect} Rect
 * @typedef {"proposed"|"accepted"|"rejected"} State
 * @typedef {{kind: string, id: string|null, name: string, user?: string|null}} Actor who made an edit: a person, their program or a job
 * @typedef {{id: string, name: string}} Person
 * @typedef {{slice: number[]|null, model_name?: string|null, job?: string|null}} Provenance
 * @typedef {Rect & {
 *   id: string, class_id: string|null, shape: string, rotation: number, points: number[][],
 *   attributes: Record<string, unknown>, source: string, score: number|null, model: string|null,
 *   state: State, created_by: Person|null, updated_by: Person|null, seq: number,
 *   provenance: Provenance|null, z?: number, locked?: boolean, deleted?: boolean}} Box
 * @typedef {Record<string, any>} Patch
 * @typedef {{op_id: string, kind: "add"|"update"|"delete"|"restore"|"review", box_id: string, patch: Patch, expect?: Patch}} Edit
 */

/** The keys that travel and merge as one field. */
export const GEOMETRY = ["x", "y", "w", "h", "rotation", "points"];

/** The fields of a patch, each with its keys: geometry counts once. @param {Patch} patch @returns {[string, string[]][]} */
export function fieldsOf(patch) {
  const shape = GEOMETRY.filter((key) => key in patch);
  const rest = Object.keys(patch).filter((key) => !GEOMETRY.includes(key));
  /** @type {[string, string[]][]} */
  const fields = rest.map((key) => [key, [key]]);
  return shape.length ? [["geometry", shape], ...fields] : fields;
}

/** Whether an edit may be made to a locked box too: it says nothing about what is in the picture. @param {Edit} edit */
export const isLoose = ({ kind, patch }) => kind === "update" && Object.keys(patch).every((key) => key === "z" || key === "locked");

/** @param {unknown} a @param {unknown} b */
const equal = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

/** Whether a value is as expected: of attributes each one that is named, null where it is to be absent. @param {string} key @param {any} value @param {any} expected */
const isAs = (key, value, expected) =>
  key === "attributes" ? Object.keys(expected).every((name) => equal(value?.[name] ?? null, expected[name])) : equal(value, expected);

/** Whether a box still has the values expected of those keys. @param {Patch} box @param {Patch} expect @param {string[]} keys */
export const still = (box, expect, keys) => keys.every((key) => !(key in expect) || isAs(key, box[key], expect[key]));

/** Attributes with others on top: null takes one away. @param {Record<string, unknown>} [present] @param {Record<string, unknown>} [wished] */
export const merged = (present, wished) =>
  Object.fromEntries(Object.entries({ ...present, ...wished }).filter(([, value]) => value !== null));

/** The named attributes as a box has them, null for those it has not. @param {Record<string, unknown>} attributes @param {Record<string, unknown>} names */
export const namedIn = (attributes, names) => Object.fromEntries(Object.keys(names).map((name) => [name, attributes?.[name] ?? null]));

/** The part of a patch whose fields nobody changed since; all of it where nothing is expected. @param {Box} box @param {Edit} edit */
export function applicable(box, edit) {
  const expect = edit.expect;
  if (!expect) return edit.patch;
  const keys = fieldsOf(edit.patch).flatMap(([, own]) => (still(box, expect, own) ? own : []));
  return Object.fromEntries(keys.map((key) => [key, edit.patch[key]]));
}

/** The person whom an actor's boxes are credited to; null for a machine. @param {Actor} actor @returns {Person | null} */
export function personOf(actor) {
  const id = actor.kind === "user" ? actor.user ?? actor.id : actor.user;
  return id ? { id, name: actor.name } : null;
}

/**
 * The box after an edit; a box that does not take the edit comes back as it was.
 * @param {Box | undefined} box
 * @param {Edit} edit
 * @param {Person | null} person
 * @param {number} [seq]
 * @param {boolean} [final] whether the server has merged the attributes already
 * @returns {Box | undefined}
 */
export function applyEdit(box, edit, person, seq, final = false) {
  if (edit.kind === "add") return box ?? fresh(edit, person, seq ?? 0);
  if (!box) return box;
  const mark = { updated_by: person, seq: seq ?? box.seq };
  if (edit.kind === "restore") return box.deleted ? { ...box, ...mark, deleted: false } : box;
  if (box.deleted) return box;
  if (edit.kind === "delete") return { ...box, ...mark, deleted: true };
  const patch = applicable(box, edit);
  if (!Object.keys(patch).length) return box;
  const attributes = !final && patch.attributes ? { attributes: merged(box.attributes, patch.attributes) } : {};
  return { ...box, ...patch, ...attributes, ...mark };
}

/** @param {Edit} edit @param {Person | null} person @param {number} seq @returns {Box} */
function fresh(edit, person, seq) {
  const defaults = {
    class_id: null, shape: "box", x: 0, y: 0, w: 1, h: 1, rotation: 0, points: [],
    source: "human", score: null, model: null, provenance: null, state: /** @type {State} */ ("accepted"), z: 0, locked: false,
  };
  const attributes = merged({}, edit.patch.attributes);
  return { ...defaults, ...edit.patch, attributes, id: edit.box_id, created_by: person, updated_by: person, seq };
}

/**
 * The edit that takes this one back, expecting the values that this one wrote; null when there is nothing to take back.
 * @param {Edit} edit
 * @param {Box | undefined} before
 * @returns {Omit<Edit, "op_id"> | null}
 */
export function inverseOf(edit, before) {
  const box_id = edit.box_id;
  if (edit.kind === "add") return { kind: "delete", box_id, patch: {}, expect: edit.patch };
  if (edit.kind === "restore") return { kind: "delete", box_id, patch: {} };
  if (!before) return null;
  if (edit.kind === "delete") return { kind: "restore", box_id, patch: {} };
  const was = Object.fromEntries(Object.keys(edit.patch).map((key) => [key, /** @type {Patch} */ (before)[key]]));
  if (edit.patch.attributes) was.attributes = namedIn(before.attributes, edit.patch.attributes);
  return { kind: edit.kind, box_id, patch: was, expect: { ...edit.patch } };
}
