// The tiles of a large picture: which are wanted for the view, fetching them, drawing them over the picture.
// Loaded only for pictures that have tiles. The small rendition of the whole picture lies underneath.
import { call } from "../../lib/api.js";

/**
 * @typedef {{width: number, height: number, columns: number, rows: number}} Level
 * @typedef {{url: string, size: number, levels: Level[], ready: boolean}} TileInfo level 0 is the smallest
 * @typedef {import("./viewport.js").Viewport} Viewport
 * @typedef {{level: number, column: number, row: number}} Spot
 * @typedef {{spot: Spot, bitmap: ImageBitmap | null, abort: AbortController | null, failed: number}} Tile
 */

/** So many requests run at once: what a browser allows to one server over HTTP/1.1. */
const AT_ONCE = 6;
/** So many decoded tiles are kept (a megabyte each); what is on screen is never let go. */
export const KEPT = 400;
/** A level is kept while the view is at most this share of an octave outside of it. */
const HYSTERESIS = 0.35;
/** A tile that could not be loaded is asked for again after so long. */
const AGAIN_MS = 8000;
const FIRST_LOOK_MS = 1500;
const LAST_LOOK_MS = 15000;

/**
 * The coarsest level that has a pixel for every pixel of the screen; the present one where it nearly does,
 * so that tiny zooms back and forth fetch nothing.
 * @param {number} levels @param {number} scale screen pixels per picture pixel @param {number | null} present
 */
export function levelFor(levels, scale, present) {
  const exact = levels - 1 + Math.log2(scale);
  if (present !== null && exact <= present + HYSTERESIS && exact > present - 1 - HYSTERESIS) return present;
  return Math.min(Math.max(Math.ceil(exact), 0), levels - 1);
}

/**
 * The tiles of a level that a part of the picture is seen through, the ones nearest to its middle first.
 * @param {TileInfo} info @param {number} level @param {import("../model/geometry.js").Rect} seen picture pixels @returns {Spot[]}
 */
export function spotsIn(info, level, seen) {
  const { columns, rows } = info.levels[level];
  const side = info.size * 2 ** (info.levels.length - 1 - level);
  const left = Math.max(Math.floor(seen.x / side), 0);
  const top = Math.max(Math.floor(seen.y / side), 0);
  const right = Math.min(Math.floor((seen.x + seen.w) / side), columns - 1);
  const bottom = Math.min(Math.floor((seen.y + seen.h) / side), rows - 1);
  /** @type {Spot[]} */
  const spots = [];
  for (let row = top; row <= bottom; row++) for (let column = left; column <= right; column++) spots.push({ level, column, row });
  const [x, y] = [(seen.x + seen.w / 2) / side - 0.5, (seen.y + seen.h / 2) / side - 0.5];
  const far = (/** @type {Spot} */ spot) => Math.hypot(spot.column - x, spot.row - y);
  return spots.sort((a, b) => far(a) - far(b));
}

/** @param {Spot} spot */
const nameOf = ({ level, column, row }) => `${level}/${column}_${row}`;

export class Tiles {
  /**
   * @param {TileInfo} info @param {() => void} arrived called when there is more to draw
   * @param {(url: string, signal: AbortSignal) => Promise<ImageBitmap>} [load]
   */
  constructor(info, arrived, load = fetchTile) {
    this.info = info;
    this.arrived = arrived;
    this.load = load;
    /** @type {Map<string, Tile>} least recently used first */
    this.tiles = new Map();
    /** @type {Spot[]} what the view lacks, the most urgent first */
    this.wanted = [];
    /** @type {number | null} */
    this.level = null;
    this.running = 0;
    this.closed = false;
    if (!info.ready) this.look(FIRST_LOOK_MS);
  }

  /** Ask again whether the tiles are there; they are cut after the upload. @param {number} pause */
  look(pause) {
    this.timer = setTimeout(async () => {
      const answer = await call(this.info.url).catch(() => null);
      if (this.closed) return;
      if (answer?.tiles?.ready) {
        this.info.ready = true;
        this.arrived();
      } else this.look(Math.min(pause * 1.5, LAST_LOOK_MS));
    }, pause);
  }

  /**
   * Draw what there is for the view over the whole picture, and fetch what there is not.
   * @param {CanvasRenderingContext2D} ctx @param {Viewport} viewport @param {number} ratio device pixels per screen pixel
   * @param {number} under how wide the picture underneath is: coarser levels add nothing to it
   */
  draw(ctx, viewport, ratio, under) {
    if (!this.info.ready) return;
    const scale = viewport.scale * ratio;
    this.level = levelFor(this.info.levels.length, scale, this.level);
    const least = this.info.levels.findIndex((level) => level.width > under);
    const spots = least >= 0 && this.level >= least ? spotsIn(this.info, this.level, viewport.visible) : [];
    this.want(spots);
    for (const spot of spots) this.paint(ctx, spot, least, { ...viewport.place, scale });
  }

