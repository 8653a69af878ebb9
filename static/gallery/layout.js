// Where the rows of a grid of any length stand. Pure.

export const GAP = 12;
const UNDER = 44;
// Browsers do not place anything further down than some 16 million pixels; a longer list scrolls faster.
export const TALLEST = 12_000_000;
const SPARE = 1;

/**
 * @param {{width: number, smallest: number, total: number, viewport: number}} room
 */
export function layoutOf({ width, smallest, total, viewport }) {
  const columns = Math.max(2, Math.floor((width + GAP) / (smallest + GAP)));
  const cell = (width - GAP * (columns - 1)) / columns;
  const row = Math.round(cell * 0.75) + UNDER + GAP;
  const rows = Math.ceil(total / columns);
  const full = rows * row;
  const height = Math.min(full, TALLEST);
  const ratio = full > height ? (full - viewport) / (height - viewport) : 1;
  return { columns, row, rows, height, ratio, total };
}

/** @typedef {ReturnType<typeof layoutOf>} Layout */

/**
 * The rows that can be seen, and where the first of them stands inside the grid.
 * @param {Layout} layout @param {number} above how far the grid is scrolled @param {number} viewport
 */
export function seen(layout, above, viewport) {
  const from = Math.max(0, Math.min(above, layout.height)) * layout.ratio;
  const first = Math.max(0, Math.floor(from / layout.row) - SPARE);
  const last = Math.min(layout.rows, Math.ceil((from + viewport) / layout.row) + SPARE);
  const shift = Math.max(0, Math.min(above, layout.height)) - from;
  return { first, last, top: (/** @type {number} */ row) => row * layout.row + shift };
}

/**
 * How deep in the list something is that is seen so far below the upper edge of the grid.
 * @param {Layout} layout @param {number} above how far the grid is scrolled @param {number} below
 */
export function depthOf(layout, above, below) {
  const scrolled = Math.max(0, Math.min(above, layout.height));
  return below + scrolled * (layout.ratio - 1);
}

/**
 * The rows and columns of the pictures that a frame touches; the gaps between them belong to none.
 * @param {Layout} layout @param {number} width of the grid @param {{left: number, right: number, top: number, bottom: number}} frame inside the list
 */
export function touched(layout, width, { left, right, top, bottom }) {
  const cell = (width - GAP * (layout.columns - 1)) / layout.columns;
  const step = cell + GAP;
  return {
    first: Math.max(0, Math.floor((top + GAP) / layout.row)),
    last: Math.min(layout.rows - 1, Math.floor(bottom / layout.row)),
    from: Math.max(0, Math.floor((left + GAP) / step)),
    to: Math.min(layout.columns - 1, Math.floor(right / step)),
  };
}

/** How far the grid has to be scrolled for a row to be at the upper edge. @param {Layout} layout @param {number} row */
export function aboveOf(layout, row) {
  return (row * layout.row) / layout.ratio;
}
