// One multipart request; XMLHttpRequest because fetch does not tell how much has been sent.
import { Problem, Unreachable, csrfToken } from "../lib/api.js";

/**
 * @param {string} url
 * @param {{file: File, name: string}[]} files
 * @param {(part: number) => void} progressed 0..1
 * @param {AbortSignal} signal
 * @returns {Promise<any>} the server's JSON
 */
export function sendFiles(url, files, progressed, signal) {
  const form = new FormData();
  for (const { file, name } of files) form.append("files", file, name.split("/").pop());
  return sendForm(url, form, progressed, signal);
}

/**
 * @param {string} url
 * @param {FormData} form
 * @param {(part: number) => void} progressed 0..1
 * @param {AbortSignal} signal
 * @returns {Promise<any>} the server's JSON
 */
export function sendForm(url, form, progressed, signal) {
  const request = new XMLHttpRequest();
  request.open("POST", url);
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", csrfToken());
  signal.addEventListener("abort", () => request.abort());
  return new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => event.total && progressed(event.loaded / event.total);
    request.onload = () => {
      if (request.status < 300) resolve(request.response);
      else reject(new Problem(request.status, request.response ?? {}));
    };
    request.onerror = () => reject(new Unreachable());
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    request.send(form);
  });
}
