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

/**
 * @param {{code: string, detail?: string}[]} drops
 * @param {string | null} detail the server's own words for all of them
 * @param {string | null} by who changed the first box last
 */
export function explain(drops, detail, by) {
  const count = drops.length;
  const what = count === 1 ? "A change was taken back" : `${count} changes were taken back`;
  const code = drops[0]?.code ?? "bad";
  if ((code === "gone" || code === "changed") && by) {
    return `${what}: ${by} ${code === "gone" ? "deleted the box meanwhile" : "changed it since"}.`;
  }
  if (detail) return `${what}: ${detail}`;
  return `${what}: ${REASONS[code] ?? "the server refused it"}.`;
}
