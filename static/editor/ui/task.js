// What makes a picture a task: who works on it, why it is worth a look, and which one is next.
import { call } from "../../lib/api.js";
import { el, must } from "../../lib/dom.js";
import { handedBy } from "./handed.js";

/** @typedef {import("./actions.js").App} App */

/** So many pictures are remembered as passed by: nobody is handed them again at once. */
const MOST_PASSED = 100;

/** @type {Task | null} */
let task = null;

/** Once, for all pictures that this page opens. @param {App} app */
export async function start(app) {
  task ??= new Task(app);
  const session = new URLSearchParams(location.search).get("session");
  if (session) (await import("./session_bar.js")).start(app, session);
}

class Task {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.line = el("p", { id: "task", class: "task-line", role: "note", hidden: true });
    must("#main").append(this.line);
    const asked = new URLSearchParams(location.search);
    this.purpose = asked.get("queue");
    this.order = asked.get("order") ?? "";
    /** @type {string[]} */
    this.passed = [];
    /** @type {Promise<void> | null} */
    this.going = null;
    if (this.purpose) handedBy(app, () => this.next());
    app.editor.on("opened", () => this.draw());
    app.editor.on("hold", (hold) => {
      app.editor.data.hold = hold;
      this.draw();
    });
    this.draw();
  }

  draw() {
    const { hold, me, reasons } = this.app.editor.data;
    const words = [];
    if (hold && hold.user.id !== me.id) {
      const until = new Date(hold.until).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      words.push(`${hold.user.name} works on this until ${until}${hold.is_hard ? "; others can't edit it" : ""}.`);
    }
    words.push(...reasons.map((one) => one.detail));
    this.line.textContent = words.join(" ");
    this.line.hidden = !words.length;
  }

  /** One at a time: approving goes on by itself, and so does whoever presses the key meanwhile. */
  next() {
    this.going ??= this.take().finally(() => {
      this.going = null;
    });
    return this.going;
  }

  async take() {
    const { editor, review, travel } = this.app;
    const { data } = editor;
    this.passed = [...this.passed.filter((id) => id !== data.image.id), data.image.id].slice(-MOST_PASSED);
    const json = { purpose: this.purpose, skip: this.passed, ...(this.order && { order: this.order }) };
    try {
      await review.saved();
      const answer = await call(data.urls.take, { method: "POST", json });
      if (!answer.task) return editor.emit("toast", { text: "Nothing is left in this queue.", kind: "good" });
      await travel.visit(`/images/${answer.task.image.id}/${this.query()}`);
    } catch (error) {
      editor.emit("toast", { text: error instanceof Error ? error.message : String(error), kind: "bad" });
    }
  }

  query() {
    return `?${new URLSearchParams({ queue: this.purpose ?? "", ...(this.order && { order: this.order }) })}`;
  }
}
