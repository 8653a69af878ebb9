// The upload of a model: how much has arrived, that it is being tried, and the verdict in place.
import { listening } from "../components/modules.js";
import { sendForm } from "../components/upload_request.js";
import { must } from "../lib/dom.js";

const percent = new Intl.NumberFormat(undefined, { style: "percent" });

/** @param {HTMLFormElement} form */
export function start(form) {
  const abort = new AbortController();
  const stop = listening(form, "submit", (event) => {
    event.preventDefault();
    send(form, abort.signal);
  });
  return {
    stop() {
      abort.abort();
      stop();
    },
  };
}

/** @param {HTMLFormElement} form @param {AbortSignal} signal */
async function send(form, signal) {
  const button = /** @type {HTMLButtonElement} */ (must("[type=submit]", form));
  if (button.disabled) return;
  refuse(form, "");
  const file = /** @type {HTMLInputElement} */ (must("[name=file]", form)).files?.[0];
  if (file && file.size > Number(form.dataset.limit)) {
    refuse(form, "The file is larger than this server takes. Choose a smaller model.");
    return;
  }
  button.disabled = true;
  try {
    const model = await sendForm(form.dataset.url ?? "", new FormData(form), (part) => show(form, part), signal);
    location.assign(`/models/${model.id}/`);
  } catch (error) {
    refuse(form, error instanceof Error ? error.message : "It did not arrive. Try again.");
  } finally {
    button.disabled = false;
    must("[data-part=state]", form).hidden = true;
  }
}

/** @param {HTMLFormElement} form @param {number} part 0..1 */
function show(form, part) {
  const bar = /** @type {HTMLProgressElement} */ (must("progress", form));
  must("[data-part=state]", form).hidden = false;
  must("[data-part=words]", form).textContent = part < 1 ? `${percent.format(part)} sent.` : "Arrived. The model is being tried out.";
  if (part < 1) bar.value = part;
  else bar.removeAttribute("value");
}

/** @param {HTMLFormElement} form @param {string} words none takes the refusal away */
function refuse(form, words) {
  const box = must("[data-part=problem]", form);
  box.hidden = !words;
  const place = must(".problem > div", box);
  const title = place.querySelector("strong");
  place.replaceChildren(...(title ? [title, ` ${words}`] : [words]));
}
