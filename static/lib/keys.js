// Key combinations as text, the same on every layout: letters as they are printed where the layout has Latin
// ones (Ctrl+Z is the Z of QWERTZ, A the A of AZERTY) and by their place where it has not (Cyrillic, Greek),
// digits by their place, symbols by what they print.

/**
 * @typedef {{key: string, code: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean,
 *   getModifierState?: (name: string) => boolean}} KeyPress
 */

const NAMED = /** @type {Record<string, string>} */ ({ " ": "Space", Del: "Delete", Esc: "Escape" });
const PLACES = /** @type {Record<string, string>} */ ({
  Quote: "'", Backquote: "`", BracketLeft: "[", BracketRight: "]", Semicolon: ";", Backslash: "\\", Slash: "/",
  Comma: ",", Period: ".", Minus: "-", Equal: "=",
});
const SIGNS = /** @type {Record<string, string>} */ ({
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Delete: "Del", Backspace: "⌫",
});
const SIGN = /^[!-/:-@[-`{-~]$/;

/** @param {KeyPress} press */
function place({ key, code, altKey }) {
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(code)?.[1];
  if (digit) return digit;
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter && (altKey || !SIGN.test(key))) return letter;
  const name = NAMED[key] ?? key;
  return name.length > 1 && name !== "Dead" ? name : undefined;
}

/** The symbol that a press stands for; keys of other alphabets give the one that stands there on a US keyboard. @param {KeyPress} press */
function signOf({ key, code, shiftKey }) {
  if (SIGN.test(key)) return key;
  const foreign = key.length === 1 && /\p{L}/u.test(key) && !/\p{Script=Latin}/u.test(key);
  return key === "Dead" || (foreign && !shiftKey) ? PLACES[code] : undefined;
}

/**
 * The combinations that a key press may stand for, most exact first: "Ctrl+Shift+Z", "Shift+1", "?".
 * @param {KeyPress} press
 * @returns {string[]}
 */
export function combosOf(press) {
  const sign = signOf(press);
  // AltGr writes a symbol; Windows also says Ctrl and Alt for it.
  if (sign && press.getModifierState?.("AltGraph")) return [sign];
  const strong = [press.ctrlKey || press.metaKey ? "Ctrl+" : "", press.altKey ? "Alt+" : ""].join("");
  const shift = press.shiftKey ? "Shift+" : "";
  const found = [];
  const where = place(press);
  if (where) found.push(strong + shift + where);
  if (sign) found.push(strong + sign);
  return found;
}

/** The keys of a combination, for <kbd> elements. @param {string} combo @param {boolean} [mac] */
export function keycaps(combo, mac = false) {
  const parts = combo === "+" ? ["+"] : combo.replace(/\+\+$/, "+plus").split("+");
  const mod = /** @type {Record<string, string>} */ (mac ? { Ctrl: "⌘", Alt: "⌥", Shift: "⇧" } : {});
  return parts.map((part) => (part === "plus" ? "+" : mod[part] ?? SIGNS[part] ?? part));
}

/** The combination in the notation of aria-keyshortcuts. @param {string} combo */
export function ariaKeys(combo) {
  return combo.replace("Ctrl", "Control");
}

/**
 * Pairs of records that answer to one key in one context; an empty list means that the keymap is sound.
 * @param {{id: string, keys: string[], when?: string[]}[]} records
 * @param {string[]} contexts
 */
export function collisions(records, contexts) {
  const taken = new Map();
  const found = [];
  for (const record of records) {
    for (const combo of record.keys) {
      for (const context of record.when ?? contexts) {
        const slot = `${context} ${combo}`;
        if (taken.has(slot)) found.push([taken.get(slot), record.id, combo, context]);
        taken.set(slot, record.id);
      }
    }
  }
  return found;
}
