// Deciding over what a check found: keys and buttons mark pictures at once, and the server keeps every choice.
import { call } from "../lib/api.js";
import { isTyping, must } from "../lib/dom.js";
import { combosOf } from "../lib/keys.js";
import { compare } from "./compare.js";
import { listening } from "./modules.js";
import { toast } from "./toasts.js";

const number = new Intl.NumberFormat("en");
const STEPS = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1 });
const GROUP_STEPS = /** @type {Record<string, number>} */ ({ Enter: 1, ArrowDown: 1, "Shift+Enter": -1, ArrowUp: -1 });

// What mirroring across, down and both changes in a hash: the waves that are odd in that direction.
const FLIPS = [0n, 0x5555555555555555n, 0x00ff00ff00ff00ffn, 0x55aa55aa55aa55aan];

/** @typedef {"best" | "archive" | "keep"} Choice */

class CleanReview {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    /** Choices leave one after the other, so that the last one stays. @type {Promise<void>} */
    this.sending = Promise.resolve();
    const first = this.cards()[0];
    if (first) first.tabIndex = 0;
    this.stops = [
      listening(form, "click", (event) => this.click(event)),
      listening(form, "focusin", (event) => this.hold(event.target.closest(".pick"))),
      listening(document, "keydown", (event) => this.key(event)),
    ];
  }

  cards() {
    return /** @type {HTMLElement[]} */ ([...this.form.querySelectorAll(".pick[data-image]")]);
  }

  /** Tab comes back to the card one was at. @param {HTMLElement | null} card */
  hold(card) {
    if (!card) return;
    for (const other of this.cards()) other.tabIndex = other === card ? 0 : -1;
  }

  here() {
    return /** @type {HTMLElement | null} */ (document.activeElement?.closest?.(".pick[data-image]") ?? null);
  }

  /** @param {any} event */
  click(event) {
    const card = event.target.closest(".pick[data-image]");
    if (card && event.target.closest("[data-compare]")) this.compare(card);
    const choice = event.target.closest("[data-choice]")?.dataset.choice;
    if (!card || !choice) return;
    event.preventDefault();
    this.choose(card, choice);
    card.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (isTyping(event.target) || document.querySelector("dialog[open]") || event.defaultPrevented) return;
    const [combo = ""] = combosOf(event);
    const card = this.here();
    const isOnControl = event.target instanceof HTMLElement && Boolean(event.target.closest("button, a, summary"));
    if (combo === "Enter" && isOnControl) return;
    if (!card) {
      // The first arrow goes to the first picture; until then the keys are the page's.
      if (combo in STEPS && (event.target === document.body || this.form.contains(/** @type {Node} */ (event.target)))) this.go(this.cards()[0], event);
      return;
    }
    if (combo in STEPS) this.go(this.beside(card, STEPS[combo]), event);
    else if (combo in GROUP_STEPS) this.go(this.otherGroup(card, GROUP_STEPS[combo]), event);
    else this.act(combo, card, event);
  }

  /** @param {string} combo @param {HTMLElement} card @param {KeyboardEvent} event */
  act(combo, card, event) {
    const { verdict } = card.dataset;
    const may = /** @param {Choice} choice */ (choice) => card.querySelector(`[data-choice=${choice}]`) && verdict !== "gone";
    if (combo === "K" && may("best")) this.choose(card, "best");
    else if (combo === "K" && may("keep")) this.choose(card, "keep");
    else if (combo === "X" && may("archive")) this.choose(card, verdict === "archive" ? "keep" : "archive");
    else if (combo === "C" && card.querySelector("[data-compare]")) this.compare(card);
    else return;
    event.preventDefault();
  }

  /** @param {HTMLElement | undefined} card @param {Event} event */
  go(card, event) {
    event.preventDefault();
    card?.focus();
    card?.scrollIntoView({ block: "nearest" });
  }

  /** @param {HTMLElement} card @param {number} step */
  beside(card, step) {
    const cards = this.cards();
    return cards[cards.indexOf(card) + step];
  }

  /** @param {HTMLElement} card @param {number} step */
  otherGroup(card, step) {
    const groups = [...this.form.querySelectorAll(".clean-group")];
    const group = groups[groups.indexOf(/** @type {Element} */ (card.closest(".clean-group"))) + step];
    return /** @type {HTMLElement | undefined} */ (group?.querySelector(".pick[data-image]") ?? undefined);
  }

  /** @param {HTMLElement} card */
  compare(card) {
    const group = /** @type {HTMLElement} */ (card.closest(".clean-group"));
    const others = /** @type {HTMLElement[]} */ ([...group.querySelectorAll(".pick[data-image]")]).filter((other) => other !== card);
    const best = others.find((other) => other.dataset.verdict === "best") ?? others[0];
    if (best) compare(best, card);
  }

  /** Show the choice now, tell the server, and show the truth again where it refuses. @param {HTMLElement} card @param {Choice} choice */
  choose(card, choice) {
    const before = this.cards().map((other) => [other, other.dataset.verdict ?? ""]);
    this.show(card, choice);
    this.sending = this.sending.then(async () => {
      try {
        const { report, rule } = this.form.dataset;
        const images = { [card.dataset.image ?? ""]: choice };
        const answer = await call(this.form.dataset.url ?? "", { method: "POST", json: { report, rule, images } });
        this.count(answer.marked[rule ?? ""] ?? 0);
      } catch (error) {
        for (const [other, verdict] of before) /** @type {HTMLElement} */ (other).dataset.verdict = String(verdict);
        toast(error instanceof Error ? error.message : "That did not work.", { kind: "bad" });
      }
    });
  }

  /** @param {HTMLElement} card @param {Choice} choice */
  show(card, choice) {
    if (choice !== "best") {
      card.dataset.verdict = choice;
      return;
    }
    const group = /** @type {HTMLElement} */ (card.closest(".clean-group"));
    for (const other of /** @type {NodeListOf<HTMLElement>} */ (group.querySelectorAll("[data-verdict=best]"))) {
      other.dataset.verdict = "workedOn" in other.dataset ? "keep" : "archive";
    }
    card.dataset.verdict = "best";
    const turned = "turned" in this.form.dataset;
    for (const other of /** @type {NodeListOf<HTMLElement>} */ (group.querySelectorAll(".pick[data-image]"))) {
      must("[data-part=measured]", other).textContent = other === card ? "best of its group" : away(distance(card, other, turned));
    }
  }

  /** @param {number} marked */
  count(marked) {
    must("[data-part=marked]", this.form).textContent = `${number.format(marked)} ${marked === 1 ? "picture" : "pictures"}`;
    /** @type {HTMLButtonElement} */ (must("[data-part=apply]", this.form)).disabled = !marked;
  }

  stop() {
    this.stops.forEach((stop) => stop());
  }
}

/** @param {number} bits */
const away = (bits) => (bits === 1 ? "1 bit away" : `${bits} bits away`);

/** In how many bits the hashes of two pictures differ. @param {HTMLElement} one @param {HTMLElement} other @param {boolean} turned */
function distance(one, other, turned) {
  const [a, b] = [one, other].map((card) => BigInt(`0x${card.dataset.phash || "0"}`));
  const forms = turned ? [a, transposed(a)].flatMap((form) => FLIPS.map((flip) => form ^ flip)) : [a];
  return Math.min(...forms.map((form) => (form ^ b).toString(2).replaceAll("0", "").length));
}

/** The 8 x 8 bits with rows and columns exchanged: the hash of the picture mirrored along its diagonal. @param {bigint} hash */
function transposed(hash) {
  const bits = [...hash.toString(2).padStart(64, "0")];
  return BigInt(`0b${bits.map((_, at) => bits[(at % 8) * 8 + Math.floor(at / 8)]).join("")}`);
}

/** @param {HTMLFormElement} form */
export function start(form) {
  return new CleanReview(form);
}
