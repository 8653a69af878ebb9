// The gallery of a dataset: uploads, jobs and the dialogs that start them.
import * as classifyForm from "../components/classify_form.js";
import * as exportForm from "../components/export_form.js";
import * as job from "../components/job.js";
import * as labelForm from "../components/label_form.js";
import { startModules } from "../components/modules.js";
import * as prepareForm from "../components/prepare_form.js";
import { toast } from "../components/toasts.js";
import * as trainForm from "../components/train_form.js";
import * as upload from "../components/upload.js";
import * as assign from "../gallery/assign.js";
import * as gallery from "../gallery/gallery.js";
import * as savedViews from "../gallery/saved_views.js";
import * as filters from "../gallery/filters.js";
import * as searchLine from "../gallery/search_line.js";
import * as viewList from "../gallery/view_list.js";
import { must } from "../lib/dom.js";

const REFRESH_MS = 4000;
const htmx = /** @type {any} */ (window).htmx;

/** @type {gallery.Gallery | null} the grid, when there are pictures */
let grid = null;
const pictures = {
  gallery: { start: (/** @type {HTMLElement} */ frame) => (grid = gallery.start(frame)) },
  toolbar: { start: startToolbar },
};

/** @param {HTMLElement} toolbar */
function startToolbar(toolbar) {
  const parts = [searchLine.start(toolbar), filters.start(toolbar)];
  must("[data-part=help]").addEventListener("click", () => grid?.help());
  return { stop: () => parts.forEach((part) => part.stop()) };
}

let activity = startModules(must("#activity"), { job });
let shown = startModules(must("#pictures"), pictures);
startModules(document, { "saved-views": savedViews, "view-list": viewList, "export-form": exportForm, "label-form": labelForm, "prepare-form": prepareForm, "classify-form": classifyForm, assign, "train-form": trainForm, upload });

/** Fetch the page again and put its `id` in place of ours. @param {string} id */
async function refresh(id) {
  const url = must(`#${id}`).dataset.url;
  if (id === "activity") activity.stop();
  await htmx.ajax("GET", url, { target: `#${id}`, select: `#${id}`, swap: "outerHTML" });
  if (id === "activity") activity = startModules(must("#activity"), { job });
}

/** Thumbnails show their new states while a job runs, but not more often than one can look. */
let refreshed = 0;
function refreshPictures() {
  if (Date.now() - refreshed < REFRESH_MS) return;
  refreshed = Date.now();
  showPictures();
}

/** A grid shows how things are now and stays where it is; the first pictures of a dataset come with their grid. */
async function showPictures() {
  if (grid) return grid.refresh();
  shown.stop();
  await refresh("pictures");
  shown = startModules(must("#pictures"), pictures);
}

let isCounting = false;
let isOutdated = false;

/** The numbers beside the search, while nobody is typing there. What changes meanwhile is asked for once more. */
async function countAgain() {
  isOutdated = true;
  if (isCounting) return;
  isCounting = true;
  try {
    while (isOutdated && !must("#toolbar").contains(document.activeElement)) {
      isOutdated = false;
      await htmx.ajax("GET", must("#pictures").dataset.url, { source: "#facets", target: "#facets", select: "#facets", swap: "outerHTML" });
    }
  } finally {
    isCounting = false;
  }
}

document.addEventListener("job:started", () => refresh("activity"));
document.addEventListener("job:moved", refreshPictures);
document.addEventListener("job:finished", () => {
  refresh("activity");
  showPictures();
});
document.addEventListener("gallery:changed", countAgain);
document.addEventListener("uploaded", (event) => {
  const { created, refused, failed } = /** @type {CustomEvent} */ (event).detail;
  const added = created === 1 ? "1 picture added" : `${created} pictures added`;
  if (created) {
    showPictures();
    refresh("actions");
    must("[data-part=drop]").classList.add("slim");
  }
  if (refused + failed) toast(`${added}, ${refused + failed} not. The list says why.`, { kind: "bad" });
  else if (created) toast(`${added}.`, { kind: "good" });
});
