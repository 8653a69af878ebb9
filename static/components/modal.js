// Opens a dialog for one question, and tells once when that question is over.

/** What is still to be told of the last opening of each dialog. @type {WeakMap<HTMLDialogElement, () => void>} */
const untold = new WeakMap();

/**
 * The browser tells of a closing a moment late: what opens the dialog again before that is told of the end of
 * its own question, and the one before is over at once.
 * @param {HTMLDialogElement} dialog not open
 * @param {() => void} over
 */
export function ask(dialog, over) {
  untold.get(dialog)?.();
  const end = () => {
    dialog.removeEventListener("close", closed);
    untold.delete(dialog);
    over();
  };
  const closed = () => dialog.open || end();
  untold.set(dialog, end);
  dialog.addEventListener("close", closed);
  dialog.showModal();
}
