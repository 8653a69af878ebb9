// The pages of jobs, kept up to date while something on them may still move.
import { LiveJobs } from "./live_jobs.js";

for (const root of document.querySelectorAll("[data-live-jobs]")) {
  new LiveJobs(/** @type {HTMLElement} */ (root)).start();
}
