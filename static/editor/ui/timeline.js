// The time machine of a picture: a slider and a list over everything that happened, the picture as it was at
// each moment, and bringing it back by edits of one's own. Loaded when it is first opened.
import { call } from "../../lib/api.js";
import { el, must, perFrame } from "../../lib/dom.js";
import { clockOf, counted, differenceOf, differenceWords, whatOf } from "../model/moments.js";
import { peerColor } from "../sync/peers.js";
import { Past } from "./past.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/moments.js").Moment} Moment
 * @typedef {{moment: Moment | null, boxes: Map<string, Box>}} State
 */

/** The list shows so many moments at once. */
const BLOCK = 100;
const REMEMBERED = 40;
const HOVER_MS = 90;
const NEWS_MS = 250;

export class Timeline {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.editor = app.editor;
    this.stage = must("#stage");
    this.box = must("#timeline");
    this.mark = must("#past-mark");
    this.slider = /** @type {HTMLInputElement} */ (must("#timeline-slider"));
    this.list = must("#timeline-moments");
    this.past = new Past(this.editor, this.stage);
    /** @type {Map<number, State>} */
    this.states = new Map();
    /** @type {Map<number, Moment[]>} moments by block, newest first */
    this.blocks = new Map();
    /** The revision chosen, and the one that is looked at while the pointer rests on a row. */
    this.at = this.shown = 0;
    this.known = 0;
    this.toolBefore = "select";
    this.redraw = perFrame(() => this.compare());
    this.wire();
  }

  get isOpen() {
    return !this.box.hidden;
  }

  /** The latest revision. */
  get present() {
    return this.editor.document.seq;
  }

  wire() {
    const part = (/** @type {string} */ name) => must(`[data-part=${name}]`, this.box);
    this.slider.addEventListener("input", () => this.choose(Number(this.slider.value)));
    this.list.addEventListener("click", (event) => this.click(event));
    this.list.addEventListener("pointerover", (event) => this.hover(seqOf(event.target)));
    this.list.addEventListener("pointerleave", () => this.hover(this.at));
    this.list.addEventListener("keydown", (event) => this.key(event));
    part("now").addEventListener("click", () => this.choose(this.present));
    part("close").addEventListener("click", () => this.close());
    part("restore").addEventListener("click", () => void this.restoreMoment());
    part("box").addEventListener("click", () => void this.restoreBoxes());
    part("person").addEventListener("click", () => void this.takeBack());
    this.stage.addEventListener("click", (event) => this.pick(event));
    document.addEventListener("keydown", (event) => this.escape(event), true);
    this.editor.on("boxes", () => this.isOpen && this.hear());
    this.editor.on("view", () => this.past.invalidate());
    this.editor.on("settings", () => this.past.invalidate());
    this.editor.on("classes", () => this.past.invalidate());
    this.editor.on("opened", () => this.isOpen && this.begin());
    document.addEventListener("theme", () => this.past.invalidate());
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  open() {
    this.box.hidden = false;
    this.begin();
    this.slider.focus({ preventScroll: true });
  }

  close() {
    this.now();
    this.box.hidden = true;
    this.stage.focus({ preventScroll: true });
  }

  /** A picture is shown at its latest moment. */
  begin() {
    this.now();
    this.states.clear();
    this.blocks.clear();
    this.known = this.at = this.shown = this.present;
    this.words();
    void this.fill();
  }

  /** Live edits arrive: the slider grows, the moment that is looked at stays. */
  hear() {
    if (this.known === this.present) return this.redraw();
    const wasNow = this.at >= this.known;
    this.blocks.delete(blockOf(this.known));
    this.known = this.present;
    if (wasNow) this.at = this.shown = this.present;
    this.redraw();
    this.words();
    clearTimeout(this.news);
    this.news = setTimeout(() => void this.fill(), NEWS_MS);
  }

  /** Look at a revision and stay there. @param {number} seq */
  choose(seq) {
    this.at = Math.min(Math.max(seq, 0), this.present);
    void this.look(this.at);
    void this.fill();
  }

  /** @param {number | null} seq */
  hover(seq) {
    clearTimeout(this.resting);
    if (seq === null || seq === this.shown) return;
    this.resting = setTimeout(() => void this.look(seq), HOVER_MS);
  }

  /** Show the picture as it was. @param {number} seq */
  async look(seq) {
    this.shown = seq;
    this.words();
    if (seq >= this.present) return this.now();
    try {
      await this.stateAt(seq);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (this.shown !== seq || !this.isOpen) return;
    if (!this.past.isShown) {
      this.toolBefore = this.app.tool.id;
      this.past.picked = new Set(this.editor.selection);
      this.app.take("pan");
    }
    this.compare();
    this.words();
  }

  /** Leave the past: the live boxes are shown and may be edited again. */
  now() {
    clearTimeout(this.resting);
    this.shown = this.present;
    if (!this.past.isShown) return;
    this.past.hide();
    this.app.take(this.toolBefore);
    this.words();
  }

  /** @param {number} seq @returns {Promise<State>} */
  async stateAt(seq) {
    const known = this.states.get(seq);
    if (known) return known;
    const { urls, image } = this.editor.data;
    const { moment, boxes } = await call(`${urls.history}?seq=${seq}`);
    const state = { moment, boxes: new Map(boxes.map((/** @type {Box} */ box) => [box.id, box])) };
    if (image.id !== this.editor.data.image.id) return state;
    this.states.set(seq, state);
    if (this.states.size > REMEMBERED) this.states.delete(/** @type {number} */ (this.states.keys().next().value));
    return state;
  }

  /** Show what is different now from the moment that is looked at. */
  compare() {
    const state = this.states.get(this.shown);
    if (!state || this.shown >= this.present) return;
    this.past.show(state.boxes, differenceOf(state.boxes, this.editor.document.view));
    this.buttons();
    must("#timeline-words").textContent = differenceWords(this.past.difference);
  }

  // The list

  /** Read and show the moments around the chosen one. */
  async fill() {
    const block = blockOf(this.at);
    if (!this.blocks.has(block)) {
      const { urls, image } = this.editor.data;
      try {
        const { results } = await call(`${urls.history}?before=${(block + 1) * BLOCK + 1}&limit=${BLOCK}`);
        if (image.id !== this.editor.data.image.id) return;
        this.blocks.set(block, results.filter((/** @type {Moment} */ one) => blockOf(one.seq) === block));
      } catch (error) {
        this.fail(error);
      }
    }
    if (blockOf(this.at) === block && this.isOpen) this.rows(block);
    this.words();
  }

  /** @param {number} block */
  rows(block) {
    const moments = this.blocks.get(block) ?? [];
    const rows = moments.map((moment) => this.row(moment));
    if ((block + 1) * BLOCK < this.present) rows.unshift(el("div", { ...option((block + 1) * BLOCK + 1, false) }, "Later moments…"));
    if (block > 0) rows.push(el("div", { ...option(block * BLOCK, false) }, "Earlier moments…"));
    else rows.push(el("div", { ...option(0, this.at === 0) }, el("span", { class: "grow dim" }, "The beginning")));
    this.list.replaceChildren(...rows);
    this.list.setAttribute("aria-activedescendant", `moment-${this.at}`);
    this.list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Moment} moment */
  row(moment) {
    const dot = el("i", { class: "dot", "aria-hidden": "true" });
    dot.style.background = peerColor(moment.actor.user ?? moment.actor.id ?? moment.actor.name);
    return el(
      "div", { ...option(moment.seq, moment.seq === this.at), title: new Date(moment.at).toLocaleString() },
      dot, el("span", { class: "who truncate" }, moment.actor.name), el("span", { class: "grow truncate" }, whatOf(moment)),
      el("time", { class: "count", datetime: moment.at }, clockOf(moment.at)),
    );
  }

  /** @param {number} seq @returns {Moment | undefined} */
  momentOf(seq) {
    return this.blocks.get(blockOf(seq))?.find((one) => one.seq === seq) ?? this.states.get(seq)?.moment ?? undefined;
  }

  /** Say everywhere which moment is looked at. */
  words() {
    const [moment, ago] = [this.momentOf(this.shown), this.present - this.shown];
    const when = this.shown === 0 ? "the beginning" : moment ? clockOf(moment.at) : `change ${this.shown}`;
    const place = ago > 0 ? `You are looking at ${when}, ${counted(ago, "change")} ago` : "This is now";
    this.mark.hidden = ago <= 0;
    must("span", this.mark).textContent = place;
    if (ago <= 0) must("#timeline-words").textContent = this.present ? "Move the slider or choose a moment to look back." : "Nothing has happened here yet.";
    Object.assign(this.slider, { max: String(this.present), value: String(this.at) });
    this.slider.setAttribute("aria-valuetext", moment ? `${place}. ${moment.actor.name}: ${whatOf(moment)}.` : place);
    for (const row of this.list.children) row.setAttribute("aria-selected", String(seqOf(row) === this.at));
    this.buttons();
  }

  buttons() {
    const moment = this.momentOf(this.at);
    const looking = this.at < this.present;
    const may = this.editor.data.can.annotate && !this.editor.isLocked;
    const set = (/** @type {string} */ name, /** @type {boolean} */ on) => {
      /** @type {HTMLButtonElement} */ (must(`[data-part=${name}]`, this.box)).disabled = !on;
    };
    const person = must("[data-part=person]", this.box);
    person.textContent = moment ? `Take back ${moment.actor.name}'s edits` : "Take back edits";
    must("[data-part=legend]", this.box).hidden = !looking;
    set("now", looking);
    set("restore", may && looking);
    set("box", may && looking && this.past.picked.size > 0);
    set("person", may && Boolean(moment?.actor.user) && !moment?.step);
    must("[data-part=box]", this.box).textContent = this.past.picked.size > 1 ? `Restore these ${this.past.picked.size} boxes` : "Restore this box";
  }

  // Keys and pointer

  /** @param {MouseEvent} event */
  click(event) {
    const seq = seqOf(event.target);
    if (seq !== null) this.choose(seq);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const steps = /** @type {Record<string, number>} */ ({ ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: Infinity, End: -Infinity });
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.choose(this.at + step);
  }

  /** Escape leads back to now, then out. @param {KeyboardEvent} event */
  escape(event) {
    if (event.key !== "Escape" || !this.isOpen || document.querySelector("dialog[open]")) return;
    if (!this.past.isShown && !this.box.contains(document.activeElement)) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.past.isShown) this.choose(this.present);
    else this.close();
  }

  /** A click on the past picks the box that may be restored alone. @param {MouseEvent} event */
  pick(event) {
    if (!this.past.isShown) return;
    const box = this.past.hit(this.app.pointer.at(/** @type {PointerEvent} */ (event)).picture);
    this.past.picked = new Set(box ? [box.id] : []);
    this.editor.emit("say", box ? `${this.editor.look(box.class_id).name} picked.` : "Nothing picked.");
    this.past.invalidate();
    this.buttons();
  }

  // Bringing back

  restoreMoment() {
    return this.bring({ seq: this.at }, `Back at ${this.whenOf(this.at)}.`);
  }

  restoreBoxes() {
    const boxes = [...this.past.picked];
    return this.bring({ seq: this.at, boxes }, `${counted(boxes.length, "box", "boxes")} back at ${this.whenOf(this.at)}.`);
  }

  takeBack() {
    const actor = this.momentOf(this.at)?.actor;
    return actor?.user ? this.bring({ person: actor.user }, `${actor.name}'s edits taken back.`) : undefined;
  }

  /** @param {number} seq */
  whenOf(seq) {
    const moment = this.momentOf(seq);
    return moment ? clockOf(moment.at) : "the beginning";
  }

  /** The server says which edits it takes; they are made here, so that they can be undone. @param {object} wish @param {string} done */
  async bring(wish, done) {
    const { editor } = this;
    const boxes = this.states.get(this.at)?.boxes.values() ?? [];
    const { image, urls } = editor.data;
    try {
      await this.app.review.saved();
      const plan = await call(urls.restore, { method: "POST", json: { ...wish, dry_run: true } });
      if (image.id !== editor.data.image.id) return;
      this.choose(this.present);
      this.slider.focus({ preventScroll: true });
      if (!plan.edits.length && !plan.skipped.length) return editor.emit("toast", { text: "It is like that already." });
      editor.document.bury([...boxes]);
      if (plan.edits.length && editor.submit(plan.edits, "restore")) editor.emit("toast", { text: done, kind: "good", undo: true });
      if (plan.skipped.length) editor.emit("toast", { text: skippedWords(plan.skipped) });
    } catch (error) {
      this.fail(error);
    }
  }

  /** @param {unknown} error */
  fail(error) {
    this.editor.emit("toast", { text: error instanceof Error ? error.message : String(error), kind: "bad" });
  }
}

/** @param {number} seq */
const blockOf = (seq) => Math.floor(Math.max(seq - 1, 0) / BLOCK);

/** @param {number} seq @param {boolean} selected */
const option = (seq, selected) => ({ class: "line", role: "option", id: `moment-${seq}`, "data-seq": seq, "aria-selected": String(selected) });

/** @param {EventTarget | Element | null} target @returns {number | null} */
function seqOf(target) {
  const row = target instanceof Element ? target.closest("[data-seq]") : null;
  return row ? Number(row.getAttribute("data-seq")) : null;
}

/** @param {{detail: string, by: string | null}[]} skipped */
function skippedWords(skipped) {
  const by = [...new Set(skipped.flatMap((skip) => skip.by ?? []))];
  const what = counted(skipped.length, "change");
  return by.length ? `${what} stayed as ${skipped.length === 1 ? "it is" : "they are"}: ${by.join(", ")} changed ${skipped.length === 1 ? "it" : "them"} since.` : `${what}: ${skipped[0].detail}`;
}
