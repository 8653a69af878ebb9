// A large file straight into the store, in parts: what has arrived stays, and the rest goes on from any page.
import { Unreachable, call } from "../lib/api.js";
import { StoreAway, sendBody } from "./upload_request.js";

const LANES = 3;

/** @typedef {{url: string, size: number, count: number}} Parts */
/** @typedef {{number: number, url: string, headers: Record<string, string>, size: number}} PartPut */

/**
 * Send every part that is not there yet.
 * @param {Parts} parts @param {File} file @param {(part: number) => void} progressed 0..1
 * @param {AbortSignal} signal
 */
export async function sendParts(parts, file, progressed, signal) {
  const held = await arrived(parts, file, signal);
  const before = held.size;
  const missing = Array.from({ length: parts.count }, (_, at) => at + 1).filter((number) => !held.has(number));
  const told = /** @param {number} number @param {number} bytes */ (number, bytes) => {
    held.set(number, bytes);
    progressed(sum(held.values()) / file.size);
  };
  progressed(sum(held.values()) / file.size);
  const ours = new AbortController();
  const both = AbortSignal.any([signal, ours.signal]);
  let whole = before;
  const lane = async () => {
    for (let number = missing.shift(); number; number = missing.shift()) {
      await sendPart(parts, file, number, told, both);
      whole += 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } catch (error) {
    ours.abort();
    // Where parts arrive, the store is there: this was a cut, however many there have been.
    throw error instanceof StoreAway && whole > before ? new Unreachable() : error;
  }
}

/**
 * The address is asked for at the last moment: it is good for an hour only.
 * @param {Parts} parts @param {File} file @param {number} number
 * @param {(number: number, bytes: number) => void} told @param {AbortSignal} signal
 */
async function sendPart(parts, file, number, told, signal) {
  const answer = await call(parts.url, { method: "POST", json: { numbers: [number] }, signal });
  const put = /** @type {PartPut} */ (answer.parts[0]);
  const start = (number - 1) * parts.size;
  const target = { method: "PUT", url: put.url, headers: put.headers, isForeign: true };
  await sendBody(target, file.slice(start, start + put.size), (part) => told(number, part * put.size), signal);
  told(number, put.size);
}

/**
 * The bytes of each part that is whole in the store, by its number.
 * @param {Parts} parts @param {File} file @param {AbortSignal} signal
 */
async function arrived(parts, file, signal) {
  /** @type {Map<number, number>} */
  const held = new Map();
  /** @type {string | null} */
  let next = `${parts.url}?limit=500`;
  while (next) {
    const page = await call(next, { signal });
    for (const { number, size } of page.results) {
      if (size === Math.min(parts.size, file.size - (number - 1) * parts.size)) held.set(number, size);
    }
    next = page.next;
  }
  return held;
}

/** @param {Iterable<number>} numbers */
function sum(numbers) {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
