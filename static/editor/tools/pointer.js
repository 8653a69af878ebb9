// Mouse, touch and pen on the stage: which tool gets a press, and what belongs to the view (wheel, pinch, pan).
import { clamp } from "../model/geometry.js";
import { PanGesture } from "./gestures.js";

/**
 * @typedef {import("../view/editor.js").Editor} Editor
 * @typedef {import("../view/editor.js").At} At
 * @typedef {import("../view/editor.js").Gesture} Gesture
 * @typedef {import("../view/editor.js").Tool} Tool
 */

const MIDDLE = 1;
/** A finger that rests so long, within so many pixels, asks for the menu. */
const LONG_MS = 500;
const LONG_PX = 10;

export class PointerInput {
  /** @param {Editor} editor @param {HTMLElement} stage @param {() => Tool} tool the tool in hand */
  constructor(editor, stage, tool) {
    this.editor = editor;
    this.stage = stage;
    this.tool = tool;
    /** @type {Gesture | null} */
    this.gesture = null;
    /** @type {Map<number, {x: number, y: number}>} fingers on the stage */
    this.fingers = new Map();
    /** Whoever draws with a pen moves the picture with a finger. */
    this.penned = false;
    /** Asked for by a long press, a right click or a key; the person's tools don't know what it looks like. @type {(at: import("../model/geometry.js").Point, box: import("../model/edits.js").Box | null) => void} */
    this.onmenu = () => {};
    /** Space is held: a drag pans. */
    this.panning = false;
    /** Whether the view was panned since Space went down. */
    this.panned = false;
    /** @type {import("../model/edits.js").State | null} what a stroke makes of the boxes that it crosses, while its key is held */
    this.brush = null;
    /** Whether a stroke began since the key went down. */
    this.stroked = false;
    /** @type {((state: import("../model/edits.js").State, at: At) => Gesture) | null} */
    this.stroke = null;
    /** @type {At | null} */
    this.last = null;
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    stage.addEventListener("pointerup", (event) => this.up(event));
    stage.addEventListener("pointercancel", (event) => this.lose(event));
    stage.addEventListener("pointerleave", () => this.leave());
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("contextmenu", (event) => this.context(event));
  }

  /** @param {PointerEvent | WheelEvent} event @returns {At} */
  at(event) {
    const frame = this.stage.getBoundingClientRect();
    const screen = { x: event.clientX - frame.left, y: event.clientY - frame.top };
    const { width, height } = this.editor.data.image;
    const free = this.editor.scene.viewport.toPicture(screen);
    const picture = { x: clamp(free.x, 0, width), y: clamp(free.y, 0, height) };
    const touch = event instanceof PointerEvent && event.pointerType === "touch";
    return { screen, picture, shift: event.shiftKey, alt: event.altKey, ctrl: event.ctrlKey || event.metaKey, touch };
  }

  /** @param {PointerEvent} event */
  down(event) {
    this.stage.focus({ preventScroll: true });
    const at = this.at(event);
    this.penned ||= event.pointerType === "pen";
    if (at.touch && this.gesture && this.inked) return;
    if (at.touch) this.fingers.set(event.pointerId, at.screen);
    clearTimeout(this.pressing);
    if (this.fingers.size === 2) return this.pinch();
    if (this.gesture || this.fingers.size > 2 || (event.button !== 0 && event.button !== MIDDLE)) return;
    event.preventDefault();
    this.stage.setPointerCapture(event.pointerId);
    this.inked = event.pointerType === "pen";
    const pans = this.panning || event.button === MIDDLE || this.tool().id === "pan" || (at.touch && this.penned);
    if (at.touch) this.pressing = setTimeout(() => this.cancel() && this.menu(at), LONG_MS);
    this.pressed = at;
    if (pans) this.panned = true;
    this.gesture = pans ? new PanGesture(this.editor, at) : this.begin(at);
    this.dress(at);
  }

  /** @param {At} at */
  begin(at) {
    if (!this.brush || !this.stroke) return this.tool().press(at);
    this.stroked = true;
    return this.stroke(this.brush, at);
  }

  /** A second finger: the first one was no stroke of the tool. */
  pinch() {
    this.gesture?.cancel();
    this.gesture = null;
    this.spread = this.spreadOf();
  }

