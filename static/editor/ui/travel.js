// From image to image without loading the page again: the neighbours are fetched ahead.
import { call } from "../../lib/api.js";
import { onWhole } from "../view/whole.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").PageData} PageData
 */

const AHEAD = 2;
const FRESH_MS = 30000;

/** Where the page at an address is told as JSON, with so many neighbours. @param {string} url @param {number} [around] */
export function stateUrl(url, around = 5) {
  const { pathname, search } = new URL(url, location.href);
  return `${pathname}editor.json${search || "?"}&around=${around}`;
}

export class Travel {
  /** @param {Editor} editor */
  constructor(editor) {
    this.editor = editor;
    /** @type {Map<string, {at: number, data: Promise<PageData>}>} */
    this.fetched = new Map();
    this.turn = 0;
    history.replaceState({ url: location.pathname + location.search }, "");
    addEventListener("popstate", (event) => event.state?.url && this.visit(event.state.url, { remember: false }));
    onWhole(editor, () => this.prefetch());
    editor.on("rights", () => void this.refresh());
  }

  /** What the page of an image shows. @param {string} url @returns {Promise<PageData>} */
  fetch(url) {
    const known = this.fetched.get(url);
    if (known && Date.now() - known.at < FRESH_MS) return known.data;
    const data = call(stateUrl(url));
    this.fetched.set(url, { at: Date.now(), data });
    data.catch(() => this.fetched.delete(url));
    return data;
  }

  /** Bring the next images and the one before into the browser, with their pictures. */
  prefetch() {
    const { neighbours, image } = this.editor.data;
    const here = neighbours.findIndex((one) => one.id === image.id);
    if (here < 0) return;
    const near = [...neighbours.slice(here + 1, here + 1 + AHEAD), ...neighbours.slice(Math.max(here - 1, 0), here)];
    for (const { url } of near) {
      this.fetch(url).then((data) => this.editor.pictures.load(data.image.display_url)).catch(() => undefined);
    }
  }

  /** @param {1 | -1} way */
  async step(way) {
    const to = way > 0 ? this.editor.data.next : this.editor.data.previous;
    if (to) await this.visit(to.url);
    else this.editor.emit("toast", { text: way > 0 ? "This is the last image." : "This is the first image." });
  }

  /** Show the image of that page here; where that fails, load its page. @param {string} url @param {{remember: boolean}} [options] */
  async visit(url, { remember } = { remember: true }) {
    const turn = ++this.turn;
    try {
      const data = await this.fetch(url);
      if (turn !== this.turn) return;
      this.fetched.delete(url);
      if (remember) history.pushState({ url }, "", url);
      this.editor.open(data);
    } catch {
      location.assign(url);
    }
  }

  /** Go to the nearest image that still waits for a review. @param {1 | -1} way */
  async seek(way) {
    await (await import("./seek.js")).seek(this, way);
  }

  /** States of this image and its neighbours may have changed: read them again. */
  async refresh() {
    const { data } = this.editor;
    this.fetched.clear();
    try {
      const now = await call(data.urls.state);
      if (this.editor.data !== data) return;
      Object.assign(data, { position: now.position, previous: now.previous, next: now.next, neighbours: now.neighbours, can: now.can, steps: now.steps });
      data.image.state = now.image.state;
      this.editor.emit("canvas", null);
    } catch {
      // The strip is a little out of date until the next image; nothing else depends on it.
    }
  }
}
