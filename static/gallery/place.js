// Where in the list somebody is: who returns from a picture finds it, and a link can name it.

const PICTURE = /^\/images\/([0-9a-f-]{36})\/$/;
const PLACE = () => `gallery.place ${location.pathname}${location.search}`;
const ADDRESS = () => `gallery.address ${location.pathname}`;

/** @param {number} place the first that can be seen */
export function leave(place) {
  sessionStorage.setItem(PLACE(), String(place));
  sessionStorage.setItem(ADDRESS(), location.search);
}

/** The place that was left here. */
export function remembered() {
  return Number(sessionStorage.getItem(PLACE()));
}

/** The picture to go to: the one that the address names, once, or the one that was open in the editor just now. @returns {string | undefined} */
export function askedFor() {
  const url = new URL(location.href), named = url.searchParams.get("at");
  if (!named) return pictureBefore();
  url.searchParams.delete("at");
  history.replaceState(history.state, "", url);
  return named;
}

/** The picture whose page led here by a link; going back in the history shows what was left. */
function pictureBefore() {
  const [entry] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  if (!document.referrer || entry?.type !== "navigate") return undefined;
  const { origin, pathname } = new URL(document.referrer);
  return origin === location.origin ? PICTURE.exec(pathname)?.[1] : undefined;
}

/** The editor knows the search and not the order in which it was listed: go on to where one was. @returns {boolean} whether the page leaves for it */
export function comesBack() {
  const left = sessionStorage.getItem(ADDRESS());
  const before = new URLSearchParams(left ?? ""), here = new URLSearchParams(location.search);
  if (!left || here.has("sort") || !before.has("sort") || !pictureBefore()) return false;
  if ((before.get("q") ?? "") !== (here.get("q") ?? "")) return false;
  const at = pictureBefore();
  before.set("at", String(at));
  location.replace(`?${before}`);
  return true;
}
