// The picture brighter, with more contrast, in one channel: a filter on its canvas alone, which the browser applies
// once a frame after painting. It is one SVG filter of this page: CSS has no words for gamma and channels, and
// three of its functions one after the other were measured slower than all the steps here.

/** @typedef {import("./settings.js").Values} Values */

const SVG = "http://www.w3.org/2000/svg";
const ID = "picture-tone";
const CHANNELS = /** @type {Record<string, number[]>} */ ({
  red: [1, 0, 0], green: [0, 1, 0], blue: [0, 0, 1],
  // As bright as the eye finds them (BT.709).
  grey: [0.2126, 0.7152, 0.0722],
});

/** @param {string} name @param {Record<string, string | number>} values @param {...Element} children */
function node(name, values, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** The steps of the filter, in order. @param {Values} values */
function steps({ channel, gamma, inverted, brightness, contrast, saturation }) {
  const found = [];
  const share = CHANNELS[channel];
  if (share) {
    const row = `${share.join(" ")} 0 0`;
    found.push(node("feColorMatrix", { type: "matrix", values: `${row} ${row} ${row} 0 0 0 1 0` }));
  }
  const bend = { type: "gamma", exponent: 1 / gamma };
  const lift = { type: "linear", slope: brightness * contrast, intercept: 0.5 - 0.5 * contrast };
  const turn = { type: "table", tableValues: "1 0" };
  if (saturation !== 1) found.push(node("feColorMatrix", { type: "saturate", values: saturation }));
  for (const [wanted, how] of /** @type {const} */ ([[gamma !== 1, bend], [brightness !== 1 || contrast !== 1, lift], [inverted, turn]])) {
    if (wanted) found.push(node("feComponentTransfer", {}, ...["feFuncR", "feFuncG", "feFuncB"].map((name) => node(name, how))));
  }
  return found;
}

/** The value of the CSS property `filter`; keeps the filter that it names in the page. @param {Values} values */
export function filterOf(values) {
  document.getElementById(ID)?.parentElement?.remove();
  const filter = node("filter", { id: ID, "color-interpolation-filters": "sRGB", x: 0, y: 0, width: "100%", height: "100%" }, ...steps(values));
  document.body.append(node("svg", { width: 0, height: 0, class: "tone", "aria-hidden": "true" }, filter));
  return `url(#${ID})`;
}
