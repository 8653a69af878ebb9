// On narrow screens the filters stand in a sheet. Escape, the way back and a click beside it close it; what is chosen
// there shows at once, and the sheet stays for the next choice.
import { listening } from "../components/modules.js";
import { must } from "../lib/dom.js";

const NARROW = "(max-width: 640px)";
const OPEN = "#filters";

/** @param {HTMLElement} toolbar */
export function start(toolbar) {
  const filters = new Filters(toolbar);
  return { stop: () => filters.stop() };
}

class Filters {
  /** @param {HTMLElement} toolbar */
  constructor(toolbar) {
    this.toolbar = toolbar;
    this.sheet = /** @type {HTMLDialogElement} */ (must("#filters-sheet"));
    this.room = must("[data-part=room]", this.sheet);
    this.button = must("[data-part=filters]", toolbar);
    this.narrow = matchMedia(NARROW);
    this.isLeaving = this.opensNext = false;
    const stops = [
      listening(this.narrow, "change", () => this.arrange()),
      listening(this.button, "click", () => this.open()),
      listening(window, "popstate", () => this.wentBack()),
      listening(this.sheet, "close", () => this.closed()),
      listening(this.sheet, "click", (event) => this.follow(event)),
    ];
    this.stop = () => {
      stops.forEach((stop) => stop());
      this.toolbar.append(...this.parts);
    };
    this.arrange();
    if (location.hash === OPEN && this.narrow.matches) this.reopen();
  }

  get parts() {
    return [must("[data-part=view-options]"), must("#facets")];
  }

  /** The same filters stand in the bar or in the sheet. */
  arrange() {
    (this.narrow.matches ? this.room : this.toolbar).append(...this.parts);
    this.button.hidden = !this.narrow.matches;
    if (!this.narrow.matches && this.sheet.open) this.sheet.close();
  }

  /** A choice in the sheet was followed: under it is the list as it is now, and the way back leads to that. */
  reopen() {
    history.replaceState(history.state, "", location.pathname + location.search);
    this.open();
  }

  open() {
    // The step back of the last closing is still on its way, and would close this again.
    this.opensNext = this.isLeaving;
    if (this.isLeaving) return;
    history.pushState({ sheet: true }, "", OPEN);
    this.sheet.showModal();
  }

  wentBack() {
    this.isLeaving = false;
    if (this.sheet.open) this.sheet.close();
    else if (this.opensNext) this.open();
  }

  /** Closed by hand, the step that opened it is taken back. */
  closed() {
    this.isLeaving = location.hash === OPEN;
    if (this.isLeaving) history.back();
    this.button.focus();
  }

  /** @param {MouseEvent} event */
  follow(event) {
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const url = new URL(link.getAttribute("href") ?? "", location.href);
    url.hash = OPEN;
    // The same search again would only move the hash.
    if (url.search === location.search) this.sheet.close();
    else location.replace(url);
  }
}
