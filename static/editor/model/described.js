// What the fields of a selection show: what its classes have in common, and what nobody described.

/**
 * @typedef {import("./edits.js").Box} Box
 * @typedef {import("./attributes.js").Attribute} Attribute
 * @typedef {import("./attributes.js").Described} Described
 */

/** The attributes that all those classes describe in the same way. @param {(Described | undefined)[]} labels @returns {Attribute[]} */
export function shared(labels) {
  const [first, ...others] = labels.map((label) => label?.attributes ?? []);
  const said = others.map((all) => new Set(all.map((one) => JSON.stringify(one))));
  return (first ?? []).filter((one) => said.every((all) => all.has(JSON.stringify(one))));
}

/** Attributes of a box that its class does not describe: imported ones, or those of an earlier class. @param {Box} box @param {Described | undefined} label */
export function foreign(box, label) {
  const known = new Set((label?.attributes ?? []).map(({ name }) => name));
  return Object.entries(box.attributes ?? {}).filter(([name]) => !known.has(name));
}
