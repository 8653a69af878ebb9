// What the shapes of a class carry: values by default, what has to be filled in, what fits. The same rules as
// the server's, which has the last word.

/**
 * @typedef {import("./edits.js").Box} Box
 * @typedef {import("./edits.js").Edit} Edit
 * @typedef {{name: string, label?: string, kind: "text" | "number" | "choice" | "checkbox", choices?: string[],
 *   min?: number, max?: number, step?: number, default?: string | number | boolean, required?: boolean}} Attribute
 * @typedef {{attributes?: Attribute[]}} Described a class
 * @typedef {{id: string, name: string, color: string, hotkey?: string, use?: "shapes" | "tags" | "both",
 *   attributes?: Attribute[], skeleton?: {points?: string[], edges?: number[][]}}} LabelClass
 */

/** Whether shapes get this class, and not only whole pictures. @param {Pick<LabelClass, "use">} label */
export const isDrawn = (label) => label.use !== "tags";

/** @param {Attribute} attribute */
export const titleOf = ({ name, label }) => label ?? name;

/** The values that a shape of this class begins with, null for those that stay open. @param {Described | undefined} label @param {Record<string, unknown>} [present] what it has already */
export function begun(label, present = {}) {
  const open = (label?.attributes ?? []).filter(({ name }) => (present[name] ?? null) === null);
  return Object.fromEntries(open.map((attribute) => [attribute.name, attribute.default ?? null]));
}

/**
 * Edits that add a shape or change its class, with the values that the class begins with. What a shape has stays,
 * also where the new class does not know it.
 * @param {Edit[]} edits @param {(id: string) => Box | undefined} find @param {(classId: string | null) => Described | undefined} labelOf
 * @returns {Edit[]}
 */
export function completed(edits, find, labelOf) {
  return edits.map((edit) => {
    const label = labelOf(edit.patch.class_id ?? null);
    if (!label?.attributes?.length || edit.expect || (edit.kind !== "add" && edit.kind !== "update")) return edit;
    const said = edit.kind === "add" ? fitting(edit.patch.attributes ?? {}, label) : edit.patch.attributes;
    const values = begun(label, { ...find(edit.box_id)?.attributes, ...said });
    // A new shape says what stays open, so that undo notices who filled it in.
    const wanted = edit.kind === "add" ? values : Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
    if (!Object.keys(wanted).length) return edit;
    return { ...edit, patch: { ...edit.patch, attributes: { ...said, ...wanted } } };
  });
}

/** Without the values that the class no longer takes: a copy of an old shape is a new one. @param {Record<string, unknown>} values @param {Described} label */
function fitting(values, label) {
  const known = new Map((label.attributes ?? []).map((one) => [one.name, one]));
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => !known.has(name) || !misfit(/** @type {Attribute} */ (known.get(name)), value)));
}

/** What has to be filled in and is not. @param {Box} box @param {Described | undefined} label @returns {Attribute[]} */
export function lacking(box, label) {
  return (label?.attributes ?? []).filter(({ name, required }) => required && ["", null, undefined].includes(/** @type {any} */ (box.attributes?.[name])));
}

/** Why a value can't be stored, or an empty text. @param {Attribute} attribute @param {unknown} value */
export function misfit({ kind, choices = [], min, max }, value) {
  if (value === null) return "";
  if (kind === "checkbox") return typeof value === "boolean" ? "" : "Yes or no.";
  if (kind === "choice") return choices.includes(/** @type {string} */ (value)) ? "" : `One of ${choices.join(", ")}.`;
  if (kind === "text") return typeof value === "string" ? "" : "A text.";
  if (typeof value !== "number" || !Number.isFinite(value)) return "A number.";
  if (min !== undefined && value < min) return `At least ${min}.`;
  return max !== undefined && value > max ? `At most ${max}.` : "";
}
