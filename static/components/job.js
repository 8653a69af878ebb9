// Follows one job: asks each second while it lives, shows how far it is, cancels and retries it.
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";
import { listening } from "./modules.js";
import { toast } from "./toasts.js";

const EVERY_MS = 1000;
const SLOWEST_MS = 15000;
const LIVE = new Set(["queued", "running"]);
const WORDS = /** @type {Record<string, string>} */ ({ queued: "Waiting for a worker.", running: "Starting.", cancelled: "Cancelled.", succeeded: "Done." });
const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

class Job {
  /** @param {HTMLElement} box */
  constructor(box) {
    this.box = box;
    this.url = `/api/v1/jobs/${box.dataset.job}`;
    this.wait = EVERY_MS;
    this.stops = [listening(box, "click", (event) => {
      const action = event.target.closest("[data-job-action]")?.dataset.jobAction;
      if (action) this.act(action);
    })];
    if (LIVE.has(box.dataset.state ?? "")) this.later();
  }

  later() {
    this.timer = setTimeout(() => this.look(), this.wait);
  }

  async look() {
    try {
      this.show(await call(this.url));
      this.wait = EVERY_MS;
    } catch {
      this.wait = Math.min(this.wait * 2, SLOWEST_MS);
    }
    if (LIVE.has(this.box.dataset.state ?? "")) this.later();
  }

  /** @param {string} action cancel or retry */
  async act(action) {
    clearTimeout(this.timer);
    try {
      await call(`${this.url}/${action}`, { method: "POST", json: {} });
      if (action === "retry") this.box.dispatchEvent(new CustomEvent("job:started", { bubbles: true }));
    } catch (error) {
      toast(error instanceof Error ? error.message : "That did not work.", { kind: "bad" });
    }
    this.look();
  }

  /** @param {any} answer a job, or {"job": …} */
  show(answer) {
    const job = answer?.job ?? answer;
    const before = this.box.dataset.state;
    this.box.dataset.state = job.state;
    const { done, total } = job.progress;
    const bar = /** @type {HTMLProgressElement} */ (must("progress", this.box));
    bar.hidden = !LIVE.has(job.state);
    if (total) bar.max = total;
    if (total) bar.value = done;
    else bar.removeAttribute("value");
    must("[data-part=figures]", this.box).textContent = figures(job, this.box.dataset.unit);
    must("[data-job-action=cancel]", this.box).hidden = !LIVE.has(job.state);
    if (before !== job.state && !LIVE.has(job.state)) {
      this.box.dispatchEvent(new CustomEvent("job:finished", { bubbles: true, detail: job }));
    } else if (LIVE.has(job.state)) {
      this.box.dispatchEvent(new CustomEvent("job:moved", { bubbles: true, detail: job }));
    }
  }

  stop() {
    clearTimeout(this.timer);
    this.stops.forEach((stop) => stop());
  }
}

/** @param {any} job @param {string} [unit] "KB" where the job counts those */
export function figures(job, unit) {
  if (job.state === "failed") return job.error?.detail ?? "It failed.";
  const { done, total, rate, eta_s: eta } = job.progress;
  if (job.state !== "running" || !total) return job.message || WORDS[job.state] || "";
  // All of it has arrived: what follows is told in words.
  if (unit && done >= total) return job.message;
  const parts = [`${amount(done, unit)} of ${amount(total, unit)}`];
  if (rate) parts.push(`${amount(rate, unit)} a second`);
  if (eta !== null && eta !== undefined) parts.push(`${span(eta)} left`);
  return parts.join(" · ");
}

/** @param {number} count @param {string} [unit] */
function amount(count, unit) {
  if (!unit) return number.format(count);
  return count < 1024 ? `${number.format(count)} KB` : `${number.format(count / 1024)} MB`;
}

/** A length of time in its largest unit or two. @param {number} seconds */
export function span(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** @param {HTMLElement} box */
export function start(box) {
  return new Job(box);
}
