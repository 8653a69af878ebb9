// Which boxes a person wants to see now: by class, source, state, words, and by hand. Says nothing about the
// threshold and about rejected boxes, which are settings (see order.js).

/**
 * @typedef {import("./edits.js").Box} Box
 * @typedef {{classes: Set<string | null>, sources: Set<string>, states: Set<string>, mine: boolean, locked: boolean,
 *   words: string}} Choice an empty set asks for nothing in particular
 * @typedef {{me: string, nameOf: (classId: string | null) => string, hidden: Set<string>, kept: Set<string>}} Around
 *   `hidden` by hand; `kept` was made while the filter was on, so that nobody's new box vanishes
 */

/** @returns {Choice} */
export const anything = () => ({ classes: new Set(), sources: new Set(), states: new Set(), mine: false, locked: false, words: "" });

/** How many things a filter asks for. @param {Choice} choice */
export function asked({ classes, sources, states, mine, locked, words }) {
  return classes.size + sources.size + states.size + Number(mine) + Number(locked) + Number(words.trim() !== "");
}

/** @param {Box} box @param {string} words in lower case @param {(classId: string | null) => string} nameOf */
function says(box, words, nameOf) {
  if (nameOf(box.class_id).toLowerCase().includes(words)) return true;
  return Object.entries(box.attributes ?? {}).some(([name, value]) => `${name} ${value}`.toLowerCase().includes(words));
}

/**
 * The question that the scene puts to every box; null where all are shown, so that most people pay nothing.
 * @param {Choice} choice @param {Around} around
 * @returns {((box: Box) => boolean) | null}
 */
export function narrowing(choice, { me, nameOf, hidden, kept }) {
  const { classes, sources, states, mine, locked } = choice;
  const words = choice.words.trim().toLowerCase();
  if (!asked(choice)) return hidden.size ? (box) => !hidden.has(box.id) : null;
  /** @type {((box: Box) => boolean)[]} */
  const tests = [];
  if (classes.size) tests.push((box) => classes.has(box.class_id));
  if (sources.size) tests.push((box) => sources.has(box.source));
  if (states.size) tests.push((box) => states.has(box.state));
  if (mine) tests.push((box) => box.created_by?.id === me || box.updated_by?.id === me);
  if (locked) tests.push((box) => "locked" in box && box.locked === true);
  if (words) tests.push((box) => says(box, words, nameOf));
  return (box) => !hidden.has(box.id) && (kept.has(box.id) || tests.every((test) => test(box)));
}

/**
 * How many boxes there are without the filter, and how many it leaves.
 * @param {Iterable<Box>} boxes @param {(box: Box) => boolean} passes the threshold and the rest
 * @param {((box: Box) => boolean) | null} narrow
 */
export function counted(boxes, passes, narrow) {
  let [shown, total] = [0, 0];
  for (const box of boxes) {
    if (!passes(box)) continue;
    total++;
    if (!narrow || narrow(box)) shown++;
  }
  return { shown, total };
}
