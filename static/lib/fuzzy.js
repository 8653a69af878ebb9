// How well a name fits what was typed: by its beginning, by the beginning of a word, anywhere, or as letters in order.

/**
 * The lower, the better; Infinity where not all letters are there in order. Capitals and accents don't count.
 * @param {string} name @param {string} typed
 */
export function misfit(name, typed) {
  const wanted = plain(typed);
  const label = plain(name);
  if (!wanted || label.startsWith(wanted)) return 0;
  if (label.includes(` ${wanted}`)) return 1;
  if (label.includes(wanted)) return 2;
  let gaps = 0;
  let at = -1;
  for (const letter of wanted.replaceAll(" ", "")) {
    const next = label.indexOf(letter, at + 1);
    if (next < 0) return Infinity;
    // A letter that begins a word was meant more likely than one inside.
    if (at >= 0 && next > at + 1) gaps += label[next - 1] === " " ? 1 : next - at;
    at = next;
  }
  // Letters strewn over a long name are no match that anybody meant.
  return gaps > wanted.length * 4 ? Infinity : 3 + gaps / 100;
}

/** @param {string} text */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
