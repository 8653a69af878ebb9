// Decoded pictures: loaded once, kept within a budget, the neighbours fetched ahead.

/** @typedef {{url: string, ready: Promise<ImageBitmap>, bitmap: ImageBitmap | null}} Loading */

/** Pauses before a picture that did not come is asked for again; none after the last try. */
const AGAIN_MS = [500, 1500, 4000, 0];
const BUDGET = 96 * 1024 * 1024;

export class Pictures {
  constructor() {
    /** @type {Map<string, Loading>} least recently used first */
    this.loaded = new Map();
    this.shown = "";
  }

  /** The decoded picture; a second call for it costs nothing. @param {string} url @returns {Promise<ImageBitmap>} */
  load(url) {
    const known = this.loaded.get(url);
    if (known) {
      this.loaded.delete(url);
      this.loaded.set(url, known);
      return known.ready;
    }
    /** @type {Loading} */
    const loading = { url, bitmap: null, ready: decode(url) };
    this.loaded.set(url, loading);
    loading.ready.then(
      (bitmap) => {
        loading.bitmap = bitmap;
        this.trim(url);
      },
      () => this.loaded.delete(url),
    );
    return loading.ready;
  }

  /** Let go of the pictures not used for longest, never of the one just loaded. @param {string} newest */
  trim(newest) {
    let bytes = 0;
    for (const one of this.loaded.values()) bytes += one.bitmap ? one.bitmap.width * one.bitmap.height * 4 : 0;
    for (const [url, one] of this.loaded) {
      if (bytes <= BUDGET) return;
      if (!one.bitmap || url === newest || url === this.shown) continue;
      bytes -= one.bitmap.width * one.bitmap.height * 4;
      one.bitmap.close();
      this.loaded.delete(url);
    }
  }

  /** The picture on screen is never let go. @param {string} url */
  show(url) {
    this.shown = url;
    return this.load(url);
  }
}

/** Load and decode; a server that is busy or away for a moment is asked again. @param {string} url */
async function decode(url) {
  for (const wait of AGAIN_MS) {
    const response = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    if (response?.ok) return createImageBitmap(await response.blob());
    if (!wait || (response && response.status < 500 && response.status !== 429)) break;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  throw new Error("The picture could not be loaded. Reload the page.");
}
