// The tour on the start page: pictures and steps as they come, and a file that downloads itself.
import { loadPage, pageOf, takeOver } from "./fresh.js";
import { listening } from "./modules.js";
import { toast } from "./toasts.js";

const EVERY_MS = 1000;
const SLOWEST_MS = 15000;

class Tour {
  /** @param {HTMLElement} card its id names it in the page that is loaded again */
  constructor(card) {
    this.card = card;
    this.wait = EVERY_MS;
    this.isStopped = false;
    /** Whether this window ordered an export that it has not downloaded yet. */
    this.awaitsFile = false;
    this.stopListening = listening(card, "submit", (event) => this.submitted(event));
    if (this.isLive) this.later();
  }

  get isLive() {
    return "live" in this.card.dataset;
  }

  later() {
    clearTimeout(this.timer);
    if (!this.isStopped) this.timer = setTimeout(() => this.look(), this.wait);
  }

  async look() {
    if (!document.hidden) {
      try {
        this.show(await loadPage(location.href));
        this.wait = EVERY_MS;
      } catch {
        this.wait = Math.min(this.wait * 2, SLOWEST_MS);
      }
    }
    if (this.isLive) this.later();
  }

  /** The export is ordered here, so that the page stays and the file arrives. @param {SubmitEvent} event */
  submitted(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.closest("[data-key=export]")) return;
    event.preventDefault();
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    this.awaitsFile = true;
    void this.order(form);
  }

  /** @param {HTMLFormElement} form */
  async order(form) {
    try {
      const response = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" });
      if (!response.ok || new URL(response.url).pathname !== location.pathname) throw new Error(String(response.status));
      this.show(pageOf(await response.text()));
    } catch {
      this.awaitsFile = false;
      for (const button of form.querySelectorAll("button")) button.disabled = false;
      toast("The export could not be ordered. Try again.", { kind: "bad" });
    }
    if (this.isLive) this.later();
  }

  /** @param {Document} page */
  show(page) {
    const fresh = page.getElementById(this.card.id);
    // Removed or hidden elsewhere: the page as it is now says it better.
    if (!fresh) return location.reload();
    const wasLive = this.isLive;
    takeOver(this.card, fresh, "key");
    this.card.toggleAttribute("data-live", fresh.hasAttribute("data-live"));
    if (wasLive && !this.isLive) this.showAround(page);
    this.download();
  }

  /** What the finished work changed beside the card. @param {Document} page */
  showAround(page) {
    const [before, after] = [document.getElementById("around"), page.getElementById("around")];
    if (before && after && !before.contains(document.activeElement)) before.replaceWith(after);
  }

  download() {
    const link = /** @type {HTMLAnchorElement | null} */ (this.card.querySelector("[data-download]"));
    if (!link || !this.awaitsFile) return;
    this.awaitsFile = false;
    link.click();
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.stopListening();
  }
}

/** @param {HTMLElement} card */
export function start(card) {
  return new Tour(card);
}
