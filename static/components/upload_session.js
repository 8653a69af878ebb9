// One large file or archive: announced, sent in pieces by tus (or straight to the store), judged.
import { Problem, call } from "../lib/api.js";
import { sendBody } from "./upload_request.js";

// Proxies between us and the server have limits of their own for one body.
const PIECE_BYTES = 64 * 1024 * 1024;
const TUS = { "Tus-Resumable": "1.0.0" };

/** @typedef {import("./upload_memory.js").UploadMemory} UploadMemory */
/**
 * @typedef {object} Way where uploads go
 * @property {string} uploads the address of the sessions
 * @property {string} dataset
 * @property {UploadMemory} memory
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
  if (begun.put) await sendBody({ method: "PUT", ...begun.put, isForeign: true }, item.file, progressed, signal);
  else if (upload.state === "open") await sendPieces(upload, item.file, progressed, signal);
  const answer = await call(`${way.uploads}/${upload.id}/complete`, { method: "POST", json: {}, signal });
  way.memory.forget(item);
  return { ...answer.results[0], job: answer.job };
}

/** End what was begun with this file, on both sides. @param {Way} way @param {{file: File, name: string}} item */
export async function dropLarge(way, item) {
  const id = way.memory.recall(item);
  way.memory.forget(item);
  // What can't be deleted now expires by itself.
  if (id) await call(`${way.uploads}/${id}`, { method: "DELETE" }).catch(() => null);
}

/** @param {Way} way @param {{file: File, name: string}} item @param {AbortSignal} signal */
async function goneOnWith(way, item, signal) {
  const id = way.memory.recall(item);
  if (!id) return null;
  try {
    const begun = await call(`${way.uploads}/${id}`, { signal });
    const { state } = begun.upload;
    if (state !== "expired" && state !== "failed") return begun;
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error;
  }
  way.memory.forget(item);
  return null;
}

/** @param {Way} way @param {{file: File, name: string}} item @param {AbortSignal} signal */
async function announced(way, item, signal) {
  const { file, name } = item;
  const json = { filename: name, size: file.size, content_type: file.type.startsWith("image/") ? file.type : "", dataset: way.dataset };
  const begun = await call(way.uploads, { method: "POST", json, signal });
  // A store takes a file whole or not at all, so there is nothing to go on with.
  if (begun.tus) way.memory.keep(item, begun.upload.id);
  return begun;
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