  spreadOf() {
    const [a, b] = [...this.fingers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, far: Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1) };
  }

  /** @param {PointerEvent} event */
  move(event) {
    const at = this.at(event);
    this.last = at;
    if (this.fingers.has(event.pointerId)) this.fingers.set(event.pointerId, at.screen);
    if (this.fingers.size === 2) return this.stretch();
    if (this.pressed && Math.hypot(at.screen.x - this.pressed.screen.x, at.screen.y - this.pressed.screen.y) > LONG_PX) clearTimeout(this.pressing);
    this.editor.pointer = at.picture;
    if (this.gesture) this.gesture.move(at);
    else if (!this.panning) this.tool().hover(at);
    this.dress(at);
    this.editor.tell();
  }

  stretch() {
    if (!this.spread) return;
    const now = this.spreadOf();
    const { viewport } = this.editor.scene;
    viewport.pan(now.x - this.spread.x, now.y - this.spread.y);
    viewport.zoom(now, now.far / this.spread.far);
    this.spread = now;
    this.editor.scene.moved();
  }

  /** @param {PointerEvent} event */
  up(event) {
    clearTimeout(this.pressing);
    const pinched = this.fingers.size === 2;
    this.fingers.delete(event.pointerId);
    if (pinched) {
      this.spread = null;
      return;
    }
    const { gesture } = this;
    this.gesture = null;
    gesture?.release(this.at(event));
    this.dress(this.at(event));
  }

  /** @param {PointerEvent} event */
  lose(event) {
    clearTimeout(this.pressing);
    this.fingers.delete(event.pointerId);
    this.spread = null;
    this.cancel();
  }

  /** A right click, or the key that stands for one; that of a long press is ours already. @param {MouseEvent} event */
  context(event) {
    event.preventDefault();
    if (event instanceof PointerEvent && event.pointerType === "touch") return;
    // Keyboards say where the focus is, not where the pointer is.
    const byKey = event.button !== 2;
    this.menu(byKey ? null : this.at(/** @type {PointerEvent} */ (event)));
  }

  /** What can be done to the box there, which is selected for it; without a place, to the selection. @param {At | null} at */
  menu(at) {
    const { editor } = this;
    const [box] = at ? editor.scene.hits(at.picture) : editor.selected;
    if (box && !editor.selection.has(box.id)) editor.select([box.id]);
    const middle = box && { ...editor.scene.viewport.toScreen(box) };
    const screen = at?.screen ?? (middle ? { x: middle.x + middle.w / 2, y: middle.y + middle.h / 2 } : null);
    if (screen) this.onmenu(screen, box ?? null);
  }

  /** Give up the gesture under way. @returns {boolean} whether there was one */
  cancel() {
    const { gesture } = this;
    this.gesture = null;
    gesture?.cancel();
    return gesture !== null;
  }

  leave() {
    if (this.gesture) return;
    this.editor.pointer = null;
    this.tool().leave();
    this.editor.scene.show({ hovered: null });
    this.editor.tell();
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    const { viewport } = this.editor.scene;
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    if (event.shiftKey && !event.ctrlKey) viewport.pan(-(event.deltaX || event.deltaY) * lines, 0);
    else viewport.zoom(this.at(event).screen, Math.exp(clamp(-event.deltaY * lines, -120, 120) * (event.ctrlKey ? 0.01 : 0.002)));
    this.editor.scene.gliding = null;
    this.editor.scene.moved();
    if (this.last) this.tool().hover(this.at(event));
  }

  /** Show by the pointer what a press would do. @param {At | null} at */
  dress(at) {
    const pans = this.panning || this.tool().id === "pan" || this.gesture instanceof PanGesture;
    const cursor = pans ? (this.gesture ? "grabbing" : "grab") : this.tool().cursor(at);
    if (this.stage.style.cursor !== cursor) this.stage.style.cursor = cursor;
  }
}

/** The hand: every press pans. */
export class PanTool {
  constructor() {
    this.id = "pan";
  }

  cursor() {
    return "grab";
  }

  press() {
    return null;
  }

  hover() {}

  leave() {}

  cancel() {
    return false;
  }
}
