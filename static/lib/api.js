// One door to the server: JSON in and out, the CSRF token, refusals as Problem.

/** A refusal of the server, told in the words of its problem+json. */
export class Problem extends Error {
  /** @param {number} status @param {Record<string, any>} body */
  constructor(status, body) {
    super(body.detail || body.title || "The server refused this. Try again.");
    this.status = status;
    this.code = String(body.code || status);
    this.body = body;
  }
}

/** The server was not reached at all; the same call may succeed later. */
export class Unreachable extends Error {
  constructor() {
    super("The server cannot be reached. Check your connection.");
  }
}

export function csrfToken() {
  const field = document.querySelector("meta[name=csrf-token], input[name=csrfmiddlewaretoken]");
  const held = field?.getAttribute("content") || field?.getAttribute("value");
  return held || document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] || "";
}

/**
 * Call the server and return its JSON (null when the answer has none).
 * @param {string} url
 * @param {{method?: string, json?: unknown, signal?: AbortSignal, cache?: RequestCache}} [options]
 * @returns {Promise<any>}
 * @throws {Problem} when the server refuses @throws {Unreachable} when it does not answer
 */
export async function call(url, { method = "GET", json, signal, cache } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  const body = json === undefined ? undefined : JSON.stringify(json);
  let response;
  try {
    response = await fetch(url, { method, headers, body, signal, cache, credentials: "same-origin" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable();
  }
  const answer = await readJson(response);
  if (!response.ok) throw new Problem(response.status, answer ?? {});
  return answer;
}

/** @param {Response} response */
async function readJson(response) {
  if (!/json/.test(response.headers.get("Content-Type") ?? "")) return null;
  try {
    return await response.json();
  } catch {
    return null;
  }
}
