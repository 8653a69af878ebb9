// Answers that come line by line: each is JSON and usable as soon as it is there.
import { Problem, Unreachable, csrfToken } from "./api.js";

/**
 * Post, and give each line of the answer as it comes. Aborting `signal` ends it quietly.
 * @param {string} url @param {unknown} json @param {AbortSignal} signal
 * @returns {AsyncGenerator<any>}
 * @throws {Problem} when the server refuses, at once or in the middle @throws {Unreachable} when it falls silent
 */
export async function* postForLines(url, json, signal) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() };
  try {
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(json), signal, credentials: "same-origin" });
    if (!response.ok || !response.body) throw new Problem(response.status, await response.json().catch(() => ({})));
    for await (const line of linesOf(response.body)) {
      const told = JSON.parse(line);
      if (told.problem) throw new Problem(told.problem.status ?? 500, told.problem);
      yield told;
    }
  } catch (error) {
    if (signal.aborted) return;
    throw error instanceof Problem ? error : new Unreachable();
  }
}

/** Empty lines are only signs of life. @param {ReadableStream<Uint8Array>} body */
async function* linesOf(body) {
  const [reader, decoder] = [body.getReader(), new TextDecoder()];
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const parts = (rest + decoder.decode(value, { stream: !done })).split("\n");
    rest = parts.pop() ?? "";
    for (const part of parts) if (part.trim()) yield part;
    if (done) return;
  }
}
