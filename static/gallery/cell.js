// One cell of the grid: made once, painted with many pictures.
import { el, icon } from "../lib/dom.js";
import { assigneeList, showAssignees } from "./assignees.js";

/** Words, colour and icon of each state, as the server's badges have them. @type {Record<string, [string, string, string]>} */
const STATES = {
  new: ["New", "dashed", "circle-dashed"],
  proposed: ["Proposed", "accent", "sparkles"],
  labeled: ["Labelled", "", "tag"],
  submitted: ["In review", "warn", "eye"],
  approved: ["Approved", "ok", "badge-check"],
  changes_requested: ["Changes requested", "bad", "message-square-warning"],
};
const ARCHIVED = /** @type {[string, string, string]} */ (["Archived", "", "archive"]);

/** @param {number} number @param {string} one @param {string} many */
const plural = (number, one, many) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

export class Cell {
  /** @param {boolean} picks whether pictures can be selected @param {string} line the search, which the editor goes along */
  constructor(picks, line) {
    this.query = line && `?${new URLSearchParams({ q: line })}`;
    this.place = -1;
    this.isSelected = false;
    /** What the badge says. @type {[string, string, string] | null} */
    this.badged = null;
    /** @type {import("./source.js").Picture | null} */
    this.picture = null;
    this.image = el("img", { alt: "", decoding: "async", draggable: "false" });
    this.people = assigneeList();
    this.frame = el("div", { class: "picture" }, this.image, this.people);
    this.link = el("a", { class: "cover truncate", tabindex: "-1" });
    this.words = el("span", { class: "meta" });
    this.preview = el("a", { class: "meta preview", tabindex: "-1" }, "Preview");
    this.state = el("div", { class: "state" });
    this.pick = el("button", { class: "pick", type: "button", tabindex: "-1", "aria-pressed": "false" }, icon("check"));
    this.node = el("div", { class: "thumb", role: "gridcell", "aria-selected": "false" }, this.frame, this.link, el("div", { class: "under" }, this.words, this.preview), this.state, picks && this.pick);
  }

  /** Show that picture, or an empty frame while it is on its way. @param {number} place @param {import("./source.js").Picture | null} picture @param {boolean} isSelected */
  paint(place, picture, isSelected) {
    if (isSelected !== this.isSelected) this.select(isSelected);
    if (place === this.place && picture === this.picture) return;
    if (picture?.id !== this.picture?.id) {
      this.image.removeAttribute("srcset");
      this.image.removeAttribute("src");
      this.frame.querySelector("svg.boxes")?.remove();
    }
    this.place = place;
    this.picture = picture;
    this.node.dataset.place = String(place);
    this.node.classList.toggle("waiting", !picture);
    if (picture) this.fill(picture);
  }

  /** @param {boolean} isSelected */
  select(isSelected) {
    this.isSelected = isSelected;
    this.node.setAttribute("aria-selected", String(isSelected));
    this.pick.setAttribute("aria-pressed", String(isSelected));
  }

  /** @param {import("./source.js").Picture} picture */
  fill(picture) {
    this.link.textContent = picture.filename;
    this.link.title = picture.filename + showAssignees(this.people, picture.assignees);
    this.link.href = `/images/${picture.id}/${this.query}`;
    const waiting = picture.proposed_count ? ` · ${picture.proposed_count.toLocaleString("en")} to review` : "";
    this.words.textContent = plural(picture.box_count, "box", "boxes") + waiting;
    this.preview.hidden = !picture.box_count;
    this.preview.href = `/images/${picture.id}/preview/`;
    this.preview.setAttribute("aria-label", `Preview of ${picture.filename}`);
    this.pick.setAttribute("aria-label", `Select ${picture.filename}`);
    this.badge(picture.archived_at ? ARCHIVED : STATES[picture.state]);
  }

  /** Most pictures that a cell shows one after the other stand in one state. @param {[string, string, string]} state */
  badge(state) {
    if (state === this.badged) return;
    const [words, kind, name] = (this.badged = state);
    this.state.replaceChildren(el("span", { class: `badge ${kind}` }, icon(name), words));
  }

  /** Fetch the thumbnail: only once the cell stays in sight. */
  load() {
    if (!this.picture || this.image.hasAttribute("src")) return;
    const url = `/api/v1/images/${this.picture.id}/thumbnail`;
    this.image.srcset = `${url}?size=256, ${url}?size=512 2x`;
    this.image.src = `${url}?size=256`;
  }
}
