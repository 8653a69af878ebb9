// The open picture and what the person does with it: the one object that tools and panels speak to.
import { Emitter } from "../../lib/events.js";
import { Histories } from "../commands/histories.js";
import { completed, isDrawn } from "../model/attributes.js";
import { isLoose } from "../model/edits.js";
import { union } from "../model/geometry.js";
import { narrowedOf } from "../model/narrowed.js";
import { readingOrder } from "../model/order.js";
import { boundsOf } from "../model/shapes.js";
import { Session } from "../sync/session.js";
import { Scene } from "./scene.js";
import { isPlain, Settings } from "./settings.js";
import { Sight } from "./sight.js";
import { Snapping } from "./snapping.js";
import { whereabouts } from "./whereabouts.js";

/**
 * @typedef {import("../model/edits.js").Box} Box
 * @typedef {import("../model/edits.js").Edit} Edit
 * @typedef {import("../model/geometry.js").Point} Point
 * @typedef {import("../model/attributes.js").LabelClass} LabelClass
 * @typedef {{id: string, url: string}} Link
 * @typedef {Link & {thumbnail_url: string, state: string}} Neighbour
 * @typedef {{
 *   image: {id: string, filename: string, width: number, height: number, state: string, dataset: string,
 *     data_url: string, display_url: string, tiles: import("./tiles.js").TileInfo | null},
 *   project: {id: string, name: string}, dataset: {id: string, name: string, url: string},
 *   classes: LabelClass[], me: {id: string, name: string}, can: {annotate: boolean, review: boolean}, steps: Partial<Record<string, string[]>>, comments: string[],
 *   hold: {user: {id: string, name: string}, until: string, is_hard: boolean} | null, reasons: {kind: string, score: number, detail: string}[],
 *   position: {index: number, total: number}, previous: Link | null, next: Link | null,
 *   neighbours: Neighbour[], keymap: import("../../lib/keymap.js").Keymap,
 *   urls: {socket: string, edits: string, review: string, state: string, take: string, history: string, restore: string, keymap: string}}} PageData
 * @typedef {{text: string, kind?: "good" | "bad", undo?: boolean}} Toast
 * @typedef {{image: string, edits: Edit[], drops: import("../model/document.js").Drop[], detail: string | null}} Conflict edits that were not taken as they were meant
 * @typedef {{screen: Point, picture: Point, shift: boolean, alt: boolean, ctrl: boolean, touch: boolean}} At
 * @typedef {{move(at: At): void, release(at: At): void, cancel(): void}} Gesture a press that goes on until release
 * @typedef {{point(at: At | null): void, adoptAt(at: At): boolean, adoptChosen(): boolean, leave(): boolean}} GhostHunt
 * @typedef {{id: string, cursor(at: At | null): string, press(at: At): Gesture | null, hover(at: At): void,
 *   leave(): void, cancel(): boolean,
 *   draws?: boolean, busy?: boolean, enter?(): void, steer?(dx: number, dy: number): void, back?(): boolean, absent?(): void}} Tool `draws` makes new shapes
 * @typedef {{boxes: Set<string>, selection: null, tool: null, classes: null, status: null, peers: null,
 *   opened: null, settings: null, followed: null, conflict: Conflict, late: import("../sync/outbox.js").Letter[], canvas: null, rights: null, unreachable: null, thread: any, hold: any, toast: Toast, say: string, view: null}} Events
 */

const UNNAMED = { name: "No class", color: "#a3adba" };
/** Screen pixels a pixel of the picture beyond which a closer look shows no more. */
const SHARP = 6;

