// What a model does for the person at the canvas. Loaded once the first picture is there: nobody waits for it.
import { Brush } from "../tools/brush.js";
import { Ghosts } from "../tools/ghosts.js";
import { carryOver, propagate } from "./carry.js";
import { RegionLabels } from "./region.js";

/** @typedef {import("./actions.js").App} App */

export class Assist {
  /** @param {App} app */
  constructor(app) {
    const { editor } = app;
    this.ghosts = new Ghosts(editor);
    this.region = new RegionLabels(editor);
    this.carryOver = () => void carryOver(app);
    this.propagate = () => void propagate(app);
    app.pointer.stroke = (state, at) => new Brush(editor, state, at);
  }
}
