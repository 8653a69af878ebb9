// Two pictures in a dialog: side by side, one flipped over the other, or faded into each other.
import { must } from "../lib/dom.js";
import { listening } from "./modules.js";

const HINTS = /** @type {Record<string, string>} */ ({ side: "", flip: "Space or a click flips.", fade: "" });

/** @param {HTMLElement} left the card of the kept picture @param {HTMLElement} right */
export function compare(left, right) {
  const dialog = /** @type {HTMLDialogElement} */ (must("#compare-dialog"));
  for (const [part, card] of /** @type {[string, HTMLElement][]} */ ([["left", left], ["right", right]])) {
    const figure = must(`[data-part=${part}]`, dialog);
    const image = /** @type {HTMLImageElement} */ (must("img", figure));
    image.src = card.dataset.large ?? "";
    image.alt = card.dataset.name ?? "";
    must("figcaption", figure).textContent = `${card.dataset.name} · ${must(".traits", card).innerText.replaceAll("\n", " ")}`;
  }
  if (!dialog.open) dialog.showModal();
  dialog.addEventListener("close", () => right.focus(), { once: true });
}

class Compare {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    this.fade = /** @type {HTMLInputElement} */ (must("[data-part=fade]", box));
    this.stops = [
      listening(box, "change", (event) => event.target.name === "compare-mode" && this.show(event.target.value)),
      listening(this.fade, "input", () => this.mix()),
      listening(must("[data-part=stage]", box), "click", () => this.flip()),
      listening(/** @type {HTMLElement} */ (box.closest("dialog")), "keydown", (event) => {
        if (event.key !== " " || this.box.dataset.mode !== "flip") return;
        event.preventDefault();
        this.flip();
      }),
    ];
    this.show("side");
  }

  figures() {
    return ["left", "right"].map((part) => must(`[data-part=${part}]`, this.box));
  }

  /** @param {string} mode side, flip or fade */
  show(mode) {
    this.box.dataset.mode = mode;
    must("[data-part=hint]", this.box).textContent = HINTS[mode];
    const [left, right] = this.figures();
    left.toggleAttribute("data-shown", true);
    right.toggleAttribute("data-shown", false);
    this.mix();
  }

  flip() {
    if (this.box.dataset.mode === "flip") for (const figure of this.figures()) figure.toggleAttribute("data-shown");
  }

  mix() {
    const [, right] = this.figures();
    right.style.opacity = this.box.dataset.mode === "fade" ? this.fade.value : "";
  }

  stop() {
    this.stops.forEach((stop) => stop());
  }
}

/** @param {HTMLElement} box */
export function start(box) {
  return new Compare(box);
}