/** @extends {Emitter<Events>} */
export class Editor extends Emitter {
  /**
   * @param {{data: PageData, stage: HTMLElement, outbox: import("../sync/outbox.js").Outbox,
   *   pictures: import("./picture.js").Pictures, left: () => void, memories: Promise<import("../sync/memory.js").Memory | null>}} options
   *   `left` is called when a picture was closed; `memories` keep my undo when the page is gone
   */
  constructor({ data, stage, outbox, pictures, left, memories }) {
    super();
    this.data = data;
    this.outbox = outbox;
    this.pictures = pictures;
    this.left = left;
    this.histories = new Histories(memories, () => this.emit("status", null));
    this.settings = new Settings(data.project.id);
    this.sight = new Sight(this);
    /** @type {Set<string>} */
    this.selection = new Set();
    /** @type {Point | null} the pointer, in picture pixels */
    this.pointer = null;
    /** @type {{flush: () => void} | null} changes shown but not submitted yet */
    this.draft = null;
    /** @type {Box[] | null} */
    this.ordered = null;
    /** @type {GhostHunt | null} what the model half believes, once it is loaded */
    this.ghosts = null;
    this.reviewState = "open";
    this.past = false; // The picture is shown as it was: to look at, not to edit.
    this.following = /** @type {string | null} */ (null); // The user whose view I follow.
    this.followed = /** @type {number[] | null} */ (null); // Their view, which then is what others see of mine.
    this.snap = new Snapping(this);
    /** @type {Map<string, LabelClass>} */
    this.classes = new Map();
    this.setClasses(data.classes);
    this.session = this.connect(data);
    const editor = this;
    this.scene = new Scene(stage, {
      selection: this.selection,
      get peers() {
        return editor.session.peers.present.values();
      },
      look: (id) => this.look(id),
      find: (id) => this.document.view.get(id),
    });
    this.scene.onmove = () => {
      this.emit("view", null);
      this.tell();
    };
    this.applySettings();
  }

  get document() {
    return this.session.document;
  }

  get history() {
    return this.histories.of(this.data.image.id);
  }

  /** Boxes that I deleted are no part of a snapshot; undo brings them back all the same. */
  async recall() {
    const { history, document } = this;
    await history.loading;
    document.bury(history.buried());
  }

  /** How far this image is: its review, or before one what its boxes say. */
  get state() {
    if (this.reviewState !== "open") return this.reviewState;
    if (!this.document.loaded) return this.data.image.state;
    const boxes = [...this.document.view.values()];
    if (boxes.some((box) => box.state === "proposed")) return "proposed";
    return boxes.length ? "labeled" : "new";
  }

  get isLocked() {
    return this.reviewState === "approved";
  }

  get mayEdit() {
    return this.data.can.annotate && !this.isLocked && !this.past && !this.session.closedFor;
  }

  /** @param {PageData} data */
  connect(data) {
    const { image, urls, me } = data;
    const current = () => this.data.image.id === image.id;
    return new Session({
      image: image.id, urls, me, outbox: this.outbox,
      listener: {
        boxes: (touched) => current() && this.touched(touched),
        status: () => current() && this.emit("status", null),
        peers: () => current() && this.peersChanged(),
        dropped: (drops, edits, detail) => this.dropped(drops, edits, detail),
        confirmed: (edits, boxes) => this.confirmed(edits, boxes),
        late: (letters) => this.emit("late", letters),
        canvas: (canvas, classes) => current() && this.canvasChanged(canvas, classes),
        news: (news) => current() && this.emit(news.type, news[news.type]),
        unreachable: () => current() && this.emit("unreachable", null),
        closed: (code, detail, again) => current() && this.closed(code, detail, again),
      },
    });
  }

  /** Leave this picture for another one. @param {PageData} data */
  open(data) {
    this.draft?.flush();
    this.session.close();
    this.data = data;
    this.left();
    this.selection.clear();
    this.setClasses(data.classes);
    this.session = this.connect(data);
    this.present();
  }

  present() {
    const { image } = this.data;
    this.ordered = null;
    this.reviewState = reviewStateOf(image.state);
    this.scene.open(image, null);
    this.session.open();
    void this.recall();
    this.emit("opened", null);
    if (image.tiles) void this.tile(image.id, image.tiles);
    this.pictures.show(image.display_url).then(
      (bitmap) => this.pictured(image.id, bitmap),
      (error) => this.emit("toast", { text: error.message, kind: "bad" }),
    );
  }

  /** Only large pictures have tiles: the others do without the weight. @param {string} id @param {import("./tiles.js").TileInfo} info */
  async tile(id, info) {
    const { Tiles } = await import("./tiles.js");
    if (this.data.image.id === id) this.scene.lay(new Tiles(info, () => this.scene.invalidate("picture")));
  }

  /** @param {string} id @param {ImageBitmap} bitmap */
  pictured(id, bitmap) {
    if (this.data.image.id !== id) return;
    this.scene.bitmap = bitmap;
    this.scene.invalidate("picture");
    this.emit("view", null);
  }

