// The app bar and the filmstrip: which image this is, what comes next, whether everything is saved.
import { call } from "../../lib/api.js";
import { el, icon, must, perFrame } from "../../lib/dom.js";
import { stateUrl } from "./travel.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../view/editor.js").Neighbour} Neighbour
 */

const STATES = /** @type {Record<string, [string, string, string]>} */ ({
  new: ["circle-dashed", "New", "dashed"], proposed: ["sparkles", "Proposed", "accent"], labeled: ["tag", "Labelled", ""],
  submitted: ["eye", "In review", "warn"], approved: ["badge-check", "Approved", "ok"],
  changes_requested: ["message-square-warning", "Changes requested", "bad"],
});
const SAVED = { saved: "Saved", pending: "Saving", offline: "Offline", connecting: "Connecting" };
/** A connection that opens quickly is not worth a word. */
const PATIENCE_MS = 500;
/** Nearer than this to an end of the strip, the images beyond it are fetched, so many at a time. */
const EDGE_PX = 400;
const MORE = 20;
/** After an image is opened, its own data come first. */
const AFTER_MS = 600;

export class Strip {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.film = must("#film");
    const { editor } = app;
    /** @type {Neighbour[]} an unbroken part of the dataset, around this image */
    this.known = [];
    /** Image at whose side there is nothing more, or which is being asked. @type {Set<string>} */
    this.asked = new Set();
    this.render = perFrame(() => this.draw());
    const open = perFrame(() => this.draw(true));
    editor.on("opened", () => {
      open();
      setTimeout(() => void this.extend(true), AFTER_MS);
    });
    editor.on("canvas", this.render);
    this.film.addEventListener("scroll", perFrame(() => void this.extend()));
    this.film.addEventListener("keydown", (event) => this.key(event));
    this.film.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    editor.on("boxes", perFrame(() => this.drawState()));
    editor.on("status", perFrame(() => this.drawStatus()));
    editor.on("opened", () => setTimeout(() => this.drawStatus(), PATIENCE_MS));
    editor.on("view", perFrame(() => this.drawZoom()));
    this.film.addEventListener("click", (event) => this.click(event));
    this.draw(true);
  }

  /** @param {boolean} [centres] whether this image comes to the middle */
  draw(centres = false) {
    const { data, state } = this.app.editor;
    document.title = `${data.image.filename} – ModelShip`;
    must("#filename").textContent = data.image.filename;
    must("#position").textContent = `${data.position.index}/${data.position.total}`;
    for (const one of data.neighbours) if (one.id === data.image.id) one.state = state;
    this.drawState();
    const focused = this.film.contains(document.activeElement);
    this.known = merged(this.known, data.neighbours);
    this.film.replaceChildren(...this.known.map((one) => this.frame(one, one.id === data.image.id)));
    const current = /** @type {HTMLElement | null} */ (this.film.querySelector("[aria-current]"));
    if (focused) current?.focus({ preventScroll: true });
    if (current && centres) this.film.scrollLeft = current.offsetLeft - (this.film.clientWidth - current.clientWidth) / 2;
  }

  drawState() {
    const { state } = this.app.editor;
    const badge = must("#state");
    if (badge.dataset.state === state) return;
    const [sign, words, kind] = STATES[state] ?? STATES.new;
    badge.dataset.state = state;
    badge.className = `badge ${kind}`;
    badge.replaceChildren(icon(sign), words);
    const mark = this.film.querySelector("[aria-current] .mark");
    mark?.setAttribute("class", `mark ${state}`);
    mark?.replaceChildren(icon(sign));
  }

  /** @param {Neighbour} one @param {boolean} isHere */
  frame(one, isHere) {
    const [sign, words] = STATES[one.state] ?? STATES.new;
    const picture = el("img", { src: one.thumbnail_url, alt: "", width: 92, height: 60, loading: "lazy", decoding: "async" });
    const mark = el("span", { class: `mark ${one.state}` }, icon(sign));
    const label = isHere ? `This image, ${words}` : words;
    return el("li", {}, el("a", { href: one.url, "aria-label": label, title: words, "aria-current": isHere ? "true" : null }, picture, mark));
  }

  /** @param {MouseEvent} event */
  click(event) {
    const link = /** @type {HTMLElement} */ (event.target).closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    void this.app.travel.visit(link.getAttribute("href") ?? "");
  }

  /** Fetch the images beyond an end that comes in sight; what is looked at stays where it is. @param {boolean} [centres] */
  async extend(centres = false) {
    const { film, known } = this;
    const before = film.scrollLeft < EDGE_PX;
    const edge = before ? known[0] : film.scrollLeft + film.clientWidth > film.scrollWidth - EDGE_PX ? known.at(-1) : null;
    if (!edge || this.asked.has(edge.id)) return;
    this.asked.add(edge.id);
    try {
      const { neighbours } = await call(stateUrl(edge.url, MORE));
      if (this.known !== known) {
        // The other end came first: look again from what is known now, since nobody may scroll any more.
        this.asked.delete(edge.id);
        return void this.extend(centres);
      }
      this.known = merged(known, neighbours);
      if (this.known.length === known.length) return;
      const from = this.leftOf(known[0]);
      this.draw(centres);
      if (!centres) film.scrollLeft += this.leftOf(known[0]) - from;
    } catch {
      this.asked.delete(edge.id);
    }
  }

  /** @param {Neighbour} one */
  leftOf(one) {
    return /** @type {HTMLElement | null} */ (this.film.querySelector(`a[href="${one.url}"]`))?.offsetLeft ?? 0;
  }

  /** The arrow keys go along the strip, Enter opens, Escape goes back to the picture. @param {KeyboardEvent} event */
  key(event) {
    const links = [...this.film.querySelectorAll("a")];
    const at = links.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    const to = /** @type {Record<string, number>} */ ({ ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: links.length - 1 })[event.key];
    if (event.key === "Escape") must("#stage").focus({ preventScroll: true });
    else if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (to !== undefined) links[to]?.focus();
  }

  /** An upright wheel turns the strip along. @param {WheelEvent} event */
  wheel(event) {
    if (event.ctrlKey || !event.deltaY) return;
    event.preventDefault();
    this.film.scrollLeft += event.deltaY;
  }

  drawStatus() {
    const { session } = this.app.editor;
    const status = must("#status");
    const left = session.unsaved;
    const offline = left ? `Offline, ${left} to save` : SAVED.offline;
    status.dataset.state = session.status;
    must("span", status).textContent = session.status === "offline" ? offline : SAVED[session.status];
    status.title = session.status === "offline" ? "Your changes are kept in this browser and sent when the server is back." : "Every change is saved at once.";
  }

  drawZoom() {
    must("#zoom").textContent = `${Math.round(this.app.editor.scene.viewport.scale * 100)} %`;
  }
}

/** Two unbroken parts as one where they overlap, with the newer states; else the newer part alone. @param {Neighbour[]} known @param {Neighbour[]} fresh */
function merged(known, fresh) {
  const at = new Map(known.map((one, index) => [one.id, index]));
  const first = fresh.findIndex((one) => at.has(one.id));
  if (first < 0) return fresh;
  const start = /** @type {number} */ (at.get(fresh[first].id));
  const last = /** @type {Neighbour} */ (fresh.findLast((one) => at.has(one.id)));
  return [...known.slice(0, start), ...fresh, ...known.slice(/** @type {number} */ (at.get(last.id)) + 1)];
}
