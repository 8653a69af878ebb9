// The pins of threads over the picture: as large at every zoom, numbered, reached by Tab, with the place of the chosen one.
import { el, must } from "../../lib/dom.js";
import { placeOf } from "../model/threads.js";

/** @typedef {import("./threads.js").Threads} Threads @typedef {import("../model/threads.js").Thread} Thread */

export class Pins {
  /** @param {Threads} threads */
  constructor(threads) {
    this.threads = threads;
    this.editor = threads.editor;
    this.frame = el("div", { class: "pin-place", hidden: true });
    this.list = el("ul", { role: "list" });
    this.layer = el("div", { class: "pins", role: "group", "aria-label": "Comments on the picture" }, this.frame, this.list);
    /** @type {Map<string, HTMLButtonElement>} */
    this.pins = new Map();
    this.hovered = /** @type {string | null} */ (null);
    const stage = must("#stage");
    stage.after(this.layer);
    // The wheel goes through to the picture.
    this.layer.addEventListener("wheel", (event) => {
      event.preventDefault();
      stage.dispatchEvent(new WheelEvent("wheel", event));
    }, { passive: false });
    this.editor.on("view", () => this.place());
  }

  draw() {
    const { shown, current } = this.threads;
    const pinned = shown.filter(({ anchor }) => placeOf(anchor));
    const ids = new Set(pinned.map(({ id }) => id));
    for (const [id, pin] of this.pins) {
      if (ids.has(id)) continue;
      pin.parentElement?.remove();
      this.pins.delete(id);
    }
    for (const thread of pinned) {
      const pin = this.pins.get(thread.id) ?? this.make(thread.id);
      const first = thread.comments[0];
      pin.textContent = String(thread.number);
      pin.dataset.state = thread.state;
      pin.setAttribute("aria-current", String(thread.id === current));
      pin.setAttribute("aria-label", `Comment ${thread.number}, ${thread.state}, by ${first?.author?.name ?? "somebody"}: ${first?.text.slice(0, 120) ?? ""}`);
      pin.title = `${first?.author?.name ?? "Somebody"}: ${first?.text.slice(0, 200) ?? ""}`;
    }
    this.place();
  }

  /** @param {string} id */
  make(id) {
    const hover = (/** @type {string | null} */ over) => () => {
      this.hovered = over;
      this.place();
    };
    const pin = el("button", { type: "button", class: "pin", onclick: () => this.threads.choose(id), onpointerenter: hover(id), onpointerleave: hover(null), onfocus: hover(id), onblur: hover(null) });
    this.pins.set(id, pin);
    this.list.append(el("li", {}, pin));
    return pin;
  }

  /** Put each where its place is on the screen: at the top right of a box or region, its tip on a point. */
  place() {
    const { viewport } = this.editor.scene;
    for (const [id, pin] of this.pins) {
      const thread = this.threads.all.get(id);
      const place = thread && placeOf(thread.anchor);
      if (!place) continue;
      const { x, y, w } = viewport.toScreen(place);
      const at = { x: x + w, y };
      pin.hidden = at.x < 0 || at.y < 0 || at.x > viewport.width || at.y > viewport.height + 28;
      pin.style.translate = `${Math.round(at.x)}px ${Math.round(at.y)}px`;
    }
    this.outline();
  }

  /** The place of what is pointed at, begun or chosen. */
  outline() {
    const { all, current, draft } = this.threads;
    const thread = all.get(this.hovered ?? current ?? "");
    const box = draft?.box_id ? this.editor.document.view.get(draft.box_id) : null;
    const place = this.hovered || !draft ? thread && placeOf(thread.anchor) : box ?? placeOf(draft);
    this.frame.hidden = !place;
    if (!place) return;
    const { x, y, w, h } = this.editor.scene.viewport.toScreen(place);
    this.frame.classList.toggle("point", !place.w);
    this.frame.style.translate = `${x}px ${y}px`;
    this.frame.style.inlineSize = `${w}px`;
    this.frame.style.blockSize = `${h}px`;
  }
}
