// One large file or archive: announced, sent in pieces by tus or straight to the store, judged.
import { Problem, call } from "../lib/api.js";
import { fingerprint } from "./upload_begun.js";
import { sendParts } from "./upload_parts.js";
import { sendBody } from "./upload_request.js";

// Proxies between us and the server have limits of their own for one body.
const PIECE_BYTES = 64 * 1024 * 1024;
const TUS = { "Tus-Resumable": "1.0.0" };

/**
 * @typedef {object} Way where uploads go
 * @property {string} uploads the address of the sessions
 * @property {string} dataset
 * @property {import("./upload_begun.js").BegunUploads} begun
 */

/**
 * Send one file, going on with what an earlier try or an earlier page has sent.
 * @param {Way} way
 * @param {{file: File, name: string}} item
 * @param {(part: number) => void} progressed 0..1
 * @param {AbortSignal} signal
 * @returns {Promise<import("./upload_queue.js").Verdict>}
 */
export async function sendLarge(way, item, progressed, signal) {
  const begun = (await goneOnWith(way, item, signal)) ?? (await announced(way, item, signal));
  const { upload } = begun;
  way.begun.keep(upload);
  if (begun.parts) await sendParts(begun.parts, item.file, progressed, signal);
  else if (begun.put) await sendBody({ method: "PUT", ...begun.put, isForeign: true }, item.file, progressed, signal);
  else if (begun.tus) await sendPieces(upload, item.file, progressed, signal);
  const answer = await call(`${way.uploads}/${upload.id}/complete`, { method: "POST", json: {}, signal });
  way.begun.forget(upload.id);
  return { ...answer.results[0], job: answer.job };
}

/** End what was begun with this file, on both sides. @param {Way} way @param {{file: File, name: string}} item */
export async function dropLarge(way, item) {
  const upload = await way.begun.match(item).catch(() => undefined);
  if (!upload) return;
  way.begun.forget(upload.id);
  // What can't be deleted now expires by itself.
  await call(`${way.uploads}/${upload.id}`, { method: "DELETE" }).catch(() => null);
}

/** @param {Way} way @param {{file: File, name: string}} item @param {AbortSignal} signal */
async function goneOnWith(way, item, signal) {
  const known = await way.begun.match(item);
  if (!known) return null;
  try {
    const begun = await call(`${way.uploads}/${known.id}`, { signal });
    const { state } = begun.upload;
    if (state !== "expired" && state !== "failed") return begun;
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
  }
  way.begun.forget(known.id);
  return null;
}

/** @param {Way} way @param {{file: File, name: string}} item @param {AbortSignal} signal */
async function announced(way, item, signal) {
  const { file, name } = item;
  const type = file.type.startsWith("image/") ? file.type : "";
  const json = { filename: name, size: file.size, content_type: type, dataset: way.dataset, fingerprint: await fingerprint(file) };
  return call(way.uploads, { method: "POST", json, signal });
}

/** @param {{url: string}} upload @param {File} file @param {(part: number) => void} progressed @param {AbortSignal} signal */
async function sendPieces(upload, file, progressed, signal) {
  let offset = await offsetOf(upload.url, signal);
  while (offset < file.size) {
    const from = offset;
    const piece = file.slice(from, from + PIECE_BYTES);
    const headers = { ...TUS, "Upload-Offset": String(from), "Content-Type": "application/offset+octet-stream" };
    const told = /** @param {number} part */ (part) => progressed((from + part * piece.size) / file.size);
    const request = await sendBody({ method: "PATCH", url: upload.url, headers }, piece, told, signal);
    offset = Number(request.getResponseHeader("Upload-Offset"));
  }
}

/** @param {string} url @param {AbortSignal} signal */
async function offsetOf(url, signal) {
  const request = await sendBody({ method: "HEAD", url, headers: TUS }, null, () => {}, signal);
  return Number(request.getResponseHeader("Upload-Offset"));
}
