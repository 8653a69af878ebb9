// Who is handed picture by picture goes on to the next one in the usual ways: by the key, by finishing, by approving.
/** @typedef {import("./actions.js").App} App */

/**
 * The next picture is the one that `next` gives, as long as `isOn` says so.
 * @param {App} app @param {() => Promise<void>} next @param {() => boolean} [isOn]
 * @returns {() => void} to be called when that may have changed
 */
export function handedBy(app, next, isOn = () => true) {
  const { editor, review, sweep, travel } = app;
  const step = Object.getPrototypeOf(travel).step.bind(travel);
  const finish = review.finish.bind(review);
  const submit = async () => {
    const waits = editor.data.steps.submit?.includes(editor.reviewState);
    if (!waits || (await review.send("submit"))) await next();
  };
  travel.step = (way) => (way > 0 && isOn() ? next() : step(way));
  review.finish = (way) => {
    if (way < 0 || !isOn() || !editor.mayEdit) return finish(way);
    if (review.isComplete() && sweep.acceptRest()) void submit();
  };
  /** There is a next picture also behind the last one. */
  const always = () => {
    const { data } = editor;
    if (isOn()) data.next ??= { id: data.image.id, url: location.pathname + location.search };
  };
  editor.on("opened", always);
  always();
  return always;
}
