// Keys to actions: one listener for the page, which steps back wherever a field, a button or a dialog wants the key.
import { ariaKeys, combosOf } from "../../lib/keys.js";
import { isTyping } from "../../lib/dom.js";
import { CONTEXTS } from "./actions.js";

/**
 * @typedef {import("./actions.js").Action} Action
 * @typedef {import("./actions.js").App} App
 * @typedef {import("./actions.js").Context} Context
 */

/** A longer press of Space was meant for panning. */
const TAP_MS = 400;
/** Groups whose keys say why they do nothing on an image that may not be edited. */
const EDITING = ["Boxes", "Classes", "Proposals"];
/** What goes on while a key is held down. */
const REPEATED = /^(undo|redo|box\.(next|previous|nudge|resize)|draw\.aim|proposal\.(lower|higher)|view\.(in|out|pan|darker|brighter)|shape\.(turn\w*|rotate\w*))$/;
const SPACE = /^(Shift\+)?Space$/;
const OWN_KEYS = /^(Shift\+)?(Space|Enter|Tab|Arrow\w+|Home|End|PageUp|PageDown)$/;

export class Keyboard {
  /** @param {App} app @param {HTMLElement} stage */
  constructor(app, stage) {
    this.app = app;
    this.stage = stage;
    /** @type {Map<string, Action>} "context combo" to action */
    this.bound = new Map();
    /** @type {Action | null} */
    this.held = null;
    this.spaceAt = 0;
    document.addEventListener("keydown", (event) => this.down(event));
    document.addEventListener("keyup", (event) => this.up(event));
    addEventListener("blur", () => this.letGo());
  }

  /** @param {Action[]} actions */
  bind(actions) {
    this.bound.clear();
    for (const action of actions) {
      for (const combo of action.keys) {
        for (const context of action.when ?? CONTEXTS) this.bound.set(`${context} ${combo}`, action);
      }
    }
  }

  /** @returns {Context} */
  get context() {
    if (this.app.tool.draws) return "draw";
    return this.app.editor.selection.size ? "selected" : "idle";
  }

  /** Whether the focused element has its own use for a key. @param {EventTarget | null} target @param {string} combo */
  isOwn(target, combo) {
    if (!(target instanceof HTMLElement) || target === document.body || target === this.stage) return false;
    if (isTyping(target)) return true;
    return OWN_KEYS.test(combo) && target.matches("button, a, summary, input, [role=listbox], [role=slider], main");
  }

  /** @param {KeyboardEvent} event */
  down(event) {
    if (event.isComposing || document.querySelector("dialog[open]")) return;
    for (const combo of combosOf(event)) {
      if (this.isOwn(event.target, combo)) continue;
      // Quick fingers press the next key before they let go of this one.
      if (!event.repeat && this.held?.stroke) this.endHold();
      if (SPACE.test(combo)) return this.space(event);
      const action = this.bound.get(`${this.context} ${combo}`);
      if (!action) continue;
      if (this.take(action, combo, event)) event.preventDefault();
      return;
    }
  }

  /** @param {Action} action @param {string} combo @param {KeyboardEvent} event @returns {boolean} whether the key was used */
  take(action, combo, event) {
    if (event.repeat && !REPEATED.test(action.id)) return true;
    if (action.enabled && !action.enabled(this.app)) {
      if (EDITING.includes(action.group) && !this.app.editor.mayEdit) this.app.editor.allowed();
      return true;
    }
    if (action.stroke) return this.dip(action, action.stroke);
    if (action.held) this.held = action;
    return action.run(this.app, combo) !== false;
  }

  /** Held, a stroke judges what it crosses; a tap judges the selection when it is released. @param {Action} action @param {import("../model/edits.js").State} stroke */
  dip(action, stroke) {
    this.held = action;
    Object.assign(this.app.pointer, { brush: stroke, stroked: false });
    return true;
  }

  /** Space held pans; a tap finishes the image when it is released. @param {KeyboardEvent} event */
  space(event) {
    event.preventDefault();
    if (event.repeat || this.app.pointer.gesture) return;
    this.spaceAt = performance.now();
    this.app.pointer.panning = true;
    this.app.pointer.panned = false;
    this.app.pointer.dress(null);
  }

  /** @param {KeyboardEvent} event */
  up(event) {
    const released = new Set(combosOf(event).map(lastOf));
    if (this.held?.keys.some((combo) => released.has(lastOf(combo)))) this.endHold();
    if (event.key === " " && this.app.pointer.panning) this.endSpace(event);
  }

  /** @param {KeyboardEvent} event */
  endSpace(event) {
    const { pointer } = this.app;
    pointer.panning = false;
    pointer.dress(null);
    if (pointer.panned || performance.now() - this.spaceAt > TAP_MS) return;
    const action = this.bound.get(`${this.context} ${event.shiftKey ? "Shift+Space" : "Space"}`);
    if (action && (!action.enabled || action.enabled(this.app))) action.run(this.app, "Space");
  }

  endHold() {
    const action = this.held;
    const { stroked } = this.app.pointer;
    this.letGo();
    if (action?.stroke && !stroked && (!action.enabled || action.enabled(this.app))) action.run(this.app, action.keys[0]);
  }

  letGo() {
    this.app.pointer.brush = null;
    this.held?.off?.(this.app);
    this.held = null;
    this.app.pointer.panning = false;
  }
}

/** The key of a combination without what is held with it: whoever lets go may have let go of that first. @param {string} combo */
const lastOf = (combo) => /[^+]+$|\+$/.exec(combo)?.[0] ?? combo;

/** Every element with data-action: does what its record says, and has its words, keys and state. */
export class Buttons {
  /** @param {App} app @param {HTMLElement} stage gets the focus back after a click, so that the keys go on working */
  constructor(app, stage) {
    this.app = app;
    this.all = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll("[data-action]")]);
    /** @type {Map<string, Action>} */
    this.byId = new Map();
    for (const button of this.all) {
      button.addEventListener("click", (event) => {
        if (event.detail > 0) stage.focus({ preventScroll: true });
        const action = this.of(button);
        action.run(app, action.keys[0] ?? "");
      });
    }
  }

  /** @param {HTMLElement} button @returns {Action} */
  of(button) {
    const action = this.byId.get(button.dataset.action ?? "");
    if (!action) throw new Error(`There is no action ${button.dataset.action}.`);
    return action;
  }

  /** Take the words and keys of these records. @param {Action[]} actions */
  show(actions) {
    this.byId = new Map(actions.map((action) => [action.id, action]));
    for (const button of this.all) {
      const { title, keys } = this.of(button);
      const cap = button.querySelector("kbd");
      if (cap) {
        cap.textContent = keys[0]?.replaceAll("+", " ") ?? "";
        cap.hidden = !keys.length;
      }
      button.title = title + (keys.length ? ` (${keys[0].replaceAll("+", " ")})` : "");
      if (!button.textContent?.trim()) button.setAttribute("aria-label", title);
      if (keys.length) button.setAttribute("aria-keyshortcuts", keys.map(ariaKeys).join(" "));
      else button.removeAttribute("aria-keyshortcuts");
    }
  }

  refresh() {
    for (const button of this.all) {
      const action = this.of(button);
      button.disabled = action.enabled ? !action.enabled(this.app) : false;
      if (action.pressed) button.setAttribute("aria-pressed", String(action.pressed(this.app)));
    }
  }
}
