// What can wait until a person can work: for each image once, when its picture and its boxes are there.

/** Whoever opens an image may leave it at once; and what is drawn goes first. */
const REST_MS = 200;

/** @param {import("./editor.js").Editor} editor @param {() => void} run */
export function onWhole(editor, run) {
  let waits = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const look = () => {
    if (!waits || !editor.scene.bitmap || !editor.session.greeted) return;
    waits = false;
    timer = setTimeout(run, REST_MS);
  };
  editor.on("opened", () => {
    waits = true;
    clearTimeout(timer);
  });
  editor.on("view", look);
  editor.on("status", look);
}