  // What is there

  /** @param {string | null} classId @returns {import("./paint.js").Look} */
  look(classId) {
    return (classId && this.classes.get(classId)) || UNNAMED;
  }

  /** The class that new boxes get. */
  get currentClass() {
    const chosen = this.settings.values.currentClass;
    const known = chosen && this.classes.get(chosen);
    return known && isDrawn(known) ? chosen : this.data.classes.find(isDrawn)?.id ?? null;
  }

  /** Shown boxes in reading order. @returns {Box[]} */
  get boxes() {
    if (!this.ordered) {
      const shown = [...this.document.view.values()].filter((box) => box.shape !== "tag" && this.scene.shows(box));
      this.ordered = readingOrder(shown, this.data.image.height);
    }
    return this.ordered;
  }

  /** @returns {Box[]} */
  get selected() {
    return [...this.selection].flatMap((id) => this.document.view.get(id) ?? []);
  }

  // What the person does

  /** Make edits mine: shown at once, undoable, sent. @param {Edit[]} edits @param {string} label what was done, for undo */
  submit(edits, label) {
    if (!edits.length || !this.allowed()) return false;
    const free = edits.filter((edit) => edit.kind === "add" || isLoose(edit) || !this.document.view.get(edit.box_id)?.locked);
    if (free.length < edits.length) this.sayLocked(edits.length - free.length);
    if (!free.length) return false;
    edits = completed(free, (id) => this.document.find(id), (id) => (id ? this.classes.get(id) : undefined));
    const before = new Map(edits.map((edit) => [edit.box_id, this.document.find(edit.box_id)]));
    this.history.record(label, edits, before);
    for (const edit of edits) if (edit.kind === "add") this.sight.kept.add(edit.box_id);
    this.session.submit(edits);
    return true;
  }

  /** @param {number} count */
  sayLocked(count) {
    const text = `${count === 1 ? "A locked shape was" : `${count} locked shapes were`} left alone. Select and press L to unlock.`;
    this.emit("toast", { text });
  }

  /** Whether a box may be changed, which a locked one may not. @param {Box} box */
  mayChange(box) {
    return this.mayEdit && !box.locked;
  }

  /** Whether edits may be made now; if not, says why. */
  allowed() {
    if (this.mayEdit) return true;
    const locked = this.isLocked ? "This image is approved. Reopen it to edit." : "You can look at this image, but not edit it.";
    const text = this.past ? "You are looking at the past. Press Esc to come back and edit." : locked;
    this.emit("toast", { text, kind: "bad" });
    return false;
  }

  /** @param {"undo" | "redo"} way */
  travel(way) {
    this.draft?.flush();
    if (!this.allowed()) return;
    const { history } = this;
    if (history.loading) return void history.loading.then(() => this.travel(way));
    const reversal = history[way]((id) => this.document.find(id));
    if (!reversal) return;
    if (reversal.edits.length) this.session.submit(reversal.edits);
    if (reversal.skipped.length) {
      const who = [...new Set(reversal.skipped.map((skip) => skip.by ?? "somebody"))].join(", ");
      this.emit("toast", { text: `Not all was taken back: ${who} changed it since.` });
    } else this.emit("say", `${way === "undo" ? "Undone" : "Redone"}: ${reversal.label}.`);
    const alive = reversal.edits.map((edit) => edit.box_id).filter((id) => this.document.view.has(id));
    if (alive.length && alive.length < 50) this.select(alive);
  }

  /** Select those boxes and no others. @param {Iterable<string>} ids */
  select(ids) {
    this.draft?.flush();
    this.selection.clear();
    this.scene.corner = null;
    for (const id of ids) if (this.document.view.has(id)) this.selection.add(id);
    this.selectionChanged();
  }

  /**
   * Show a box where it can be judged: large enough, with enough around it to judge by, and no larger than its
   * pixels have something to show.
   * @param {import("../model/geometry.js").Rect} box @param {number} [share] how much of the height a small box fills
   */
  reveal(box, share = 0.16) {
    const { viewport } = this.scene;
    if (!viewport.shows(box, share * 0.375)) this.scene.glide(viewport.placeFor(box, share, Math.max(viewport.scale, SHARP)));
  }

