// The editor of one page: builds the parts and ties them together.
import { toast } from "../components/toasts.js";
import { call, Problem } from "../lib/api.js";
import { must, perFrame } from "../lib/dom.js";
import { Courier } from "./sync/courier.js";
import { Outbox } from "./sync/outbox.js";
import { Adjust } from "./tools/adjust.js";
import { DrawTool } from "./tools/draw.js";
import { PanTool, PointerInput } from "./tools/pointer.js";
import { SelectTool } from "./tools/select.js";
import { Sweep } from "./tools/sweep.js";
import { actionsFor } from "./ui/actions.js";
import { BoxList } from "./ui/boxlist.js";
import { Clipboard } from "./ui/clipboard.js";
import { Dialogs } from "./ui/dialogs.js";
import { Lazy } from "./ui/actions/lazy.js";
import { Buttons, Keyboard } from "./ui/keyboard.js";
import { Panel } from "./ui/panel.js";
import { Review } from "./ui/review.js";
import { Strip } from "./ui/strip.js";
import { Travel } from "./ui/travel.js";
import { Editor } from "./view/editor.js";
import { Pictures } from "./view/picture.js";
import { onWhole } from "./view/whole.js";

/** @typedef {import("./ui/actions.js").App} App */

const AGAIN_MS = 3000;

/** @param {import("./view/editor.js").PageData} data */
async function start(data) {
  const stage = must("#stage");
  const outbox = await new Outbox(data.me.id).open();
  if (!outbox.lasts) toast("This browser can't keep unsent changes. Stay online.", { kind: "bad" });
  const memories = import("./sync/memory.js").then(({ Memory }) => Memory.open(data.me.id)).catch(() => null);
  /** @type {Editor} */
  const editor = new Editor({ data, stage, outbox, pictures: new Pictures(), left: () => void courier.run(), memories });
  const courier = new Courier(outbox, {
    isOpen: (image) => image === editor.data.image.id,
    refused: (detail, { image, json }, drops) => {
      void import("./sync/refusals.js").then(({ explain }) => toast(`Another image: ${detail ?? explain(drops, null, null)}`, { kind: "bad" }), () => undefined);
      if (json.edits) editor.emit("conflict", { image, edits: json.edits, drops, detail });
    },
    sent: (letter) => editor.emit("late", [letter]),
    moved: () => void app.travel.refresh(),
  });
  document.body.dataset.panel = isWide() && editor.settings.values.panel ? "open" : "closed";
  const app = assemble(editor, stage);
  listen(app, stage);
  editor.on("status", () => editor.session.status === "saved" && outbox.letters.size && void courier.run());
  onWhole(editor, () => loadLater(app));
  editor.present();
  void courier.run();
  stage.focus({ preventScroll: true });
  // For the console and for browser tests; nothing of ours reads it.
  Object.assign(window, { editor, app });
}

/** What work soon needs, once; whoever leaves at once, or is offline, asks again when it is needed. @param {App} app */
function loadLater(app) {
  const parts = [Lazy.details(app), Lazy.people(app), app.assist(), loadPaths(app), import("./ui/palette.js"), loadTask(app), loadRest(app)];
  for (const part of parts) part.catch(() => undefined);
}

/** @param {App} app */
const loadRest = async (app) => (await import("./ui/later.js")).start(app);

/** @param {App} app */
const loadTask = async (app) => (await import("./ui/task.js")).start(app);

/** @param {Editor} editor @param {HTMLElement} stage @returns {App} */
function assemble(editor, stage) {
  const select = new SelectTool(editor);
  const tools = /** @type {App["tools"]} */ ({ select, draw: new DrawTool(editor, select), pan: new PanTool() });
  const sweep = new Sweep(editor);
  const travel = new Travel(editor);
  /** @type {App} */
  const app = {
    editor, tools, tool: select, sweep, travel, keymap: editor.data.keymap, actions: [],
    adjust: new Adjust(editor),
    clipboard: new Clipboard(editor),
    review: new Review(editor, sweep, travel),
    pointer: new PointerInput(editor, stage, () => app.tool),
    ask: (name) => dialogs.ask(name),
    take: (id) => take(app, id),
    togglePanel: () => togglePanel(app),
    assist: () => Lazy.assist(app),
    rekey: (keymap) => {
      app.keymap = keymap;
      rebind();
    },
  };
  const dialogs = new Dialogs(app);
  const panel = new Panel(app);
  app.pointer.onmenu = (at, box) => void import("./ui/ring.js").then(({ showMenu }) => showMenu(app, at, box));
  const keyboard = new Keyboard(app, stage);
  new BoxList(app);
  const selected = editor.on("selection", () => {
    selected();
    void Lazy.details(app).catch(() => undefined);
  });
  new Strip(app);
  // Loaded where it is shown: everybody else does without its weight.
  if (document.querySelector("#guide")) void import("./ui/guide.js").then(({ Guide }) => new Guide(app));
  // Who walks along a queue, or with others, waits for what knows the way.
  if (/(queue|session)=/.test(location.search)) {
    travel.step = async (way) => {
      await loadTask(app);
      await travel.step(way);
    };
    void loadTask(app);
  }
  overview(app);
  const buttons = new Buttons(app, stage);
  const refreshButtons = perFrame(() => buttons.refresh());
  const rebind = () => {
    const { actions, keys } = actionsFor(editor.data.classes, app.keymap);
    app.actions = actions;
    keyboard.bind(actions);
    buttons.show(actions);
    dialogs.show(actionsFor(editor.data.classes).actions);
    panel.showKeys(app.keymap.single_keys ? keys : new Map());
  };
  editor.on("opened", () => {
    app.pointer.cancel();
    app.tool.cancel();
  });
  for (const name of /** @type {const} */ (["boxes", "selection", "tool", "settings", "opened", "canvas", "status"])) editor.on(name, refreshButtons);
  editor.on("settings", () => void loadSnapper(editor));
  void loadSnapper(editor);
  editor.on("classes", rebind);
  editor.on("opened", rebind);
  return app;
}

