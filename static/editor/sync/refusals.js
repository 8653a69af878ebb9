// Why the server did not take an edit, in words that say what to do next.

/** @type {Record<string, string>} */
const REASONS = {
  gone: "the box was deleted meanwhile",
  exists: "the box is there already",
  unknown: "the box or its class no longer exists",
  bad: "the box does not fit on the picture",
  locked: "the image is approved, or the box is locked; reopen or unlock it first",
  denied: "your role may not do this",
  quota: "the picture holds as many boxes as it may; delete some first",
  changed: "somebody changed it since",
};

/** Why one edit was refused; undefined for a code that says nothing by itself. @param {string} code @param {string | null} by */
export function reasonOf(code, by) {
  if (by && code === "gone") return `${by} deleted the box meanwhile`;
  if (by && code === "changed") return `${by} changed it since`;
  return REASONS[code];
}

/**
 * @param {{code: string, detail?: string}[]} drops
 * @param {string | null} detail the server's own words for all of them
 * @param {string | null} by who changed the first box last
 */
export function explain(drops, detail, by) {
  const count = drops.length;
  const what = count === 1 ? "A change was taken back" : `${count} changes were taken back`;
  const code = drops[0]?.code ?? "bad";
  if ((code === "gone" || code === "changed") && by) return `${what}: ${reasonOf(code, by)}.`;
  if (detail) return `${what}: ${detail}`;
  return `${what}: ${REASONS[code] ?? "the server refused it"}.`;
}
