// Parts that most visits do without: fetched and built once, when they are first asked for.

/** @typedef {import("../actions.js").App} App */

/** @type {Map<string, Promise<any>>} */
const made = new Map();

/** @template T @param {string} name @param {() => Promise<T>} make @returns {Promise<T>} */
function once(name, make) {
  const known = made.get(name);
  if (known) return known;
  const part = make();
  made.set(name, part);
  // A part that could not be fetched, offline say, is fetched again the next time.
  part.catch(() => made.delete(name));
  return part;
}

export const Lazy = {
  /** @param {App} app */
  timeline: (app) => once("timeline", async () => new (await import("../timeline.js")).Timeline(app)),
  /** @param {App} app */
  follow: (app) => once("follow", async () => new (await import("../follow.js")).Follow(app)),
  /** @param {App} app */
  conflicts: (app) => once("conflicts", async () => new (await import("../conflicts.js")).Conflicts(app)),
  /** @param {App} app */
  details: (app) => once("details", async () => new (await import("../details.js")).Details(app)),
  /** @param {App} app */
  people: (app) => once("people", async () => new (await import("../people.js")).People(app)),
  /** @param {App} app */
  tags: (app) => once("tags", async () => new (await import("../tags.js")).Tags(app)),
  /** @param {App} app */
  attributes: (app) => once("attributes", async () => new (await import("../attributes.js")).Attributes(app)),
  /** @param {App} app */
  assist: (app) => once("assist", async () => new (await import("../assist.js")).Assist(app)),
};
