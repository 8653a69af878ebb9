// Shows the jobs of a page as the server would render them now: asks for the same page again and
// takes over what changed, so that nothing is worded or laid out twice.

const EVERY_MS = 1000;
const QUIET_MS = 5000;
const SLOWEST_MS = 15000;

/** @typedef {(url: string) => Promise<Document>} Load */

/** @type {Load} */
async function load(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!response.ok || response.redirected) throw new Error(`The page answered ${response.status}.`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

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
        const fresh = (await load(location.href)).getElementById(this.root.id);
        if (fresh && !this.isStopped) takeOver(this.root, fresh);
        this.wait = this.pace();
      } catch {
        this.wait = Math.min(this.wait * 2, SLOWEST_MS);
      }
    }
    this.later();
  }
}

/**
 * Make `root` show what `fresh` shows, leaving alone what is the same, so that focus stays.
 * @param {HTMLElement} root
 * @param {HTMLElement} fresh
 */
export function takeOver(root, fresh) {
  if (ids(root).join() !== ids(fresh).join()) {
    root.replaceChildren(...fresh.childNodes);
    return;
  }
  for (const after of jobs(fresh)) {
    const before = /** @type {HTMLElement} */ (root.querySelector(`[data-job="${after.dataset.job}"]`));
    if (before.dataset.look === after.dataset.look) refresh(before, after);
    else replace(before, after);
  }
}

/** @param {HTMLElement} root @returns {HTMLElement[]} */
function jobs(root) {
  return [...root.querySelectorAll("[data-job]")].map((job) => /** @type {HTMLElement} */ (job));
}

/** @param {HTMLElement} root */
function ids(root) {
  return jobs(root).map((job) => job.dataset.job);
}

/** @param {HTMLElement} before @param {HTMLElement} after */
function refresh(before, after) {
  for (const part of after.querySelectorAll("[data-part]")) {
    const shown = before.querySelector(`[data-part="${part.getAttribute("data-part")}"]`);
    if (shown && shown.textContent !== part.textContent) shown.textContent = part.textContent;
  }
  const [bar, fresh] = [before.querySelector("progress"), after.querySelector("progress")];
  if (!bar || !fresh?.hasAttribute("value")) return;
  bar.max = fresh.max;
  bar.value = fresh.value;
}

/** @param {HTMLElement} before @param {HTMLElement} after */
function replace(before, after) {
  const focused = controls(before).find((control) => control === document.activeElement);
  const heir = focused && controls(after).find((control) => aim(control) === aim(focused));
  before.replaceWith(after);
  if (focused) (heir ?? controls(after)[0])?.focus();
}

/** @param {HTMLElement} job @returns {(HTMLAnchorElement | HTMLButtonElement)[]} */
function controls(job) {
  return [...job.querySelectorAll("a, button")].map((found) => /** @type {HTMLAnchorElement} */ (found));
}

/** What a control leads to: the same in two renderings. @param {HTMLAnchorElement | HTMLButtonElement} control */
function aim(control) {
  return control instanceof HTMLAnchorElement ? control.getAttribute("href") : control.form?.getAttribute("action");
}
