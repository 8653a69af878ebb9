// What can be done to the selected boxes.
import { must } from "../../../lib/dom.js";
import { copiesOf, deleteBox } from "../../commands/boxes.js";
import { Lazy } from "./lazy.js";
import { arrows, mayEdit, mayEditSome, some, stepOf } from "./terms.js";

/**
 * @typedef {import("../actions.js").App} App
 * @typedef {import("../actions.js").Action} Action
 */

/** @type {Action[]} */
export const BOXES = [
  { id: "box.next", title: "Next box", group: "Boxes", keys: ["Tab"], run: (app) => app.sweep.visit(1) },
  { id: "box.previous", title: "Previous box", group: "Boxes", keys: ["Shift+Tab"], run: (app) => app.sweep.visit(-1) },
  {
    id: "box.nudge", title: "Move by 1 or 10 pixels", group: "Boxes", when: ["selected"], enabled: mayEditSome,
    keys: [...arrows(""), ...arrows("Shift+")], shown: ["Arrows", "Shift+Arrows"],
    run: (app, combo) => app.adjust.move(...stepOf(combo)),
  },
  {
    id: "box.resize", title: "Resize by 1 or 10 pixels", group: "Boxes", when: ["selected"], enabled: mayEditSome,
    keys: [...arrows("Ctrl+"), ...arrows("Ctrl+Shift+")], shown: ["Ctrl+Arrows", "Ctrl+Shift+Arrows"],
    run: (app, combo) => app.adjust.resize(...stepOf(combo)),
  },
  {
    id: "box.delete", title: "Delete", group: "Boxes", keys: ["Delete", "Backspace"], when: ["idle", "selected"], enabled: mayEditSome,
    run: (app) => {
      const { editor } = app;
      if (app.adjust.dropCorner()) return;
      const edits = [...editor.selection].map(deleteBox);
      if (editor.submit(edits, "delete")) editor.emit("toast", { text: edits.length === 1 ? "Box deleted." : `${edits.length} boxes deleted.`, undo: true });
    },
  },
  {
    id: "box.duplicate", title: "Duplicate", group: "Boxes", keys: ["Ctrl+D"], enabled: mayEditSome,
    run: ({ editor }) => {
      const edits = copiesOf(editor.selected, 10, editor.data.image);
      if (editor.submit(edits, "duplicate")) editor.select(edits.map((edit) => edit.box_id));
    },
  },
  { id: "box.copy", title: "Copy", group: "Boxes", keys: ["Ctrl+C"], enabled: some, run: (app) => app.clipboard.copy() },
  { id: "box.paste", title: "Paste, also from another image", group: "Boxes", keys: ["Ctrl+V"], enabled: (app) => mayEdit(app) && !app.clipboard.isEmpty, run: (app) => app.clipboard.paste() },
  { id: "box.all", title: "Select all", group: "Boxes", keys: ["Ctrl+A"], run: ({ editor }) => editor.select(editor.boxes.map((box) => box.id)) },
  {
    id: "box.list", title: "Go to the list of boxes, Esc comes back", group: "Boxes", keys: ["F6"],
    run: (app) => {
      if (document.body.dataset.panel !== "open") app.togglePanel();
      must("#boxes").focus();
    },
  },
  {
    id: "box.describe", title: "Go to the attributes, Enter comes back", group: "Boxes", keys: ["J"], enabled: some,
    run: (app) => {
      if (document.body.dataset.panel !== "open") app.togglePanel();
      void Promise.all([Lazy.attributes(app), Lazy.details(app)]).then(([attributes, details]) => {
        details.draw();
        attributes.draw(app.editor.selected);
        if (!attributes.focus()) app.editor.emit("toast", { text: "These classes have no attributes. The project's settings give them some." });
      });
    },
  },
  { id: "class.tags", title: "Tags of the whole image", group: "Classes", keys: ["T"], run: (app) => void Lazy.tags(app).then((tags) => tags.open()) },
  {
    id: "cancel", title: "Cancel, then deselect", group: "Boxes", keys: ["Escape"],
    run: (app) => {
      if (app.pointer.cancel() || app.editor.ghosts?.leave() || app.tool.cancel()) return;
      if (some(app)) app.editor.select([]);
      else app.take("select");
    },
  },
];
