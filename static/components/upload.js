// The upload panel: drop or choose, see what becomes of each file, pause, cancel, send again.
import { icon, must, perFrame } from "../lib/dom.js";
import { listening } from "./modules.js";
import { toast } from "./toasts.js";
import { BegunUploads } from "./upload_begun.js";
import { chosenFiles, droppedFiles } from "./upload_files.js";
import { lineOf } from "./upload_line.js";
import { UploadQueue } from "./upload_queue.js";
import { sendFiles } from "./upload_request.js";
import { dropLarge, sendLarge } from "./upload_session.js";
import { UnfinishedList } from "./upload_unfinished.js";
import { Uploader } from "./uploader.js";
import { VirtualList } from "./virtual_list.js";

const number = new Intl.NumberFormat();

/** @typedef {import("./upload_queue.js").Item} Item */
/** @typedef {import("./upload_queue.js").Fate} Fate */

/** @type {Record<string, Fate[]>} what each filter of the list shows */
const SHOWN = {
  created: ["created", "accepted"], duplicate: ["duplicate"], refused: ["refused", "failed", "cancelled"],
};

class Upload {
  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.panel = panel;
    this.filter = "all";
    this.render = perFrame(() => this.draw());
    this.queue = new UploadQueue(this.render);
    const { uploads = "", dataset = "", me = "" } = panel.dataset;
    this.begun = new BegunUploads(uploads, dataset, me);
    this.uploader = new Uploader(this.queue, this.transport(), {
      settled: (verdicts) => {
        if (verdicts.some(({ job }) => job)) this.tell("job:started");
      },
      finished: () => this.finished(),
    });
    this.list = new VirtualList(must("[data-part=list]", panel), lineOf);
    this.unfinished = new UnfinishedList(must("[data-part=unfinished]", panel), this.begun, {
      chosen: (files) => this.take(files),
      taken: (result) => this.taken(result),
    });
    this.pickers = /** @type {HTMLInputElement[]} */ ([...panel.querySelectorAll("input[data-kind]")]);
    this.stops = [...this.listenToDrops(), ...this.listenToButtons()];
    this.unfinished.load();
    // What was chosen while this script was still on its way counts too.
    for (const picker of this.pickers) this.pick(picker);
  }

  /** @returns {import("./uploader.js").Transport} */
  transport() {
    const { url = "", uploads = "", dataset = "" } = this.panel.dataset;
    const way = { uploads, dataset, begun: this.begun };
    return {
      async send(batch, progressed, signal) {
        if (batch[0].isLarge) return [await sendLarge(way, batch[0], progressed, signal)];
        return (await sendFiles(url, batch, progressed, signal))?.results ?? [];
      },
      drop: (item) => dropLarge(way, item),
    };
  }

  listenToDrops() {
    return [
      listening(document, "dragover", (event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        document.body.classList.add("dragging");
      }),
      listening(document, "dragleave", (event) => {
        if (!event.relatedTarget) document.body.classList.remove("dragging");
      }),
      listening(document, "drop", async (event) => {
        event.preventDefault();
        document.body.classList.remove("dragging");
        this.take(await droppedFiles(event.dataTransfer));
      }),
      ...this.pickers.map((picker) => listening(picker, "change", () => this.pick(picker))),
      listening(must("[data-part=drop]", this.panel), "click", (event) => {
        const kind = event.target.closest("[data-picks]")?.dataset.picks;
        if (kind) must(`input[data-kind=${kind}]`, this.panel).click();
      }),
    ];
  }

  listenToButtons() {
    return [
      this.press("retry", () => {
        this.queue.retryFailed();
        this.uploader.run();
      }),
      this.press("pause", () => (this.uploader.isPaused ? this.uploader.resume() : this.uploader.pause())),
      this.press("cancel", () => this.uploader.cancelAll()),
      this.press("hide", () => this.unfold(must("[data-part=files]", this.panel).hidden)),
      listening(must("[data-part=list]", this.panel), "click", (event) => this.pressLine(event.target)),
      listening(must("[data-part=filters]", this.panel), "change", (event) => {
        this.filter = event.target.value;
        this.render();
      }),
      listening(window, "online", () => this.uploader.wake()),
      listening(window, "beforeunload", (event) => {
        if (this.queue.isBusy) event.preventDefault();
      }),
    ];
  }

  /** @param {string} part @param {() => void} act */
  press(part, act) {
    return listening(must(`[data-part=${part}]`, this.panel), "click", act);
  }

  /** @param {HTMLElement} target */
  pressLine(target) {
    const button = /** @type {HTMLElement | null} */ (target.closest("button[data-at]"));
    if (!button) return;
    const item = this.queue.items[Number(button.dataset.at)];
    if (button.dataset.does === "cancel") this.uploader.cancel(item);
    else this.queue.retry(item);
    this.uploader.run();
  }

  /** @param {HTMLInputElement} picker */
  pick(picker) {
    this.take(chosenFiles(picker.files ?? []));
    picker.value = "";
  }

  /** @param {import("./upload_files.js").Chosen[]} files */
  take(files) {
    if (!files.length) return;
    this.unfold(true);
    this.queue.add(files);
    this.uploader.run();
  }

  finished() {
    const { counts } = this.queue;
    // Nothing to read where all went well.
    if (!counts.refused && !counts.failed) this.unfold(false);
    this.render();
    this.panel.dispatchEvent(new CustomEvent("uploaded", { bubbles: true, detail: { ...counts } }));
  }

  /** @param {string} name */
  tell(name) {
    this.panel.dispatchEvent(new CustomEvent(name, { bubbles: true }));
  }

  /**
   * What was left unfinished got its verdict without its file.
   * @param {{status: string, problem?: {detail?: string} | null, job?: object | null}} result
   */
  taken({ status, problem, job }) {
    if (job) this.tell("job:started");
    if (problem?.detail) toast(problem.detail, { kind: "bad" });
    const detail = { created: Number(status === "created"), refused: 0, failed: 0 };
    this.panel.dispatchEvent(new CustomEvent("uploaded", { bubbles: true, detail }));
  }

  /** Show or hide the list of files. @param {boolean} open */
  unfold(open) {
    must("[data-part=files]", this.panel).hidden = !open;
    const button = must("[data-part=hide]", this.panel);
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Hide the list" : "Show the list";
    this.render();
  }

  draw() {
    const { counts, items, bytes, isBusy } = this.queue;
    must("[data-part=state]", this.panel).hidden = !items.length;
    const bar = /** @type {HTMLProgressElement} */ (must("[data-part=state] > progress", this.panel));
    bar.max = Math.max(1, bytes.total);
    bar.value = Math.min(bar.max, bytes.sent);
    must("[data-part=summary]", this.panel).textContent = this.summary();
    must("[data-part=retry]", this.panel).hidden = !counts.failed || isBusy;
    must("[data-part=cancel]", this.panel).hidden = !isBusy;
    this.drawPause(isBusy);
    for (const label of this.panel.querySelectorAll("[data-count]")) {
      const fates = SHOWN[/** @type {HTMLElement} */ (label).dataset.count ?? ""];
      const count = fates ? fates.reduce((sum, fate) => sum + counts[fate], 0) : items.length;
      label.textContent = number.format(count);
    }
    const fates = SHOWN[this.filter];
    this.list.show(fates ? items.filter(({ fate }) => fates.includes(fate)) : items);
  }

  /** @param {boolean} isBusy */
  drawPause(isBusy) {
    const button = must("[data-part=pause]", this.panel);
    const { isPaused } = this.uploader;
    button.hidden = !isBusy;
    if (button.dataset.shows === String(isPaused)) return;
    button.dataset.shows = String(isPaused);
    button.replaceChildren(icon(isPaused ? "play" : "pause"), isPaused ? "Go on" : "Pause");
  }

  summary() {
    const { counts, items } = this.queue;
    const busy = counts.waiting + counts.sending;
    const parts = [`${number.format(items.length - busy)} of ${number.format(items.length)} done`];
    const tell = /** @param {number} count @param {string} words */ (count, words) => count && parts.push(`${number.format(count)} ${words}`);
    tell(counts.created, "added");
    tell(counts.accepted, "unpacked by a job");
    tell(counts.duplicate, "already here");
    tell(counts.refused, "refused");
    tell(counts.failed, "did not arrive");
    tell(counts.cancelled, "cancelled");
    const state = this.uploader.isPaused && busy ? " Paused." : this.uploader.rest !== undefined ? " The server can't be reached; trying again soon." : "";
    return `${parts.join(", ")}.${state}`;
  }

  stop() {
    this.uploader.stop();
    this.list.stop();
    this.unfinished.stop();
    this.stops.forEach((stop) => stop());
  }
}

/** @param {HTMLElement} panel */
export function start(panel) {
  return new Upload(panel);
}
