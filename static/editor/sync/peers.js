// Who else is in the picture: their cursor, selection and the box they are dragging. Never stored.

/**
 * @typedef {{id: string, user: string, name: string, color: string, cursor: [number, number] | null,
 *   selection: string[], ghosts: import("../model/shapes.js").Shape[], viewport: [number, number, number, number] | null, at: number}} Peer
 */

const STALE_MS = 10000;
const COLORS = ["#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#f0e442", "#d55e00", "#7fb2ff", "#b5e48c"];

/** The same person has the same colour in every window. @param {string} id */
export function peerColor(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) >>> 0;
  return COLORS[sum % COLORS.length];
}

export class Peers {
  constructor() {
    /** @type {Map<string, Peer>} */
    this.present = new Map();
  }

  /** @param {any} message joined, left or presence */
  take(message) {
    const id = message.session;
    if (message.type === "left") {
      this.present.delete(id);
      return;
    }
    const actor = message.actor ?? {};
    const known = this.present.get(id);
    const user = String(actor.id ?? known?.user ?? id);
    const name = actor.name ?? known?.name ?? "Somebody";
    const shown = message.type === "presence" ? seen(message) : { cursor: null, selection: [], ghosts: [], viewport: known?.viewport ?? null };
    this.present.set(id, { id, user, name, color: peerColor(user), ...shown, at: Date.now() });
  }

  /** One connection of each person, the one that was heard last; in order of arrival. @returns {Peer[]} */
  people() {
    /** @type {Map<string, Peer>} */
    const people = new Map();
    for (const peer of this.present.values()) {
      const known = people.get(peer.user);
      if (!known || liveliness(peer) > liveliness(known)) people.set(peer.user, peer);
    }
    return [...people.values()];
  }

  /** Everybody who was here when I came. @param {any[]} people */
  meet(people) {
    this.present.clear();
    for (const person of people) this.take({ type: "joined", ...person });
  }

  /** Drop cursors and ghosts of connections that fell silent; the person stays until "left". @returns {boolean} whether anything changed */
  fade() {
    const limit = Date.now() - STALE_MS;
    let changed = false;
    for (const peer of this.present.values()) {
      if (peer.at > limit || (!peer.cursor && !peer.ghosts.length && !peer.viewport)) continue;
      Object.assign(peer, { cursor: null, ghosts: [], viewport: null });
      changed = true;
    }
    return changed;
  }
}

/** A connection that showed its view comes before one that only joined. @param {Peer} peer */
const liveliness = (peer) => (peer.viewport ? peer.at : 0);

/** @param {any} message */
function seen(message) {
  return {
    cursor: message.cursor ?? null,
    selection: message.selection ?? [],
    ghosts: message.ghost?.boxes ?? [],
    viewport: message.viewport ?? null,
  };
}
