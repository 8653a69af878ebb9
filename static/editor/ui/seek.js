// To the nearest image that still waits for a review, through as many pages of neighbours as it takes.
/** @typedef {import("./travel.js").Travel} Travel */

const DONE = ["submitted", "approved"];
/** How many pages of neighbours it reads. */
const SEARCHED = 40;

/** @param {Travel} travel @param {1 | -1} way */
export async function seek(travel, way) {
  let data = travel.editor.data;
  for (let page = 0; page < SEARCHED; page++) {
    const here = data.neighbours.findIndex((one) => one.id === data.image.id);
    const ahead = way > 0 ? data.neighbours.slice(here + 1) : data.neighbours.slice(0, Math.max(here, 0)).reverse();
    const open = ahead.find((one) => !DONE.includes(one.state));
    if (open) return travel.visit(open.url);
    const last = ahead.at(-1);
    if (!last) break;
    data = await travel.fetch(last.url);
  }
  travel.editor.emit("toast", { text: way > 0 ? "No open image further on." : "No open image before this one." });
}
