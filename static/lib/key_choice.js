// Choosing a key: what a browser keeps for itself, who has the key already, and what a choice leaves behind.
import { isFixed, withKeys } from "./keymap.js";

/** @typedef {import("./keymap.js").Keymap} Keymap @typedef {import("./keymap.js").Keyed} Keyed */

const MOST = 4;
const BROWSER = new Set([
  "Ctrl+W", "Ctrl+Shift+W", "Ctrl+T", "Ctrl+Shift+T", "Ctrl+N", "Ctrl+Shift+N", "Ctrl+Shift+P", "Ctrl+Q", "Ctrl+Shift+Q",
  "Ctrl+Tab", "Ctrl+Shift+Tab", "Ctrl+PageUp", "Ctrl+PageDown", "Ctrl+L", "Ctrl+R", "Ctrl+Shift+R", "Ctrl+F4", "Alt+F4",
  "F5", "F11", "F12", "Ctrl+Shift+I", "Ctrl+Shift+J", "Ctrl+M", "Ctrl+H", "Alt+D", "Alt+ArrowLeft", "Alt+ArrowRight",
  "Alt+Home", "Ctrl+F5", "Alt+Space", "Alt+Tab", "Ctrl+Alt+Delete", "Shift+Escape",
  ...[..."123456789"].map((digit) => `Ctrl+${digit}`),
]);
/** What moves the focus, or takes back and chooses everywhere: an action of that name keeps it. */
const EVERYWHERE = /** @type {Record<string, string>} */ ({
  Escape: "Esc always cancels.", Enter: "Enter sets corners and presses buttons.",
  Tab: "Tab goes on to the next.", "Shift+Tab": "Shift Tab goes back.",
});

/** Why a key cannot be chosen; null where it can. @param {string} combo @returns {string | null} */
export function reasonAgainst(combo) {
  if (BROWSER.has(combo)) return "The browser keeps this key for itself.";
  if (EVERYWHERE[combo]) return EVERYWHERE[combo];
  if (/^(Ctrl\+|Alt\+|Shift\+)*(Ctrl|Control|Alt|Shift|Meta|AltGraph|CapsLock|Dead|Process|Unidentified|Fn|OS)$/.test(combo)) return "Press another key with it.";
  return null;
}

/** @param {Keyed} action @param {string[]} contexts */
const places = (action, contexts) => action.when ?? contexts;

/**
 * The actions that answer to a key in a context of `action`.
 * @template {Keyed} A
 * @param {A[]} actions as the person has them
 * @param {Keyed} action @param {string} combo @param {string[]} contexts
 * @returns {A[]}
 */
export function holders(actions, action, combo, contexts) {
  const mine = new Set(places(action, contexts));
  return actions.filter((other) => other.id !== action.id && other.keys.includes(combo) && places(other, contexts).some((place) => mine.has(place)));
}

/**
 * The keymap in which an action has that key in the place of `old` (or besides the others, without one).
 * Whoever held it gets `old` if they swap, and otherwise has one key fewer.
 * @param {{defaults: Keyed[], keymap: Keymap, contexts: string[]}} now `defaults` are the actions with the keys they came with
 * @param {{action: Keyed, old: string | null, combo: string}} choice
 * @returns {Keymap}
 */
export function choose({ defaults, keymap, contexts }, { action, old, combo }) {
  const actions = withKeys(defaults, { ...keymap, single_keys: true });
  const keys = { ...keymap.keys };
  const now = actions.find((one) => one.id === action.id)?.keys ?? [];
  const next = old === null ? [...now, combo] : now.map((one) => (one === old ? combo : one));
  keys[action.id] = [...new Set(next)].slice(-MOST);
  for (const other of holders(actions, action, combo, contexts)) {
    if (isFixed(other)) continue;
    const left = other.keys.flatMap((one) => (one !== combo ? [one] : old && !other.keys.includes(old) ? [old] : []));
    keys[other.id] = left;
  }
  return tidy({ ...keymap, keys }, defaults);
}

/** Without what is as it came. @param {Keymap} keymap @param {Keyed[]} defaults @returns {Keymap} */
export function tidy(keymap, defaults) {
  const came = new Map(defaults.map((action) => [action.id, action.keys.join(" ")]));
  const keys = Object.fromEntries(Object.entries(keymap.keys).filter(([id, combos]) => came.get(id) !== combos.join(" ")));
  return { ...keymap, keys };
}

/**
 * One action, or all, as they came. Another action that has one of its keys meanwhile loses it, and goes back to
 * its own where that leaves it without any.
 * @param {{defaults: Keyed[], keymap: Keymap, contexts: string[]}} now @param {Keyed} [action] @returns {Keymap}
 */
export function reset({ defaults, keymap, contexts }, action) {
  if (!action) return { ...keymap, keys: {} };
  const came = defaults.find((one) => one.id === action.id);
  const keys = { ...keymap.keys };
  delete keys[action.id];
  if (!came) return { ...keymap, keys };
  const actions = withKeys(defaults, { keys, single_keys: true });
  for (const combo of came.keys) {
    for (const other of holders(actions, came, combo, contexts)) {
      const left = other.keys.filter((one) => one !== combo);
      if (left.length || !isFree({ defaults, keys, contexts }, other.id)) keys[other.id] = left;
      else delete keys[other.id];
    }
  }
  return tidy({ ...keymap, keys }, defaults);
}

/** Whether nobody has the keys that an action came with. @param {{defaults: Keyed[], keys: Keymap["keys"], contexts: string[]}} now @param {string} id */
function isFree({ defaults, keys, contexts }, id) {
  const came = defaults.find((one) => one.id === id);
  const { [id]: own, ...others } = keys;
  const actions = withKeys(defaults, { keys: others, single_keys: true });
  return came !== undefined && own !== undefined && came.keys.every((combo) => !holders(actions, came, combo, contexts).length);
}