  /** Fill the view with the selection. */
  frameSelection() {
    if (this.selection.size) this.scene.glide(this.scene.viewport.placeFor(union(this.selected.map(boundsOf)), 0.6));
  }

  /** @param {boolean} hidden */
  hideBoxes(hidden) {
    const { boxes, active } = this.scene.layers;
    boxes.canvas.hidden = active.canvas.hidden = hidden || this.past;
  }

  /** @param {Partial<import("./settings.js").Values>} change */
  set(change) {
    this.settings.change(change);
    this.applySettings();
    this.emit("settings", null);
  }

  applySettings() {
    const { threshold, rejected } = this.settings.values;
    this.scene.filter = { threshold, rejected: rejected || this.sight.choice.states.has("rejected"), narrow: this.sight.narrow };
    this.tone();
    this.ordered = null;
    this.scene.invalidate("boxes", "active");
  }

  /** Show the picture as light and in the colours that the person has set; the filter is loaded where it is needed. */
  tone() {
    const { canvas } = this.scene.layers.picture;
    if (isPlain(this.settings.values)) canvas.style.filter = "";
    else void import("./tone.js").then(({ filterOf }) => (canvas.style.filter = filterOf(this.settings.values)));
  }

  // What happened

  /** @param {Set<string>} touched */
  touched(touched) {
    this.ordered = null;
    this.scene.touch(touched, this.document.view);
    const before = this.selection.size;
    for (const id of this.selection) if (!this.document.view.has(id)) this.selection.delete(id);
    if (this.selection.size !== before) this.selectionChanged();
    this.emit("boxes", touched);
  }

  selectionChanged() {
    this.scene.invalidate("active");
    this.emit("selection", null);
    this.tell();
  }

  peersChanged() {
    this.scene.invalidate("active");
    this.emit("peers", null);
  }

  /** @param {import("../model/document.js").Drop[]} drops @param {Edit[]} edits @param {string | null} detail */
  dropped(drops, edits, detail) {
    this.history.forget(new Set(drops.map((drop) => drop.op_id)));
    const first = edits.find((edit) => edit.op_id === drops[0]?.op_id);
    const by = first && this.document.base.get(first.box_id)?.updated_by?.name;
    const say = (/** @type {string} */ text) => this.emit("toast", { text, kind: "bad" });
    void import("../sync/refusals.js").then(({ explain }) => say(explain(drops, detail, by ?? null)), () => say(detail ?? "A change was taken back."));
    this.emit("conflict", { image: this.data.image.id, edits, drops, detail });
  }

  /** @param {Edit[]} edits @param {Box[]} boxes */
  confirmed(edits, boxes) {
    this.history.confirm(edits, boxes);
    const drops = narrowedOf(edits, boxes).map(({ op_id }) => ({ op_id, code: "changed" }));
    if (!drops.length) return;
    this.emit("toast", { text: "A change was kept in part: somebody changed the rest since." });
    this.emit("conflict", { image: this.data.image.id, edits, drops, detail: null });
  }

  /** @param {any} canvas @param {LabelClass[] | undefined} classes */
  canvasChanged(canvas, classes) {
    if (classes) this.setClasses(classes);
    if (!canvas || canvas.review_state === this.reviewState) return;
    this.reviewState = canvas.review_state;
    this.emit("canvas", null);
  }

  /** @param {LabelClass[]} classes */
  setClasses(classes) {
    this.data.classes = classes;
    this.classes = new Map(classes.map((one) => [one.id, one]));
    this.scene?.invalidate("boxes", "active");
    this.emit("classes", null);
  }

  /** The server ended the connection. @param {string} code @param {string} detail @param {boolean} again whether it may be opened again */
  closed(code, detail, again) {
    if (!again) this.emit("toast", { text: detail || "The live connection was ended. Reload the page.", kind: "bad" });
    if (code === "role_changed") this.emit("rights", null);
    this.emit("canvas", null);
    this.emit("status", null);
  }

  /** Let colleagues see where I am. */
  tell() {
    this.session.tell(whereabouts(this));
  }
}

/** @param {string} imageState */
const reviewStateOf = (imageState) => (["submitted", "approved", "changes_requested"].includes(imageState) ? imageState : "open");
