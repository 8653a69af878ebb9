// A hint for somebody who is here for the first time; the one of the sweep begins it, too.
import { must } from "../../lib/dom.js";

/** @typedef {import("./actions.js").App} App */

export class Guide {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.box = must("#guide");
    /** Whether this picture's sweep has still to begin. */
    this.waits = true;
    /** @type {(() => void)[]} */
    this.stops = [];
    must("[data-part=close]", this.box).addEventListener("click", () => this.stop());
    if (this.box.dataset.guide === "sweep") this.sweep();
  }

  /** Begin the sweep of each picture that is opened. */
  sweep() {
    const { editor } = this.app;
    const follow = () => this.follow();
    this.stops.push(
      editor.on("opened", () => {
        this.waits = true;
      }),
      editor.on("boxes", follow),
      editor.on("status", follow),
    );
    this.follow();
  }

  /** Begin once the boxes are there, then say what is left. */
  follow() {
    const { editor, sweep } = this.app;
    if (!editor.document.loaded) return;
    if (this.waits) {
      this.waits = false;
      if (!editor.selection.size) sweep.goOn();
    }
    const left = sweep.queue.length;
    const nothing = editor.data.next ? "Nothing is left. Space opens the next picture." : "Nothing is left. Space hands the picture in.";
    must("#guide-words", this.box).textContent = left ? `${left} left in this picture.` : nothing;
  }

  stop() {
    this.stops.forEach((stop) => stop());
    this.box.remove();
    must("#stage").focus({ preventScroll: true });
  }
}
