// Tags: classes of the whole picture, each there or not at one key or one click.
import { el, icon, must, perFrame } from "../../lib/dom.js";
import { deleteBox, judge, tagPicture } from "../commands/boxes.js";
import { swatch } from "./swatch.js";

/**
 * @typedef {import("./actions.js").App} App
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../view/editor.js").LabelClass} LabelClass
 */

export class Tags {
  /** @param {App} app */
  constructor(app) {
    this.app = app;
    this.section = must("#tags");
    this.chips = must("#tag-chips");
    this.line = must("#tagged");
    /** Whether classes that are for shapes too are offered. */
    this.isOpen = false;
    this.render = perFrame(() => this.draw());
    for (const name of /** @type {const} */ (["boxes", "classes", "opened", "canvas", "settings"])) app.editor.on(name, this.render);
    this.chips.addEventListener("click", (event) => this.click(event));
    this.section.addEventListener("keydown", (event) => this.key(event));
    this.draw();
  }

  /** The tags of the picture, by class. @returns {Map<string, Box>} */
  get present() {
    const tags = [...this.app.editor.document.view.values()].filter((box) => box.shape === "tag" && box.class_id);
    return new Map(tags.map((box) => [/** @type {string} */ (box.class_id), box]));
  }

  /** Show every class that may be a tag, and go there. */
  open() {
    this.isOpen = true;
    if (document.body.dataset.panel !== "open") this.app.togglePanel();
    this.draw();
    const first = /** @type {HTMLElement | null} */ (this.chips.querySelector("button"));
    if (first) first.focus();
    else this.app.editor.emit("toast", { text: "No class of this project is for tags. Say so in its settings." });
  }

  draw() {
    const { editor } = this.app;
    const present = this.present;
    const offered = editor.data.classes.filter(({ id, use }) => use === "tags" || present.has(id) || (this.isOpen && use !== "shapes"));
    this.section.hidden = !offered.length && !this.isOpen;
    const focused = document.activeElement?.getAttribute("data-tag");
    this.chips.replaceChildren(...offered.map((label) => this.chip(label, present.get(label.id))));
    if (focused) /** @type {HTMLElement | null} */ (this.chips.querySelector(`[data-tag="${focused}"]`))?.focus();
    const tags = [...present.values()].filter((box) => box.state !== "rejected");
    this.line.hidden = !tags.length || editor.past;
    this.line.replaceChildren(...tags.map((box) => {
      const { name, color } = editor.look(box.class_id);
      return el("span", { class: box.state === "proposed" ? "chip proposed" : "chip" }, swatch(color), name);
    }));
  }

  /** @param {LabelClass} label @param {Box | undefined} box */
  chip(label, box) {
    const { editor } = this.app;
    const on = box && box.state !== "rejected";
    const score = box?.score === null || !box ? "" : ` ${box.score.toFixed(2)}`;
    const said = box?.state === "proposed" ? ", proposed" : "";
    return el("span", { class: "tag" },
      el("button", {
        type: "button", class: box?.state === "proposed" ? "chip proposed" : "chip", "data-tag": label.id, "aria-pressed": String(Boolean(on)),
        "aria-label": said ? label.name + said : null, disabled: !editor.mayEdit,
      }, swatch(label.color), label.name, score),
      on && label.attributes?.length
        ? el("button", { type: "button", class: "button quiet square small", "data-describe": box.id, "aria-label": `Attributes of ${label.name}` }, icon("list"))
        : null,
    );
  }

  /** @param {MouseEvent} event */
  click(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const tag = target.closest("[data-tag]")?.getAttribute("data-tag");
    const described = target.closest("[data-describe]")?.getAttribute("data-describe");
    if (tag) this.toggle(tag);
    else if (described) this.app.editor.select([described]);
  }

  /** Tag the picture, or take the tag away; a proposed one is accepted. @param {string} classId */
  toggle(classId) {
    const { editor } = this.app;
    const label = editor.classes.get(classId);
    const box = this.present.get(classId);
    if (!label) return;
    const edits = !box ? [tagPicture(classId, editor.data.image)] : box.state === "accepted" ? [deleteBox(box.id)] : judge([box], "accepted");
    const gone = box?.state === "accepted";
    if (!editor.submit(edits, gone ? "untag" : "tag")) return;
    editor.emit("say", gone ? `No longer tagged ${label.name}.` : `Tagged ${label.name}.`);
    // What it carries is asked for at once.
    if (!gone && label.attributes?.length) editor.select([edits[0].box_id]);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape" && event.key !== "F6") return;
    event.preventDefault();
    event.stopPropagation();
    this.isOpen = false;
    this.draw();
    must("#stage").focus({ preventScroll: true });
  }
}
