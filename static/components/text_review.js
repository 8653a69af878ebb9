// Deciding over texts one after the other: keys and buttons, the next one at once, the last one taken back.
import { call } from "../lib/api.js";
import { el, isTyping, must } from "../lib/dom.js";
import { combosOf } from "../lib/keys.js";
import { listening } from "./modules.js";
import { toast } from "./toasts.js";

const AHEAD = 50;
const HOTKEYS = 9;
const number = new Intl.NumberFormat("en");
const ACTS = /** @type {Record<string, string>} */ ({ Enter: "accept", R: "reject", U: "undo" });
const HOW = /** @type {Record<string, string>} */ ({ logprobs: "by its probabilities", stated: "as it says itself", none: "it does not say how" });

class TextReview {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    this.url = box.dataset.url ?? "";
    /** @type {string[]} */
    this.labels = JSON.parse(must("#text-labels", box).textContent ?? "[]");
    /** Texts that wait, the least sure first. @type {any[]} */
    this.waiting = [];
    /** What was decided here, the last one last. @type {any[]} */
    this.decided = [];
    /** Decisions leave one after the other. @type {Promise<void>} */
    this.sending = Promise.resolve();
    this.stops = [
      listening(box, "click", (event) => this.click(event)),
      listening(must("[data-part=sure]", box), "submit", (event) => this.acceptSure(event)),
      listening(document, "keydown", (event) => this.key(event)),
    ];
    this.fetch();
  }

  async fetch() {
    try {
      const { results, counts } = await call(`${this.url}?state=proposed&order=uncertainty&limit=${AHEAD}`);
      this.waiting = results;
      this.count(counts);
    } catch (error) {
      this.tell(error);
    }
    this.show();
  }

  /** @param {any} event */
  click(event) {
    const { does, label } = event.target.closest("button")?.dataset ?? {};
    if (does) this.act(does);
    else if (label !== undefined) this.name(label);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (isTyping(event.target) || document.querySelector("dialog[open]") || event.defaultPrevented) return;
    const [combo = ""] = combosOf(event);
    const isOnControl = event.target instanceof HTMLElement && Boolean(event.target.closest("button, a, summary"));
    if (combo === "Enter" && isOnControl) return;
    const place = /^[1-9]$/.test(combo) ? Number(combo) - 1 : -1;
    if (combo in ACTS) this.act(ACTS[combo]);
    else if (place >= 0 && place < this.labels.length) this.name(this.labels[place]);
    else return;
    event.preventDefault();
  }

  /** @param {string} action */
  act(action) {
    if (action === "undo") this.undo();
    else this.decide({ action });
  }

  /** The proposed label is accepted, another one named. @param {string} label */
  name(label) {
    this.decide(label === this.waiting[0]?.predicted_label ? { action: "accept" } : { action: "relabel", label });
  }

  /** @param {{action: string, label?: string}} json */
  decide(json) {
    const text = this.waiting.shift();
    if (!text) return;
    this.decided.push(text);
    this.moved(1);
    this.send(text, json, () => {
      this.decided = this.decided.filter((other) => other !== text);
      this.waiting.unshift(text);
      this.moved(-1);
    });
  }

  undo() {
    const text = this.decided.pop();
    if (!text) return;
    this.waiting.unshift(text);
    this.moved(-1);
    this.send(text, { action: "reopen" }, () => {
      this.waiting = this.waiting.filter((other) => other !== text);
      this.decided.push(text);
      this.moved(1);
    });
  }

  /** @param {any} text @param {object} json @param {() => void} takeBack where the server refuses */
  send(text, json, takeBack) {
    this.sending = this.sending.then(async () => {
      try {
        await call(`/api/v1/texts/${text.id}/review`, { method: "POST", json });
        if (!this.waiting.length) await this.fetch();
      } catch (error) {
        takeBack();
        this.tell(error);
      }
    });
  }

  /** @param {any} event */
  async acceptSure(event) {
    event.preventDefault();
    const least = Number(new FormData(event.target).get("from")) / 100;
    await this.sending;
    try {
      const { accepted } = await call(`${this.url}/accept`, { method: "POST", json: { min_confidence: least } });
      toast(`${number.format(accepted)} accepted.`, { kind: "good" });
      await this.fetch();
    } catch (error) {
      this.tell(error);
    }
  }

  /** @param {number} step how many more are reviewed */
  moved(step) {
    this.reviewed = (this.reviewed ?? 0) + step;
    this.progress();
    this.show();
  }

  /** @param {any} counts */
  count(counts) {
    this.all = counts.all;
    this.reviewed = counts.accepted + counts.rejected;
    must("[data-part=sure]", this.box).hidden = !counts.proposed;
    this.progress();
  }

  progress() {
    const bar = /** @type {HTMLProgressElement} */ (must("progress", this.box));
    bar.max = this.all ?? bar.max;
    bar.value = this.reviewed ?? 0;
    must("[data-part=count]", this.box).textContent = `${number.format(bar.value)} of ${number.format(bar.max)} reviewed`;
  }

  show() {
    const text = this.waiting[0];
    must("[data-part=one]", this.box).hidden = !text;
    must("[data-part=done]", this.box).hidden = Boolean(text);
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (this.box.querySelectorAll("[data-does=undo]"))) {
      button.disabled = !this.decided.length;
    }
    if (!text) return;
    must("[data-part=text]", this.box).textContent = text.text;
    must("[data-part=text]", this.box).scrollTop = 0;
    must("[data-part=origin]", this.box).replaceChildren(
      `${text.model} proposes `, el("strong", {}, text.predicted_label),
      `, ${Math.round(text.confidence * 100)} % sure ${HOW[text.confidence_from] ?? ""}`,
    );
    must("[data-part=labels]", this.box).replaceChildren(...this.choices(text).map(([label, place]) => choice(label, place, label === text.predicted_label)));
  }

  /** The usual labels with their keys, and the proposed one where it is none of them. @param {any} text @returns {[string, number][]} */
  choices(text) {
    const found = /** @type {[string, number][]} */ (this.labels.map((label, place) => [label, place]));
    return this.labels.includes(text.predicted_label) ? found : [...found, [text.predicted_label, HOTKEYS]];
  }

  /** @param {unknown} error */
  tell(error) {
    toast(error instanceof Error ? error.message : "That did not work.", { kind: "bad" });
  }

  stop() {
    this.stops.forEach((stop) => stop());
  }
}

/** @param {string} label @param {number} place @param {boolean} isProposed */
function choice(label, place, isProposed) {
  const key = place < HOTKEYS ? el("kbd", {}, String(place + 1)) : null;
  return el("button", { class: "button", type: "button", "data-label": label, "aria-pressed": String(isProposed) }, label, key);
}

/** @param {HTMLElement} box */
export function start(box) {
  return new TextReview(box);
}
