// A line chart as inline SVG: axes with round numbers, a legend, colours and dashes from the style sheet.
import { el } from "../lib/dom.js";

/** @typedef {{label: string, points: [number, number][]}} Line */
/** @typedef {{lines: Line[], end: number, across: string, title: string}} Chart */

const SPACE = "http://www.w3.org/2000/svg";
const WIDTH = 640;
const HEIGHT = 260;
const EDGE = { left: 44, right: 12, top: 10, bottom: 34 };
const number = new Intl.NumberFormat();

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
function svg(name, attributes, ...children) {
  const node = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  node.append(...children);
  return node;
}

/**
 * Round numbers from 0 to at least `most`, about `count` of them.
 * @param {number} most
 * @param {number} [count]
 */
export function ticks(most, count = 5) {
  const rough = Math.max(most, 1e-9) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10);
  const last = Math.ceil(most / step - 1e-9);
  return Array.from({ length: last + 1 }, (_, at) => Number((at * step).toPrecision(12)));
}

/** The chart with its legend. @param {Chart} chart @returns {HTMLElement} */
export function drawn(chart) {
  const most = Math.max(...chart.lines.flatMap((line) => line.points.map(([, value]) => value)));
  const [rows, columns] = [ticks(most), ticks(chart.end).filter((value) => value <= chart.end)];
  const x = (/** @type {number} */ value) => EDGE.left + (value / chart.end) * (WIDTH - EDGE.left - EDGE.right);
  const y = (/** @type {number} */ value) => HEIGHT - EDGE.bottom - (value / rows[rows.length - 1]) * (HEIGHT - EDGE.top - EDGE.bottom);
  const grid = rows.flatMap((value) => [
    svg("line", { class: "grid", x1: EDGE.left, x2: WIDTH - EDGE.right, y1: y(value), y2: y(value) }),
    svg("text", { class: "tick", x: EDGE.left - 6, y: y(value) + 4, "text-anchor": "end" }, number.format(value)),
  ]);
  const below = columns.map((value) =>
    svg("text", { class: "tick", x: x(value), y: HEIGHT - EDGE.bottom + 16, "text-anchor": "middle" }, number.format(value)));
  const lines = chart.lines.map((line, at) =>
    svg("polyline", { class: `line line-${at}`, points: line.points.map(([step, value]) => `${x(step).toFixed(1)},${y(value).toFixed(1)}`).join(" ") }));
  const name = svg("text", { class: "tick", x: (EDGE.left + WIDTH - EDGE.right) / 2, y: HEIGHT - 3, "text-anchor": "middle" }, chart.across);
  // The total lies on top of its parts.
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": chart.title }, ...grid, ...below, name, ...lines.reverse());
  return el("div", {}, picture, legend(chart.lines));
}

/** @param {Line[]} lines */
function legend(lines) {
  const items = lines.map((line, at) => {
    const sample = svg("svg", { viewBox: "0 0 28 8", "aria-hidden": "true" }, svg("polyline", { class: `line line-${at}`, points: "0,4 28,4" }));
    return el("li", {}, sample, line.label);
  });
  return el("ul", { class: "legend", role: "list" }, ...items);
}
