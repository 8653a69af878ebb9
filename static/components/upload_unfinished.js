// The uploads that an earlier page or another device left unfinished: how far each is; go on with it, or give it up.
import { Problem, call } from "../lib/api.js";
import { el, icon, must } from "../lib/dom.js";
import { listening } from "./modules.js";
import { toast } from "./toasts.js";

const MOST_SHOWN = 50;
const MB = 1_000_000;
const amount = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** @typedef {import("./upload_begun.js").Begun} Begun */
/** @typedef {import("./upload_files.js").Chosen} Chosen */
/**
 * @typedef {object} Told
 * @property {(files: Chosen[]) => void} chosen the file of an upload was chosen again
 * @property {(result: {status: string, problem?: {detail?: string} | null, job?: object | null}) => void} taken
 */

export class UnfinishedList {
  /** @param {HTMLElement} section @param {import("./upload_begun.js").BegunUploads} begun @param {Told} told */
  constructor(section, begun, told) {
    this.section = section;
    this.begun = begun;
    this.told = told;
    this.picker = /** @type {HTMLInputElement} */ (must("input", section));
    /** @type {Begun | null} whose file is being chosen */
    this.wanted = null;
    begun.changed = () => this.draw();
    this.stops = [
      listening(section, "click", (event) => this.press(event.target)),
      listening(this.picker, "change", () => this.pick()),
    ];
  }

  async load() {
    try {
      await this.begun.ready();
    } catch {
      return;
    }
    this.draw();
    // A store is asked what it has; the row knows that only of uploads by tus.
    const inStore = this.begun.left.filter((upload) => upload.part_size).slice(0, MOST_SHOWN);
    for (const upload of inStore) {
      const now = await call(`${this.begun.url}/${upload.id}`).catch(() => null);
      if (now) upload.offset = now.upload.offset;
    }
    if (inStore.length) this.draw();
  }

  draw() {
    const left = this.begun.left;
    this.section.hidden = !left.length;
    must("[data-part=left]", this.section).textContent = left.length > MOST_SHOWN ? `The first ${MOST_SHOWN} of ${left.length}.` : "";
    must("ul", this.section).replaceChildren(...left.slice(0, MOST_SHOWN).map(lineOf));
  }

  /** @param {HTMLElement} target */
  press(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest("button[data-does]"));
    const upload = button && this.begun.known.get(button.dataset.id ?? "");
    if (!upload) return;
    if (button.dataset.does === "choose") {
      this.wanted = upload;
      this.picker.click();
    } else if (button.dataset.does === "finish") this.finish(upload);
    else this.giveUp(upload);
  }

  async pick() {
    const [file] = this.picker.files ?? [];
    const wanted = this.wanted;
    this.picker.value = "";
    if (!file || !wanted) return;
    const chosen = { file, name: file.name };
    const found = await this.begun.match(chosen).catch(() => undefined);
    if (found?.id !== wanted.id) return toast(`This is another file. Choose ${wanted.filename} with ${inMB(wanted.size)} MB, as it was then.`, { kind: "bad" });
    this.begun.take(found.id);
    this.told.chosen([chosen]);
  }

  /** Everything is there, only nobody asked for the verdict. @param {Begun} upload */
  async finish(upload) {
    const answer = await this.done(upload, `${this.begun.url}/${upload.id}/complete`, "POST");
    if (answer) this.told.taken({ ...answer.results[0], job: answer.job });
  }

  /** @param {Begun} upload */
  async giveUp(upload) {
    await this.done(upload, `${this.begun.url}/${upload.id}`, "DELETE");
  }

  /** @param {Begun} upload @param {string} url @param {string} method */
  async done(upload, url, method) {
    let answer = null;
    try {
      answer = await call(url, { method, json: {} });
    } catch (error) {
      // What is gone already is what was wanted.
      if (!(error instanceof Problem) || (error.status !== 404 && error.status !== 410)) {
        toast(error instanceof Error ? error.message : "It did not work. Try again.", { kind: "bad" });
        return null;
      }
    }
    this.begun.forget(upload.id);
    return answer;
  }

  stop() {
    this.stops.forEach((stop) => stop());
  }
}

/** @param {Begun} upload */
function lineOf(upload) {
  const { filename, size, offset } = upload;
  return el(
    "li",
    {},
    el("span", { class: "truncate", title: filename }, filename),
    el("progress", { max: size, value: offset, "aria-label": `Arrived of ${filename}` }),
    el("span", { class: "meta" }, `${inMB(offset)} of ${inMB(size)} MB`),
    wayOn(upload),
    button(upload, "cancel", { class: "quiet square", label: `Cancel ${filename}` }, icon("x")),
  );
}

/** @param {Begun} upload */
function wayOn(upload) {
  if (upload.offset >= upload.size) return button(upload, "finish", { label: `Take in ${upload.filename}` }, "Take it in");
  if (upload.fingerprint) return button(upload, "choose", { label: `Choose ${upload.filename} again` }, "Choose the file");
  return el("span", { class: "meta" }, "Begun by another program.");
}

/** @param {Begun} upload @param {string} does @param {{label: string, class?: string}} look @param {Node | string} content */
function button(upload, does, look, content) {
  const props = { class: `button small ${look.class ?? ""}`, type: "button", "data-does": does, "data-id": upload.id, "aria-label": look.label, title: look.label };
  return el("button", props, content);
}

/** @param {number} bytes */
const inMB = (bytes) => amount.format(bytes / MB);
