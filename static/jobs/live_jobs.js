// Shows the jobs of a page as they are now.
import { loadPage, takeOver } from "../components/fresh.js";

const EVERY_MS = 1000;
const QUIET_MS = 5000;
const SLOWEST_MS = 15000;

export class LiveJobs {
  /** @param {HTMLElement} root its id names the same part in the page that is loaded again */
  constructor(root) {
    this.root = root;
    this.wait = this.pace();
    this.isStopped = false;
  }

  start() {
    this.later();
    return this;
  }

  stop() {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /** Every second while a job lives; now and then otherwise, to notice new ones. */
  pace() {
    return this.root.querySelector('[data-look^="queued"], [data-look^="running"]') ? EVERY_MS : QUIET_MS;
  }

  later() {
    if (!this.isStopped) this.timer = setTimeout(() => this.look(), this.wait);
  }

  async look() {
    if (!document.hidden) {
      try {
        const fresh = (await loadPage(location.href)).getElementById(this.root.id);
        if (fresh && !this.isStopped) takeOver(this.root, fresh, "job");
        this.wait = this.pace();
      } catch {
        this.wait = Math.min(this.wait * 2, SLOWEST_MS);
      }
    }
    this.later();
  }
}
