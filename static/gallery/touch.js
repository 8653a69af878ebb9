// Fingers: a long press begins a selection, and while there is one a tap adds to it.
import { listening } from "../components/modules.js";

const LONG_MS = 450;
const STILL_PX = 10;

export class Touch {
  /**
   * @param {HTMLElement} frame
   * @param {{cellOf: (event: Event) => import("./cell.js").Cell | null, isSelecting: () => boolean, toggle: (cell: import("./cell.js").Cell) => void}} gallery
   */
  constructor(frame, gallery) {
    this.gallery = gallery;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.start = { x: 0, y: 0 };
    this.isTouch = false;
    // The click that follows a long press means nothing more.
    this.isSpent = false;
    const stops = [
      listening(frame, "pointerdown", (event) => this.press(event)),
      listening(frame, "pointermove", (event) => this.moved(event)),
      listening(frame, "pointerup", () => clearTimeout(this.timer)),
      listening(frame, "pointercancel", () => clearTimeout(this.timer)),
      listening(frame, "contextmenu", (event) => this.isTouch && event.preventDefault()),
    ];
    this.stop = () => {
      clearTimeout(this.timer);
      stops.forEach((stop) => stop());
    };
  }

  /** @param {PointerEvent} event */
  press(event) {
    this.isTouch = event.pointerType === "touch";
    this.isSpent = false;
    clearTimeout(this.timer);
    const cell = this.gallery.cellOf(event);
    if (!this.isTouch || !cell?.picture) return;
    this.start = { x: event.clientX, y: event.clientY };
    this.timer = setTimeout(() => {
      this.isSpent = true;
      navigator.vibrate?.(10);
      this.gallery.toggle(cell);
    }, LONG_MS);
  }

  /** @param {PointerEvent} event */
  moved(event) {
    if (Math.hypot(event.clientX - this.start.x, event.clientY - this.start.y) > STILL_PX) clearTimeout(this.timer);
  }

  /** Whether this click is no opening of a picture. @param {import("./cell.js").Cell} cell */
  takes(cell) {
    clearTimeout(this.timer);
    if (!this.isTouch) return false;
    if (!this.isSpent && !this.gallery.isSelecting()) return false;
    if (!this.isSpent) this.gallery.toggle(cell);
    this.isSpent = false;
    return true;
  }
}
