// The bell in the bar: how much is unread, asked for now and then while the page is looked at.
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";
import { listening } from "./modules.js";

const EVERY_MS = 45000;
/** Whoever comes back to the page is told at once, but not at every glance. */
const LEAST_MS = 3000;

class Bell {
  /** @param {HTMLElement} link */
  constructor(link) {
    this.link = link;
    this.count = must("[data-part=count]", link);
    this.at = Date.now();
    this.timer = setInterval(() => void this.look(), EVERY_MS);
    const back = () => void this.look();
    this.stops = [listening(window, "focus", back), listening(document, "visibilitychange", back), listening(document, "notices", () => void this.look(0))];
  }

  /** @param {number} [pause] */
  async look(pause = LEAST_MS) {
    if (document.hidden || Date.now() - this.at < pause) return;
    this.at = Date.now();
    try {
      this.show((await call("/api/v1/notifications?unread=true&limit=1")).unread);
    } catch {
      // Offline or signed out: the next look tells.
    }
  }

  /** @param {number} unread */
  show(unread) {
    this.count.textContent = String(unread);
    this.count.hidden = unread === 0;
    this.link.setAttribute("aria-label", unread ? `Notifications, ${unread} unread` : "Notifications");
  }

  stop() {
    clearInterval(this.timer);
    this.stops.forEach((stop) => stop());
  }
}

/** @param {HTMLElement} link */
export function start(link) {
  return new Bell(link);
}
