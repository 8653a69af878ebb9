// A person's own keys over those that everybody starts with.

/**
 * @typedef {{keys: Record<string, string[]>, single_keys: boolean}} Keymap the server keeps one for each person
 * @typedef {{id: string, keys: string[], shown?: string[], when?: string[], title: string}} Keyed
 */

/** Whether an action's keys belong to it: a family of keys that says by itself which way (arrows, the digits of classes) does not change. @param {Keyed} action */
export const isFixed = (action) => action.id === "cancel" || (action.shown !== undefined && action.keys.length > 2) || action.id === "class.pick";

/** Whether a key writes a character: such keys can be switched off, as speech input and tremor set them off by chance. @param {string} combo */
export const isSingle = (combo) => !/^(Ctrl|Alt)\+/.test(combo) && /^(Shift\+)?([^a-z]|Space)$/.test(combo);

/**
 * The actions with the person's keys; of an action that was not changed, or cannot be, the ones that it came with.
 * @template {Keyed} A
 * @param {A[]} actions
 * @param {Keymap} keymap
 * @returns {A[]}
 */
export function withKeys(actions, { keys, single_keys }) {
  const usable = (/** @type {string[]} */ combos) => (single_keys ? combos : combos.filter((combo) => !isSingle(combo)));
  return actions.map((action) => {
    const chosen = isFixed(action) ? undefined : keys[action.id];
    if (!chosen && single_keys) return action;
    const own = usable(chosen ?? action.keys);
    if (isFixed(action)) return { ...action, keys: own, shown: own.length ? action.shown && usable(action.shown) : [] };
    const kept = usable((action.shown ?? []).filter((combo) => !action.keys.includes(combo)));
    return { ...action, keys: own, shown: action.shown?.length === 0 ? [] : [...own, ...kept] };
  });
}
