// Train: base model, data and steps become one job, whose page opens.
import { call } from "../lib/api.js";
import { must } from "../lib/dom.js";
import { listening } from "./modules.js";
import { followRanges } from "./ranges.js";

/** @param {HTMLFormElement} form */
export function start(form) {
  const stops = [
    followRanges(form),
    listening(form, "input", () => tellTime(form)),
    listening(form, "submit", (event) => {
      event.preventDefault();
      send(form);
    }),
  ];
  tellTime(form);
  return { stop: () => stops.forEach((stop) => stop()) };
}

/** About how long that many steps take on this server. @param {HTMLFormElement} form */
function tellTime(form) {
  const place = form.querySelector("[data-part=time]");
  if (!place) return;
  const seconds = Number(new FormData(form).get("steps")) * Number(form.dataset.seconds);
  const minutes = Math.max(1, Math.round(seconds / 60));
  place.textContent = minutes < 90 ? `About ${minutes} min on this server.` : `About ${(minutes / 60).toFixed(1)} h on this server.`;
}

/** @param {HTMLFormElement} form */
async function send(form) {
  const button = /** @type {HTMLButtonElement} */ (must("[type=submit]", form));
  const box = must("[data-part=problem]", form);
  if (button.disabled) return;
  button.disabled = true;
  box.hidden = true;
  try {
    const { training } = await call(form.dataset.url ?? "", { method: "POST", json: order(new FormData(form)) });
    location.assign(`/trainings/${training.id}/`);
  } catch (error) {
    box.hidden = false;
    must(".problem > div", box).textContent = error instanceof Error ? error.message : String(error);
  } finally {
    button.disabled = false;
  }
}

/** @param {FormData} fields */
function order(fields) {
  const version = fields.get("version");
  return {
    model: fields.get("model"),
    version: version ? Number(version) : null,
    steps: Number(fields.get("steps")),
    val_share: Number(fields.get("val_share")),
  };
}
