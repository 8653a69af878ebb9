// What else a class says, opened under its row: where it is used, the attributes of its shapes, its keypoints.
// All of it travels in one hidden field as JSON.
import { el, icon, must } from "../lib/dom.js";
import { edgesIn, edgeWords, TEMPLATES } from "./skeletons.js";

/**
 * @typedef {import("../editor/model/attributes.js").Attribute} Attribute
 * @typedef {{attributes: Attribute[], use: string, skeleton: {points?: string[], edges?: number[][]}}} More
 */

const KINDS = [["text", "Text"], ["number", "Number"], ["choice", "Choice"], ["checkbox", "Checkbox"]];
const USES = [["both", "Shapes and tags"], ["shapes", "Shapes in an image"], ["tags", "Tags of a whole image"]];

/** @param {HTMLInputElement} field @returns {More} */
function read(field) {
  const said = field.value ? JSON.parse(field.value) : {};
  return { attributes: said.attributes ?? [], use: said.use ?? "both", skeleton: said.skeleton ?? {} };
}

/** In a few words what a class says beyond its name. @param {More} more */
function summaryOf({ attributes, use, skeleton }) {
  const count = skeleton.points?.length ?? 0;
  const names = attributes.map(({ label, name }) => label ?? name);
  const words = [use === "tags" ? "tag" : use === "shapes" ? "shapes only" : "", names.join(", "), count ? `${count} ${count === 1 ? "keypoint" : "keypoints"}` : ""];
  return words.filter(Boolean).join(" · ");
}

/** Show in the row what its field says. @param {HTMLElement} row */
export function summarise(row) {
  const line = must("[data-summary]", row);
  line.textContent = summaryOf(read(fieldOf(row)));
  line.hidden = !line.textContent;
}

/** @param {HTMLElement} row @returns {HTMLInputElement} */
const fieldOf = (row) => /** @type {HTMLInputElement} */ (must("[name=class_more]", row));

/** Open what a row says, or close it. @param {HTMLElement} row @param {boolean} [open] */
export function toggle(row, open) {
  const button = must("[data-more]", row);
  const panel = /** @type {HTMLElement | null} */ (row.querySelector(".class-more")) ?? build(row);
  panel.hidden = open === undefined ? !panel.hidden : !open;
  button.setAttribute("aria-expanded", String(!panel.hidden));
}

/** @param {HTMLElement} row */
function build(row) {
  const field = fieldOf(row);
  const more = read(field);
  const use = select(USES, more.use, "Used for");
  const list = el("div", { class: "attribute-list" }, ...more.attributes.map(attributeRow));
  const add = el("button", { class: "button small", type: "button" }, icon("plus"), "Add an attribute");
  const keypoints = skeletonPart(more.skeleton);
  const panel = el("div", { class: "class-more", hidden: true },
    el("label", { class: "used" }, el("span", {}, "Used for"), use),
    el("h3", {}, "Attributes"), el("p", { class: "note" }, "What people fill in for each shape or tag of this class, such as a colour or whether it is hidden."), list, el("div", {}, add),
    el("h3", {}, "Keypoints"), el("p", { class: "note" }, "Named points that are set one by one, in this order, and the lines between them."), keypoints.root,
  );
  const write = () => {
    const attributes = [...list.children].map((one) => attributeOf(/** @type {HTMLElement} */ (one)));
    field.value = JSON.stringify({ attributes, use: use.value, skeleton: keypoints.read() });
    summarise(row);
  };
  add.addEventListener("click", () => {
    const one = attributeRow({ name: "", kind: "text" });
    list.append(one);
    /** @type {HTMLElement} */ (one.querySelector("input"))?.focus();
    write();
  });
  list.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("[data-drop]");
    if (!button) return;
    button.closest(".attribute-row")?.remove();
    add.focus();
    write();
  });
  panel.addEventListener("input", write);
  panel.addEventListener("change", write);
  // Enter would send the whole form.
  panel.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key === "Enter" && target.matches("input, select")) event.preventDefault();
    event.stopPropagation();
  });
  row.append(panel);
  return panel;
}

/** @param {string[][]} rows @param {string} chosen @param {string} label */
function select(rows, chosen, label) {
  const options = rows.map(([value, words]) => el("option", { value, selected: value === chosen }, words));
  return el("select", { class: "select", "aria-label": label }, ...options);
}

