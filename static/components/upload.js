// The upload panel: drop or choose, four requests at a time, a verdict for every file.
import { el, icon, must, perFrame } from "../lib/dom.js";
import { Problem } from "../lib/api.js";
import { listening } from "./modules.js";
import { chosenFiles, droppedFiles } from "./upload_files.js";
import { UploadQueue } from "./upload_queue.js";
import { sendFiles } from "./upload_request.js";
import { VirtualList } from "./virtual_list.js";

const LANES = 4;
const ICONS = { waiting: "clock", sending: "arrow-up", created: "check", duplicate: "copy", refused: "circle-x", failed: "circle-alert" };
const number = new Intl.NumberFormat();

/** @typedef {import("./upload_queue.js").Item} Item */

class Upload {
  /** @param {HTMLElement} panel */
  constructor(panel) {
    this.panel = panel;
    this.url = panel.dataset.url ?? "";
    this.lanes = 0;
    this.filter = "all";
    this.abort = new AbortController();
    this.render = perFrame(() => this.draw());
    this.queue = new UploadQueue(this.render);
    this.list = new VirtualList(must("[data-part=list]", panel), paintLine);
    this.pickers = /** @type {HTMLInputElement[]} */ ([...panel.querySelectorAll("input[type=file]")]);
    this.stops = this.listen();
    // What was chosen while this script was still on its way counts too.
    for (const picker of this.pickers) this.pick(picker);
  }

  listen() {
    const drop = must("[data-part=drop]", this.panel);
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
      listening(drop, "click", (event) => {
        const kind = event.target.closest("[data-picks]")?.dataset.picks;
        if (kind) must(`input[data-kind=${kind}]`, this.panel).click();
      }),
      listening(must("[data-part=retry]", this.panel), "click", () => {
        this.queue.retryFailed();
        this.run();
      }),
      listening(must("[data-part=hide]", this.panel), "click", () => this.unfold(must("[data-part=files]", this.panel).hidden)),
      listening(must("[data-part=filters]", this.panel), "change", (event) => {
        this.filter = event.target.value;
        this.render();
      }),
      listening(window, "beforeunload", (event) => {
        if (this.queue.isBusy) event.preventDefault();
      }),
    ];
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
    this.run();
  }

  run() {
    while (this.lanes < LANES && this.queue.counts.waiting) this.lane();
  }

  async lane() {
    this.lanes += 1;
    for (let batch = this.queue.take(); batch.length; batch = this.queue.take()) await this.send(batch);
    this.lanes -= 1;
    if (!this.queue.isBusy && !this.lanes) {
      // Nothing to read where all went well.
      if (!this.queue.counts.refused && !this.queue.counts.failed) this.unfold(false);
      this.panel.dispatchEvent(new CustomEvent("uploaded", { bubbles: true, detail: { ...this.queue.counts } }));
    }
  }

  /** @param {Item[]} batch */
  async send(batch) {
    try {
      const answer = await sendFiles(this.url, batch, (part) => this.queue.sent(batch, part), this.abort.signal);
      this.queue.settle(batch, answer?.results ?? []);
    } catch (error) {
      const refused = error instanceof Problem && error.status < 500 && error.status !== 429;
      if (refused) this.queue.settle(batch, batch.map(() => ({ status: "refused", problem: { detail: error.message } })));
      else this.queue.fail(batch, error instanceof Error ? error.message : "It did not arrive. Try again.");
    }
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
    const { counts, items, bytes } = this.queue;
    must("[data-part=state]", this.panel).hidden = !items.length;
    const bar = /** @type {HTMLProgressElement} */ (must("progress", this.panel));
    bar.max = Math.max(1, bytes.total);
    bar.value = Math.min(bar.max, bytes.sent);
    must("[data-part=summary]", this.panel).textContent = summary(counts, items.length);
    must("[data-part=retry]", this.panel).hidden = !counts.failed || this.queue.isBusy;
    for (const label of this.panel.querySelectorAll("[data-count]")) {
      const fate = /** @type {HTMLElement} */ (label).dataset.count ?? "";
      label.textContent = number.format(fate === "all" ? items.length : shown(items, fate).length);
    }
    this.list.show(shown(items, this.filter));
  }

  stop() {
    this.abort.abort();
    this.list.stop();
    this.stops.forEach((stop) => stop());
  }
}

/** @param {Item[]} items @param {string} filter */
function shown(items, filter) {
  if (filter === "all") return items;
  if (filter === "refused") return items.filter(({ fate }) => fate === "refused" || fate === "failed");
  return items.filter(({ fate }) => fate === filter);
}

/** @param {UploadQueue["counts"]} counts @param {number} total */
function summary(counts, total) {
  const busy = counts.waiting + counts.sending;
  const parts = [`${number.format(total - busy)} of ${number.format(total)} done`];
  if (counts.created) parts.push(`${number.format(counts.created)} added`);
  if (counts.duplicate) parts.push(`${number.format(counts.duplicate)} already here`);
  if (counts.refused) parts.push(`${number.format(counts.refused)} refused`);
  if (counts.failed) parts.push(`${number.format(counts.failed)} did not arrive`);
  return `${parts.join(", ")}.`;
}

/** @param {Item} item @param {HTMLElement} row */
function paintLine(item, row) {
  row.classList.add(item.fate === "failed" ? "refused" : item.fate);
  const words = item.fate === "sending" ? progressOf(item) : el("span", { class: "verdict truncate", title: item.words }, item.words);
  row.append(icon(ICONS[item.fate]), el("span", { class: "truncate", title: item.name }, item.name), words);
}

/** @param {Item} item */
function progressOf(item) {
  return el("progress", { max: Math.max(1, item.file.size), value: item.sent, "aria-label": `Sending ${item.name}` });
}

/** @param {HTMLElement} panel */
export function start(panel) {
  return new Upload(panel);
}
