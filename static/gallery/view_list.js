// The list of saved views: rename, share, put in order, delete and take back. Each change is kept at once.
import { confirmed } from "../components/confirm.js";
import { listening } from "../components/modules.js";
import { call } from "../lib/api.js";
import { el, must } from "../lib/dom.js";

/** @param {HTMLElement} list */
export function start(list) {
  const views = new ViewList(list);
  return { stop: () => views.stop() };
}

class ViewList {
  /** @param {HTMLElement} list */
  constructor(list) {
    this.list = list;
    const stops = [
      listening(list, "change", (event) => this.change(event.target)),
      listening(list, "click", (event) => this.press(event.target.closest("button[data-does]"))),
      // Enter in a name keeps it, and does not close the dialog.
      listening(list, "keydown", (event) => event.key === "Enter" && event.target.matches("input") && event.target.blur()),
    ];
    this.stop = () => stops.forEach((stop) => stop());
    this.render();
  }

  get mine() {
    return /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("li[data-mine]")]);
  }

  /** The first one can't go up, the last one not down. */
  render() {
    this.mine.forEach((row, place, all) => {
      const [up, down] = [must("[data-does=up]", row), must("[data-does=down]", row)];
      /** @type {HTMLButtonElement} */ (up).disabled = place === 0;
      /** @type {HTMLButtonElement} */ (down).disabled = place === all.length - 1;
    });
  }

  /** @param {HTMLInputElement} field */
  async change(field) {
    const row = rowOf(field);
    const json = field.name === "is_shared" ? { is_shared: field.checked } : { name: field.value.trim() };
    if (await this.send(row, { method: "PATCH", json })) field.defaultValue = field.value;
    else if (field.name === "name") field.value = field.defaultValue;
    else field.checked = !field.checked;
  }

  /** @param {HTMLButtonElement | null} button */
  async press(button) {
    if (!button) return;
    const row = rowOf(button);
    if (button.dataset.does === "delete") this.remove(row);
    else this.move(row, button, button.dataset.does === "up" ? -1 : 1);
  }

  /** @param {HTMLElement} row @param {HTMLButtonElement} button @param {number} step */
  async move(row, button, step) {
    const to = this.mine.indexOf(row) + step;
    if (!(await this.send(row, { method: "PATCH", json: { place: to } }))) return;
    const other = this.mine[to];
    if (step < 0) other.before(row);
    else other.after(row);
    this.render();
    // At the end of its way the button can't be pressed any more.
    if (button.disabled) must(step < 0 ? "[data-does=down]" : "[data-does=up]", row).focus();
    else button.focus();
  }

  /** @param {HTMLElement} row */
  async remove(row) {
    const isMine = "mine" in row.dataset, name = row.dataset.name ?? "";
    // Nobody can give somebody else a view back.
    if (!isMine && !(await confirmed(`“${name}” belongs to somebody else and goes for everybody.`))) return;
    const place = this.mine.indexOf(row);
    if (!(await this.send(row, { method: "DELETE" }))) return;
    const undo = el("button", { class: "button small", type: "button", onclick: () => this.takeBack(row, left, place) }, "Undo");
    const left = el("li", { role: "status" }, el("span", { class: "grow" }, `“${currentName(row)}” is deleted.`), isMine && undo);
    row.replaceWith(left);
    this.render();
    if (isMine) undo.focus();
  }

  /** @param {HTMLElement} row @param {HTMLElement} left what stands in its place @param {number} place */
  async takeBack(row, left, place) {
    const shared = /** @type {HTMLInputElement | null} */ (row.querySelector("[name=is_shared]"));
    const json = { name: currentName(row), q: row.dataset.line, sort: row.dataset.sort, is_shared: Boolean(shared?.checked), place };
    try {
      const made = await call(this.list.dataset.url ?? "", { method: "POST", json });
      row.dataset.url = `/api/v1/views/${made.id}`;
      left.replaceWith(row);
      this.render();
      must("[data-does=delete]", row).focus();
      document.dispatchEvent(new CustomEvent("gallery:changed"));
    } catch (error) {
      this.say(/** @type {Error} */ (error).message);
    }
  }

  /** @param {HTMLElement} row @param {{method: string, json?: unknown}} order */
  async send(row, order) {
    this.say("");
    try {
      await call(row.dataset.url ?? "", order);
    } catch (error) {
      this.say(/** @type {Error} */ (error).message);
      return false;
    }
    document.dispatchEvent(new CustomEvent("gallery:changed"));
    return true;
  }

  /** @param {string} words */
  say(words) {
    const box = must("#views-problem");
    box.hidden = !words;
    must(".problem > div", box).textContent = words;
  }
}

/** @param {Element} node */
const rowOf = (node) => /** @type {HTMLElement} */ (node.closest("li[data-url]"));

/** @param {HTMLElement} row */
const currentName = (row) => /** @type {HTMLInputElement | null} */ (row.querySelector("[name=name]"))?.value ?? row.dataset.name ?? "";
