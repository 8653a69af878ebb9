// Says on every page that the detector service is away, for as long as it is. Loaded only where one is set.
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";

// With the service's own second and two of memory, people know within five.
const PAUSE_MS = 2000;

/** @param {HTMLElement} banner */
export function start(banner) {
  /** @type {number | undefined} */
  let timer;
  let isClosed = false;

  async function look() {
    clearTimeout(timer);
    if (document.visibilityState === "visible") {
      try {
        const { state } = await call(banner.dataset.url ?? "");
        isClosed &&= state !== "up";
        banner.hidden = state === "up" || isClosed;
      } catch {
        // The server itself is away, or the session is over: other parts of the page say so.
      }
    }
    timer = setTimeout(look, PAUSE_MS);
  }

  function close() {
    isClosed = banner.hidden = true;
  }

  must("button", banner).addEventListener("click", close);
  document.addEventListener("visibilitychange", look);
  look();
  return {
    stop() {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    },
  };
}

start(must("#outage"));
