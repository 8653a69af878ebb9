// Key combinations as text: letters and digits by their place on the keyboard, symbols by
// what they print, so that the same keys work on every layout.

/** @typedef {{key: string, code: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean}} KeyPress */

const NAMED = /** @type {Record<string, string>} */ ({ " ": "Space", Del: "Delete", Esc: "Escape" });
const DEAD = /** @type {Record<string, string>} */ ({ Quote: "'", Backquote: "`", BracketLeft: "[", BracketRight: "]" });
const SIGNS = /** @type {Record<string, string>} */ ({
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Delete: "Del", Backspace: "⌫",
});

/** @param {KeyPress} press */
function place(press) {
  const letter = /^Key([A-Z])$/.exec(press.code)?.[1];
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(press.code)?.[1];
  if (letter || digit) return letter ?? digit;
  const name = NAMED[press.key] ?? press.key;
  return name.length > 1 && name !== "Dead" ? name : undefined;
}

/**
 * The combinations that a key press may stand for, most exact first: "Ctrl+Shift+Z", "Shift+1", "?".
 * @param {KeyPress} press
 * @returns {string[]}
 */
export function combosOf(press) {
  const strong = [press.ctrlKey || press.metaKey ? "Ctrl+" : "", press.altKey ? "Alt+" : ""].join("");
  const shift = press.shiftKey ? "Shift+" : "";
  const found = [];
  const where = place(press);
  if (where) found.push(strong + shift + where);
  const sign = press.key === "Dead" ? DEAD[press.code] : press.key;
  if (sign && sign.length === 1 && !/[\p{L}\p{N}\s]/u.test(sign)) found.push(strong + sign);
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
