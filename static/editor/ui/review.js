// Finishing an image: submit, approve, send back. What has to be saved first is saved first.
import { call } from "../../lib/api.js";
import { uuid } from "../../lib/ids.js";
import { lacking, titleOf } from "../model/attributes.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {"submit" | "approve" | "reject" | "reopen"} Step
 */

const DONE = { submit: "Submitted for review.", approve: "Approved.", reject: "Sent back with your comment.", reopen: "Reopened." };

export class Review {
  /** @param {Editor} editor @param {import("../tools/sweep.js").Sweep} sweep @param {import("./travel.js").Travel} travel */
  constructor(editor, sweep, travel) {
    this.editor = editor;
    this.sweep = sweep;
    this.travel = travel;
  }

  /** Accept the proposals above the threshold, submit, go on. @param {1 | -1} way */
  finish(way) {
    const { editor } = this;
    if (!editor.mayEdit) return void this.travel.step(way);
    if (!this.isComplete()) return;
    if (!this.sweep.acceptRest()) return;
    const { data } = editor;
    const to = way > 0 ? data.next : data.previous;
    const submits = data.steps.submit?.includes(editor.reviewState);
    if (!to) return void (submits ? this.send("submit") : this.travel.step(way));
    if (submits) {
      // The courier delivers it after the edits, also when the network is away just now.
      editor.outbox.put({ key: uuid(), image: data.image.id, url: data.urls.review, json: { action: "submit", comment: "" } });
      this.mark(data.image.id, "submitted");
    }
    this.sweep.carriesOn();
    void this.travel.visit(to.url);
  }

  async approve() {
    if (await this.send("approve")) await this.travel.step(1);
  }

  /** Take a step of the review here, after everything is saved. @param {Step} action @param {string} [comment] @returns {Promise<boolean>} */
  async send(action, comment = "") {
    const { editor } = this;
    editor.draft?.flush();
    if (action === "submit" && !this.isComplete()) return false;
    const { data } = editor;
    if (!comment && action !== "reject" && data.comments.includes(action)) return (await import("./words.js")).ask(action);
    let canvas;
    try {
      await this.saved();
      ({ canvas } = await call(data.urls.review, { method: "POST", json: { action, comment } }));
    } catch (error) {
      editor.emit("toast", { text: error instanceof Error ? error.message : String(error), kind: "bad" });
      return false;
    }
    if (editor.data === data) {
      editor.reviewState = canvas.review_state;
      this.mark(data.image.id, canvas.state);
      editor.emit("canvas", null);
    }
    editor.emit("toast", { text: DONE[action], kind: "good" });
    return true;
  }

  /** Whether all is filled in that has to be; if not, shows the first shape that lacks something. */
  isComplete() {
    const { editor } = this;
    const counted = [...editor.document.view.values()].filter((box) => box.state === "accepted" || (box.state === "proposed" && editor.scene.shows(box)));
    const open = counted.filter((box) => lacking(box, editor.classes.get(box.class_id ?? "")).length);
    if (!open.length) return true;
    const [box] = open;
    const names = lacking(box, editor.classes.get(box.class_id ?? "")).map(titleOf).join(", ");
    editor.select([box.id]);
    if (box.shape !== "tag") editor.reveal(box);
    const more = open.length > 1 ? ` ${open.length - 1} more like it.` : "";
    editor.emit("toast", { text: `${editor.look(box.class_id).name} needs: ${names}. Press J to fill it in.${more}`, kind: "bad" });
    return false;
  }

  /** When the server has answered everything. @returns {Promise<void>} */
  saved() {
    const { session } = this.editor;
    if (session.status === "saved") return Promise.resolve();
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => end(new Error("Your changes are not saved yet. Try again when you are online.")), 8000);
      const stop = this.editor.on("status", () => session.status === "saved" && end());
      /** @param {Error} [error] */
      const end = (error) => {
        clearTimeout(patience);
        stop();
        if (error) reject(error);
        else resolve();
      };
    });
  }

  /** Show the new state in the strip at once. @param {string} id @param {string} state */
  mark(id, state) {
    for (const one of this.editor.data.neighbours) if (one.id === id) one.state = state;
  }
}