/** The overview comes when the view is first zoomed in. @param {App} app */
function overview(app) {
  const { editor } = app;
  let asked = false;
  const show = () => {
    if (asked || !editor.settings.values.minimap || editor.scene.viewport.scale <= editor.scene.viewport.fitting) return;
    asked = true;
    void import("./ui/minimap.js").then(({ Minimap }) => new Minimap(app, must("#main"))).catch(() => undefined);
  };
  editor.on("view", show);
  editor.on("settings", show);
}

/** The tools that set points, with what the cut needs beside. @param {App} app */
async function loadPaths({ editor, tools }) {
  const { KINDS, PathTool } = await import("./tools/path.js");
  /** @param {{x: number, y: number}[]} points */
  const split = async ([from, to]) => (await import("./tools/arrange.js")).split(editor, from, to);
  for (const id of Object.keys(KINDS)) tools[id] ??= new PathTool(id, editor, tools.select, id === "cut" ? split : null);
}

/** Load what snaps when it is first switched on. @param {Editor} editor */
async function loadSnapper(editor) {
  if (!editor.settings.values.snap || editor.snap.snapper) return;
  const { Snapper } = await import("./tools/snap.js");
  editor.snap.snapper = new Snapper(editor);
}

/** Take another tool in hand. @param {App} app @param {string} id */
function take(app, id) {
  if (!app.tools[id]) return void loadPaths(app).then(() => take(app, id));
  app.pointer.cancel();
  app.tool.cancel();
  app.tool.leave();
  app.tool = app.tools[id];
  app.editor.scene.show({ handles: !app.tool.draws, corner: null });
  app.pointer.dress(app.pointer.last);
  app.editor.emit("tool", null);
}

/** Wide screens remember whether the panel is open; on small ones it is a sheet that starts closed. @param {App} app */
function togglePanel({ editor }) {
  const open = document.body.dataset.panel !== "open";
  document.body.dataset.panel = open ? "open" : "closed";
  if (isWide()) editor.set({ panel: open });
  editor.emit("settings", null);
}

/** Nothing connects: it may be the network, or the person is signed out. @param {Editor} editor */
async function explainSilence(editor) {
  const away = "You are signed out. Sign in again in another tab; your changes are kept here.";
  try {
    if (!(await call(editor.data.urls.state))) toast(away, { kind: "bad" });
  } catch (error) {
    if (error instanceof Problem && error.status < 500) toast(error.status === 401 ? away : error.message, { kind: "bad" });
  }
}

const isWide = () => matchMedia("(min-width: 821px)").matches;

/** Conflicts come just when the network was away: what can't be loaded now is loaded later, and nothing is forgotten. @param {App} app @param {(conflicts: import("./ui/conflicts.js").Conflicts) => void} use */
function withConflicts(app, use) {
  void Lazy.conflicts(app).then(use, () => void setTimeout(() => withConflicts(app, use), AGAIN_MS));
}

/** @param {App} app @param {HTMLElement} stage */
function listen(app, stage) {
  const { editor } = app;
  const live = must("#live");
  editor.on("say", (text) => {
    live.textContent = text;
  });
  editor.on("toast", ({ text, kind, undo }) => {
    toast(text, { kind, action: undo ? { label: "Undo", run: () => editor.travel("undo") } : undefined });
  });
  editor.on("conflict", (conflict) => withConflicts(app, (conflicts) => conflicts.take(conflict)));
  editor.on("late", (letters) => withConflicts(app, (conflicts) => conflicts.watch(letters)));
  if ((localStorage.getItem(`modelship.conflicts.${editor.data.me.id}`) ?? "[]") !== "[]") withConflicts(app, () => undefined);
  editor.on("unreachable", () => void explainSilence(editor));
  document.addEventListener("theme", () => editor.scene.retheme());
  addEventListener("pagehide", () => editor.draft?.flush());
  stage.addEventListener("dblclick", (event) => event.preventDefault());
}

const source = must("#editor-data");
start(JSON.parse(source.textContent ?? "{}"));
