// The help: every action with its keys, which can be changed, swapped, taken away and put back.
import { call } from "../../lib/api.js";
import { el, icon, must } from "../../lib/dom.js";
import { misfit } from "../../lib/fuzzy.js";
import { choose, holders, reasonAgainst, reset, tidy } from "../../lib/key_choice.js";
import { isFixed } from "../../lib/keymap.js";
import { combosOf } from "../../lib/keys.js";
import { CONTEXTS } from "./actions.js";
import { capsOf } from "./palette.js";

/**
 * @typedef {import("./actions.js").Action} Action
 * @typedef {import("../../lib/keymap.js").Keymap} Keymap
 * @typedef {{action: Action, old: string | null, combo: string | null, said: string, holder: Action | null}} Capture
 *   `combo` is what was pressed and waits for an answer, because `holder` has it
 */

/** @param {Action} action */
const shownOf = (action) => action.shown ?? action.keys;
/** @param {string} combo */
const spoken = (combo) => combo.replace(/\+(?=.)/g, " ");

export class Keys {
  /** @param {import("./dialogs.js").Dialogs} dialogs @param {HTMLDialogElement} dialog */
  constructor(dialogs, dialog) {
    this.dialogs = dialogs;
    this.dialog = dialog;
    this.list = must("#help-keys");
    this.search = /** @type {HTMLInputElement} */ (must("#help-search"));
    this.single = /** @type {HTMLInputElement} */ (must("#single-keys"));
    /** @type {Capture | null} */
    this.capture = null;
    this.search.addEventListener("input", () => this.draw());
    this.single.addEventListener("change", () => this.keep({ ...this.keymap, single_keys: this.single.checked }, this.single.checked ? "Single keys work." : "Single keys are off."));
    must("#keys-reset").addEventListener("click", () => this.keep(reset(this.now), "All keys are as they came."));
    this.list.addEventListener("click", (event) => this.click(event));
    dialog.addEventListener("keydown", (event) => this.pressed(event), { capture: true });
    dialog.addEventListener("cancel", (event) => {
      if (!this.capture) return;
      event.preventDefault();
      this.end("");
    });
  }

  get keymap() {
    return this.dialogs.app.keymap;
  }

  get now() {
    return { defaults: this.dialogs.defaults, keymap: this.keymap, contexts: CONTEXTS };
  }

  open() {
    this.capture = null;
    this.search.value = "";
    this.draw();
    this.search.focus();
  }

  draw() {
    this.single.checked = this.keymap.single_keys;
    const wanted = this.search.value.trim();
    const found = this.dialogs.app.actions.filter((action) => this.isListed(action) && this.fits(action, wanted));
    const groups = [...grouped(found)];
    this.list.replaceChildren(...(groups.length ? groups.map(([group, members]) => this.group(group, members)) : [el("p", { class: "note" }, "Nothing found. Type other letters.")]));
    /** @type {HTMLButtonElement} */ (must("#keys-reset")).disabled = Object.keys(this.keymap.keys).length === 0;
  }

  /** Those without keys are listed too, or they could not get one. @param {Action} action */
  isListed(action) {
    return shownOf(action).length > 0 || (!isFixed(action) && this.dialogs.defaults.some((one) => one.id === action.id && shownOf(one).length > 0));
  }

  /** @param {Action} action @param {string} wanted */
  fits(action, wanted) {
    if (!wanted) return true;
    return misfit(action.title, wanted) < Infinity || shownOf(action).some((combo) => spoken(combo).toLowerCase().includes(wanted.toLowerCase().replaceAll("+", " ")));
  }

  /** @param {string} group @param {Action[]} members */
  group(group, members) {
    return el("section", {}, el("h3", {}, group), el("dl", {}, ...members.map((action) => this.row(action))));
  }

  /** @param {Action} action */
  row(action) {
    const { capture } = this;
    const asked = capture?.action.id === action.id ? this.question(capture) : null;
    return el("div", { "data-id": action.id, class: asked ? "asked" : null }, el("dt", {}, action.title), asked ?? el("dd", {}, ...this.caps(action)));
  }

  /** @param {Action} action */
  caps(action) {
    if (isFixed(action)) return shownOf(action).map(capsOf);
    const others = shownOf(action).filter((combo) => !action.keys.includes(combo)).map(capsOf);
    const own = action.keys.map((combo) =>
      el("button", { type: "button", class: "cap", "data-old": combo, title: "Change this key", "aria-label": `${spoken(combo)}: change this key of ${action.title}` }, capsOf(combo)),
    );
    const none = el("button", { type: "button", class: "cap", "data-old": "", "aria-label": `Give ${action.title} a key` }, el("kbd", {}, "–"));
    const back = this.keymap.keys[action.id]
      ? el("button", { type: "button", class: "cap", "data-reset": "", title: "As it came", "aria-label": `${action.title}: the key that it came with` }, icon("rotate-ccw"))
      : null;
    return [back, ...(own.length ? own : [none]), ...others];
  }

