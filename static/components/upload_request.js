// Single requests; XMLHttpRequest because fetch does not tell how much has been sent.
import { Problem, Unreachable, csrfToken } from "../lib/api.js";

/**
 * `isForeign`: another server's, which gets no token of ours.
 * @typedef {{method: string, url: string, headers?: Record<string, string>, isForeign?: boolean}} Target
 */

/** The store itself was not reached or refused: a cut, an address that is too old, or a rule that is missing there. */
export class StoreAway extends Error {
  constructor() {
    super("The store can't be reached from this browser. Send it again, or ask the operator to let this page in there (CORS).");
  }
}

// The browser sets these itself and lets nobody else do it.
const OWN_HEADERS = ["content-length", "host"];

/**
 * Pictures in one multipart request, each with the folders that it lay in.
 * @param {string} url
 * @param {{file: File, name: string}[]} files
 * @param {(part: number) => void} progressed 0..1
 * @param {AbortSignal} signal
 * @returns {Promise<any>} the server's JSON
 */
export function sendFiles(url, files, progressed, signal) {
  const form = new FormData();
  for (const { file, name } of files) {
    form.append("files", file, name.split("/").pop());
    form.append("paths", name);
  }
  return sendForm(url, form, progressed, signal);
}

/**
 * @param {string} url
 * @param {FormData} form
 * @param {(part: number) => void} progressed 0..1
 * @param {AbortSignal} signal
 * @returns {Promise<any>} the server's JSON
 */
export async function sendForm(url, form, progressed, signal) {
  const request = await sendBody({ method: "POST", url }, form, progressed, signal);
  return request.response;
}

/**
 * @param {Target} target
 * @param {XMLHttpRequestBodyInit | null} body
 * @param {(part: number) => void} progressed 0..1
 * @param {AbortSignal} signal
 * @returns {Promise<XMLHttpRequest>} the answered request
 * @throws {Problem} when the server refuses @throws {Unreachable} when it does not answer
 * @throws {StoreAway} for either, of another server
 */
export function sendBody({ method, url, headers = {}, isForeign = false }, body, progressed, signal) {
  const request = new XMLHttpRequest();
  request.open(method, url);
  request.responseType = isForeign ? "text" : "json";
  const own = isForeign ? {} : { Accept: "application/json", "X-CSRFToken": csrfToken() };
  for (const [name, value] of Object.entries({ ...own, ...headers })) {
    if (!OWN_HEADERS.includes(name.toLowerCase())) request.setRequestHeader(name, value);
  }
  const hangUp = () => request.abort();
  signal.addEventListener("abort", hangUp);
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => event.total && progressed(event.loaded / event.total);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request);
      else reject(isForeign ? new StoreAway() : new Problem(request.status, problemIn(request)));
    };
    request.onerror = () => reject(isForeign ? new StoreAway() : new Unreachable());
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    request.onloadend = () => signal.removeEventListener("abort", hangUp);
    if (signal.aborted) reject(new DOMException("stopped", "AbortError"));
    else request.send(body);
  });
}

/** @param {XMLHttpRequest} request @returns {Record<string, any>} */
function problemIn(request) {
  return typeof request.response === "object" && request.response ? request.response : {};
}