/** The fields of one attribute; those that its kind has no use for are hidden. @param {Attribute} attribute */
function attributeRow(attribute) {
  const name = el("input", { class: "input", type: "text", "data-part": "name", maxlength: 64, required: true, value: attribute.name, placeholder: "Name, such as colour", "aria-label": "Name of the attribute" });
  const kind = select(KINDS, attribute.kind, "Kind");
  kind.dataset.part = "kind";
  const choices = el("textarea", { class: "input", rows: 3, "data-part": "choices", placeholder: "One choice per line", "aria-label": "Choices, one per line" });
  choices.value = (attribute.choices ?? []).join("\n");
  const limits = ["min", "max", "step"].map((part) =>
    el("input", { class: "input", type: "number", step: "any", "data-part": part, value: attribute[/** @type {"min" | "max" | "step"} */ (part)] ?? null, placeholder: part, "aria-label": part }));
  const starts = el("span", { class: "starts" });
  const required = el("input", { type: "checkbox", "data-part": "required", checked: attribute.required === true });
  const row = el("div", { class: "attribute-row" },
    name, kind, el("button", { class: "button quiet square", type: "button", "data-drop": true, "aria-label": "Remove this attribute", title: "Remove this attribute" }, icon("x")),
    choices, el("div", { class: "limits" }, ...limits),
    el("label", { class: "begin" }, el("span", {}, "Begins as"), starts), el("label", { class: "tick" }, required, "Required"),
  );
  // The label that an import or a program gave it stays as long as the name stays.
  row.dataset.named = attribute.name;
  if (attribute.label) row.dataset.label = attribute.label;
  const dress = () => {
    choices.hidden = kind.value !== "choice";
    choices.required = kind.value === "choice";
    must(".limits", row).hidden = kind.value !== "number";
    const now = starts.querySelector("input, select") ? beginOf(row, kind.value) : attribute.default;
    starts.replaceChildren(beginField(kind.value, choicesOf(row), now));
  };
  kind.addEventListener("change", dress);
  choices.addEventListener("change", dress);
  dress();
  return row;
}

/** @param {HTMLElement} row */
const choicesOf = (row) => [...new Set(valueOf(row, "choices").split("\n").map((choice) => choice.trim()).filter(Boolean))];

/** @param {HTMLElement} row @param {string} part */
const valueOf = (row, part) => /** @type {HTMLInputElement} */ (must(`[data-part=${part}]`, row)).value;

/** The field for the value that new shapes begin with. @param {string} kind @param {string[]} choices @param {unknown} value */
function beginField(kind, choices, value) {
  const said = value === undefined || value === null ? "" : String(value);
  const common = { "data-part": "default", "aria-label": "Begins as" };
  if (kind === "choice" || kind === "checkbox") {
    const rows = kind === "choice" ? choices.map((choice) => [choice, choice]) : [["true", "Yes"], ["false", "No"]];
    return el("select", { class: "select", ...common }, el("option", { value: "" }, "Not set"), ...rows.map(([id, words]) => el("option", { value: id, selected: id === said }, words)));
  }
  return el("input", { class: "input", type: kind === "number" ? "number" : "text", step: "any", maxlength: kind === "number" ? null : 1024, value: said, placeholder: "Not set", ...common });
}

/** @param {HTMLElement} row @param {string} kind */
function beginOf(row, kind) {
  const text = valueOf(row, "default");
  if (text === "") return undefined;
  if (kind === "number") return Number.isFinite(Number(text)) ? Number(text) : undefined;
  if (kind === "checkbox") return text === "true" || text === "false" ? text === "true" : undefined;
  return kind !== "choice" || choicesOf(row).includes(text) ? text : undefined;
}

/** What the fields of a row say. @param {HTMLElement} row @returns {Attribute} */
function attributeOf(row) {
  const kind = /** @type {Attribute["kind"]} */ (valueOf(row, "kind"));
  const name = valueOf(row, "name").trim();
  /** @type {Attribute} */
  const said = { name, kind };
  if (row.dataset.label && row.dataset.named === name) said.label = row.dataset.label;
  if (kind === "choice") said.choices = choicesOf(row);
  for (const part of /** @type {const} */ (["min", "max", "step"])) {
    const text = valueOf(row, part);
    if (kind === "number" && text !== "" && Number.isFinite(Number(text))) said[part] = Number(text);
  }
  const begun = beginOf(row, kind);
  if (begun !== undefined) said.default = begun;
  if (/** @type {HTMLInputElement} */ (must("[data-part=required]", row)).checked) said.required = true;
  return said;
}

/** Names of points and lines between them. @param {More["skeleton"]} skeleton */
function skeletonPart({ points = [], edges = [] }) {
  const names = el("textarea", { class: "input", rows: 4, placeholder: "One name per line", "aria-label": "Keypoints, one name per line" });
  const lines = el("input", { class: "input", type: "text", placeholder: "Lines, such as 1-2 2-3", "aria-label": "Lines between keypoints by their numbers, such as 1-2 2-3" });
  const template = select([["", "Fill in from a template"], ...TEMPLATES.map(({ title }) => [title, title])], "", "Template");
  names.value = points.join("\n");
  lines.value = edgeWords(edges);
  const named = () => names.value.split("\n").map((name) => name.trim()).filter(Boolean);
  template.addEventListener("change", () => {
    const chosen = TEMPLATES.find(({ title }) => title === template.value);
    if (!chosen) return;
    names.value = chosen.points.join("\n");
    lines.value = edgeWords(chosen.edges);
    template.value = "";
  });
  const check = () => {
    const all = named();
    names.setCustomValidity(new Set(all).size < all.length ? "Two keypoints have the same name." : "");
    lines.setCustomValidity(edgesIn(lines.value, all.length).problem);
  };
  const root = el("div", { class: "keypoints" }, template, names, lines);
  const read = () => {
    check();
    const all = named();
    return all.length ? { points: all, edges: edgesIn(lines.value, all.length).edges } : {};
  };
  check();
  return { root, read };
}