  /** What is asked of the person while a key is changed. @param {Capture} capture */
  question({ old, combo, said, holder }) {
    const button = (/** @type {string} */ words, /** @type {string} */ answer) => el("button", { type: "button", class: "button small", "data-answer": answer }, words);
    const keep = button("Keep", "keep");
    if (holder && combo) return el("dd", {}, el("span", { role: "alert" }, said), button(old && !isFixed(holder) ? "Swap" : "Use it here", "take"), keep);
    return el("dd", {}, el("span", { role: "alert", class: "pressing", tabindex: -1 }, said), old ? button("Remove", "remove") : null, keep);
  }

  /** @param {MouseEvent} event */
  click(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const answer = target.closest("[data-answer]")?.getAttribute("data-answer");
    if (answer) return this.answer(answer);
    const action = this.dialogs.app.actions.find((one) => one.id === target.closest("[data-id]")?.getAttribute("data-id"));
    if (!action) return;
    if (target.closest("[data-reset]")) return this.keep(reset(this.now, action), `${action.title}: as it came.`, action);
    const cap = target.closest("[data-old]");
    if (cap) this.ask({ action, old: cap.getAttribute("data-old") || null, combo: null, said: "Press the new keys, Esc keeps it", holder: null });
  }

  /** @param {Capture} capture */
  ask(capture) {
    this.capture = capture;
    this.draw();
    /** @type {HTMLElement | null} */ (this.list.querySelector(".pressing, [data-answer]"))?.focus();
  }

  /** @param {string} answer */
  answer(answer) {
    const { capture } = this;
    if (!capture || answer === "keep") return this.end("");
    const { action, old, combo } = capture;
    if (answer === "take" && combo) return this.keep(choose(this.now, { action, old, combo }), `${action.title}: ${spoken(combo)}.`, action);
    const left = action.keys.filter((one) => one !== old);
    const keys = { ...this.keymap.keys, [action.id]: left };
    this.keep(tidy({ ...this.keymap, keys }, this.dialogs.defaults), `${action.title}: ${left.length ? spoken(left[0]) : "no key"}.`, action);
  }

  /** A key while one is awaited. @param {KeyboardEvent} event */
  pressed(event) {
    const { capture } = this;
    if (!capture || event.isComposing) return;
    const onButton = document.activeElement?.matches("[data-answer]") && ["Enter", " "].includes(event.key);
    if (event.key === "Tab" || onButton) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") return this.end("");
    if (capture.combo !== null) return;
    const combo = combosOf(event)[0];
    if (!combo || /^(Ctrl|Alt|Shift|\+)*(Control|Alt|Shift|Meta|AltGraph|CapsLock|OS)$/.test(combo)) return;
    this.propose({ ...capture, combo });
  }

  /** @param {Capture & {combo: string}} capture */
  propose(capture) {
    const { action, old, combo } = capture;
    if (combo === old) return this.end("");
    const reason = reasonAgainst(combo);
    const holder = holders(this.dialogs.app.actions, action, combo, CONTEXTS)[0] ?? null;
    const given = holder && isFixed(holder) && holder.id !== "class.pick";
    if (reason || given) return this.ask({ ...capture, combo: null, said: `${reason ?? `${spoken(combo)} is ${holder?.title}.`} Press others, Esc keeps it` });
    if (holder) return this.ask({ ...capture, holder, said: holder.id === "class.pick" ? `${combo} gives a class, which would get another key.` : `${spoken(combo)} is ${holder.title}.` });
    this.keep(choose(this.now, { action, old, combo }), `${action.title}: ${spoken(combo)}.`, action);
  }

  /** @param {string} said @param {Action} [action] where to stay */
  end(said, action = this.capture?.action) {
    this.capture = null;
    must("#help-said").textContent = said;
    this.draw();
    /** @type {HTMLElement | null} */ (this.list.querySelector(`[data-id="${action?.id}"] .cap[data-old]`))?.focus();
  }

  /** Work with those keys from now on, here and wherever the person signs in. @param {Keymap} keymap @param {string} said @param {Action} [action] */
  keep(keymap, said, action) {
    const { app } = this.dialogs;
    this.capture = null;
    app.rekey(keymap);
    this.end(said, action);
    const { editor } = app;
    call(editor.data.urls.keymap, { method: "PUT", json: keymap }).catch((error) => {
      must("#help-said").textContent = `Not saved: ${error.message} The keys work until this page is closed.`;
    });
  }
}

/** @param {Action[]} actions @returns {Map<string, Action[]>} */
function grouped(actions) {
  const groups = new Map();
  for (const action of actions) groups.set(action.group, [...(groups.get(action.group) ?? []), action]);
  return groups;
}
