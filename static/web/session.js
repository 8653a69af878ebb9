// The page of a team session: it shows what happens as it happens, and who is where.
import { loadPage, takeOver } from "../components/fresh.js";
import { startModules } from "../components/modules.js";
import { SessionRoom } from "../editor/sync/session_room.js";

const PATIENCE_MS = 250;

/** @param {HTMLElement} root */
function start(root) {
  const id = root.dataset.session ?? "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const showWhere = () => {
    const here = new Map(room.people().map((one) => [one.user.id, one.image]));
    if (room.state) here.set(root.dataset.me ?? "", here.get(root.dataset.me ?? "") ?? null);
    for (const place of root.querySelectorAll("[data-where]")) {
      const where = /** @type {HTMLElement} */ (place);
      const image = here.get(where.dataset.where ?? "");
      const words = image === undefined ? where.dataset.resting ?? "" : image ? "At a picture" : "On this page";
      if (where.textContent !== words) where.textContent = words;
    }
  };
  const look = async () => {
    timer = undefined;
    const fresh = (await loadPage(location.href).catch(() => null))?.getElementById(root.id);
    if (fresh) {
      takeOver(root, fresh, "key");
      root.dataset.seq = fresh.dataset.seq;
    }
    showWhere();
  };
  const room = new SessionRoom(id, {
    changed: (event) => {
      // What happened since the page was drawn, also while the connection was away, is read.
      if (String(room.seq) !== root.dataset.seq) timer ??= setTimeout(() => void look(), PATIENCE_MS);
      if (event?.what === "ended") location.assign(`/sessions/${id}/summary/`);
    },
    here: showWhere,
    closed: () => location.reload(),
  });
  room.tell(null);
  room.open();
  return {
    stop: () => {
      clearTimeout(timer);
      room.close();
    },
  };
}

startModules(document, { session: { start } });
