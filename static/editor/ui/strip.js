// The app bar and the filmstrip: which image this is, what comes next, whether everything is saved.
import { el, icon, must, perFrame } from "../../lib/dom.js";

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

export class Strip {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.film = must("#film");
    const { editor } = app;
    this.render = perFrame(() => this.draw());
    editor.on("opened", this.render);
    editor.on("canvas", this.render);
    editor.on("boxes", perFrame(() => this.drawState()));
    editor.on("status", perFrame(() => this.drawStatus()));
    editor.on("opened", () => setTimeout(() => this.drawStatus(), PATIENCE_MS));
    editor.on("view", perFrame(() => this.drawZoom()));
    this.film.addEventListener("click", (event) => this.click(event));
    this.draw();
  }

  draw() {
    const { data, state } = this.app.editor;
    document.title = `${data.image.filename} – ModelShip`;
    must("#filename").textContent = data.image.filename;
    must("#position").textContent = `${data.position.index}/${data.position.total}`;
    for (const one of data.neighbours) if (one.id === data.image.id) one.state = state;
    this.drawState();
    const focused = this.film.contains(document.activeElement);
    this.film.replaceChildren(...data.neighbours.map((one) => this.frame(one, one.id === data.image.id)));
    const current = /** @type {HTMLElement | null} */ (this.film.querySelector("[aria-current]"));
    if (focused) current?.focus();
    if (current) this.film.scrollLeft = current.offsetLeft - (this.film.clientWidth - current.clientWidth) / 2;
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
