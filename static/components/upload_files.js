// Files out of a drop or a picker, folders walked to their leaves; hidden files are left behind.

// One for all: making a collator for each of ten thousand names would freeze the page.
const order = new Intl.Collator(undefined, { numeric: true });

/** @typedef {{file: File, name: string}} Chosen */

/** @param {FileList | File[]} files @returns {Chosen[]} */
export function chosenFiles(files) {
  return [...files]
    .map((file) => ({ file, name: file.webkitRelativePath || file.name }))
    .filter(({ name }) => isVisible(name));
}

/** @param {DataTransfer} transfer @returns {Promise<Chosen[]>} */
export async function droppedFiles(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return chosenFiles(transfer.files);
  /** @type {Chosen[]} */
  const found = [];
  const open = /** @type {FileSystemEntry[]} */ (entries);
  while (open.length) {
    const entry = /** @type {FileSystemEntry} */ (open.pop());
    if (!isVisible(entry.name)) continue;
    if (entry.isFile) found.push(await fileOf(/** @type {FileSystemFileEntry} */ (entry)));
    else open.push(...(await entriesOf(/** @type {FileSystemDirectoryEntry} */ (entry))));
  }
  return found.sort((a, b) => order.compare(a.name, b.name));
}

/** @param {string} path */
const isVisible = (path) => !path.split("/").some((part) => part.startsWith("."));

/** @param {FileSystemFileEntry} entry @returns {Promise<Chosen>} */
function fileOf(entry) {
  return new Promise((resolve, reject) => {
    entry.file((file) => resolve({ file, name: entry.fullPath.replace(/^\//, "") }), reject);
  });
}

/** A reader hands out at most a hundred entries at a time. @param {FileSystemDirectoryEntry} folder */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return all;
    all.push(...some);
  }
}