  /** Replace what is wanted: requests for anything else end. @param {Spot[]} spots */
  want(spots) {
    const names = new Set(spots.map(nameOf));
    for (const [name, tile] of this.tiles) {
      if (tile.bitmap || names.has(name)) continue;
      if (!tile.abort && tile.failed) continue;
      tile.abort?.abort();
      this.tiles.delete(name);
    }
    this.wanted = spots.filter((spot) => {
      const tile = this.tiles.get(nameOf(spot));
      return !tile || (!tile.bitmap && !tile.abort && tile.failed < Date.now() - AGAIN_MS);
    });
    this.shown = names;
    this.fetchNext();
  }

  fetchNext() {
    while (this.running < AT_ONCE && this.wanted.length && !this.closed) {
      const spot = /** @type {Spot} */ (this.wanted.shift());
      void this.fetch(spot);
    }
  }

  /** @param {Spot} spot */
  async fetch(spot) {
    const name = nameOf(spot);
    const abort = new AbortController();
    /** @type {Tile} */
    const tile = { spot, bitmap: null, abort, failed: 0 };
    this.tiles.set(name, tile);
    this.running++;
    try {
      const bitmap = await this.load(`${this.info.url}/${name}`, abort.signal);
      if (this.tiles.get(name) === tile && !this.closed) {
        tile.bitmap = bitmap;
        this.trim();
        this.arrived();
      } else bitmap.close();
    } catch {
      tile.failed = Date.now();
    }
    tile.abort = null;
    this.running--;
    this.fetchNext();
  }

  /** Let go of the tiles not used for longest, never of those on screen. */
  trim() {
    let spare = this.tiles.size - KEPT;
    for (const [name, tile] of this.tiles) {
      if (spare <= 0) return;
      if (tile.abort || this.shown?.has(name)) continue;
      tile.bitmap?.close();
      this.tiles.delete(name);
      spare--;
    }
  }

  /** The finest loaded tile that covers the spot: its own, or the nearest ancestor's. @param {Spot} spot @param {number} least @returns {Tile | null} */
  nearest(spot, least) {
    for (let up = 0; spot.level - up >= least; up++) {
      const name = nameOf({ level: spot.level - up, column: spot.column >> up, row: spot.row >> up });
      const tile = this.tiles.get(name);
      if (!tile?.bitmap) continue;
      this.tiles.delete(name);
      this.tiles.set(name, tile);
      return tile;
    }
    return null;
  }

  /**
   * @param {CanvasRenderingContext2D} ctx @param {Spot} spot @param {number} least
   * @param {{x: number, y: number, scale: number}} place in device pixels
   */
  paint(ctx, spot, least, { x, y, scale }) {
    const tile = this.nearest(spot, least);
    if (!tile?.bitmap) return;
    const { levels, size } = this.info;
    const own = 2 ** (levels.length - 1 - spot.level);
    const theirs = 2 ** (levels.length - 1 - tile.spot.level);
    const picture = levels[levels.length - 1];
    // The spot's part of the picture, and that part in the tile that is drawn for it.
    const [left, top] = [spot.column * size * own, spot.row * size * own];
    const [right, bottom] = [Math.min(left + size * own, picture.width), Math.min(top + size * own, picture.height)];
    const [fromX, fromY] = [left / theirs - tile.spot.column * size, top / theirs - tile.spot.row * size];
    const [w, h] = [Math.min((right - left) / theirs, tile.bitmap.width - fromX), Math.min((bottom - top) / theirs, tile.bitmap.height - fromY)];
    // Whole device pixels: neighbours meet without a seam.
    const [toX, toY] = [Math.round((left - x) * scale), Math.round((top - y) * scale)];
    const [endX, endY] = [Math.round((right - x) * scale), Math.round((bottom - y) * scale)];
    ctx.imageSmoothingEnabled = scale * theirs < 3;
    ctx.drawImage(tile.bitmap, fromX, fromY, w, h, toX, toY, endX - toX, endY - toY);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    for (const tile of this.tiles.values()) {
      tile.abort?.abort();
      tile.bitmap?.close();
    }
    this.tiles.clear();
    this.wanted = [];
  }
}

/** @param {string} url @param {AbortSignal} signal */
async function fetchTile(url, signal) {
  const response = await fetch(url, { credentials: "same-origin", signal });
  if (!response.ok) throw new Error(`The tile ${url} could not be loaded.`);
  return createImageBitmap(await response.blob());
}
