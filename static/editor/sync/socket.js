// A websocket that comes back: backoff with jitter, and a watch for connections that died silently.

const FIRST_MS = 500;
const LONGEST_MS = 15000;
const SILENCE_MS = 25000;

/** @typedef {{opened: () => void, message: (message: any) => void, lost: () => void}} Listener */

export class Socket {
  /** @param {string} path @param {Listener} listener */
  constructor(path, listener) {
    const base = location.href.replace(/^http/, "ws");
    this.url = new URL(path, base).href;
    this.listener = listener;
    this.wait = FIRST_MS;
    this.ended = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.silence = undefined;
    this.hurry = () => this.open();
    addEventListener("online", this.hurry);
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  open() {
    if (this.ended || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    clearTimeout(this.timer);
    const socket = new WebSocket(this.url);
    this.socket = socket;
    // A handshake that nobody answers is given up like a connection that fell silent.
    this.heard();
    socket.onopen = () => {
      this.heard();
      this.listener.opened();
    };
    socket.onmessage = (event) => {
      this.wait = FIRST_MS;
      this.heard();
      this.listener.message(JSON.parse(event.data));
    };
    socket.onclose = () => this.closed(socket);
  }

  heard() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.drop(), SILENCE_MS);
  }

  /** Nothing came for too long: do not wait for the network to notice. */
  drop() {
    const socket = this.socket;
    if (!socket) return;
    socket.onclose = null;
    socket.close();
    this.closed(socket);
  }

  /** @param {WebSocket} socket */
  closed(socket) {
    if (this.socket !== socket) return;
    this.socket = null;
    clearTimeout(this.silence);
    this.listener.lost();
    if (this.ended) return;
    this.timer = setTimeout(() => this.open(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_MS);
  }

  /** @param {unknown} message @returns {boolean} whether it left */
  send(message) {
    if (!this.isOpen) return false;
    this.socket?.send(JSON.stringify(message));
    return true;
  }

  /** End for good. */
  close() {
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    removeEventListener("online", this.hurry);
    this.socket?.close();
  }
}
