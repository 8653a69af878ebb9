import assert from "node:assert/strict";
import test from "node:test";
import { collisions } from "../../static/lib/keys.js";
import { actionsFor, CONTEXTS, LATER } from "../../static/editor/ui/actions.js";
import { SINCE } from "../../static/editor/ui/actions/since.js";
import { sessionActions } from "../../static/editor/ui/actions/session.js";
import { THREADS } from "../../static/editor/ui/actions/threads.js";
import { SessionRoom } from "../../static/editor/sync/session_room.js";

const ANA = { id: "ana", name: "Ana" };
const state = (done, mode = "together") => ({
  session: { id: "s", name: "Friday", mode, state: "open", leader: ANA, image: null },
  people: [], progress: { total: 3, done, verdicts: {}, people: {} },
});

function room() {
  const sent = [];
  const heard = [];
  const listener = { changed: (event) => heard.push(event?.what ?? "anew"), here: () => undefined, closed: (detail) => heard.push(detail) };
  const made = new SessionRoom("s", listener, () => ({ send: (message) => sent.push(message), open: () => undefined, close: () => undefined }));
  made.take({ type: "snapshot", seq: 4, state: state(0), here: [], session: "me" });
  return { made, sent, heard };
}

test("an old state with the events since is the new state", () => {
  const { made, heard } = room();

  made.take({ type: "event", seq: 5, what: "verdict", by: ANA, state: { progress: state(1).progress } });
  made.take({ type: "event", seq: 6, what: "changed", by: ANA, state: { session: state(1, "apart").session } });
  made.take({ type: "event", seq: 5, what: "verdict", by: ANA, state: { progress: state(0).progress } });

  assert.deepEqual(made.state, state(1, "apart"));
  assert.deepEqual(heard, ["anew", "verdict", "changed"]);
});

test("a gap is healed by asking again, and so is a beat that knows more", () => {
  const { made, sent } = room();

  made.take({ type: "event", seq: 7, what: "verdict", by: ANA, state: { progress: state(3).progress } });
  assert.deepEqual(made.state, state(0));
  made.take({ type: "beat", seq: 9 });

  assert.deepEqual(sent, [{ type: "hello" }, { type: "hello" }]);
});

test("each person is somewhere once, where they were last, until they leave", () => {
  const { made } = room();

  made.take({ type: "joined", session: "1", user: ANA, image: null });
  made.take({ type: "joined", session: "2", user: ANA, image: "a" });
  made.take({ type: "presence", session: "1", user: ANA, image: "b" });
  assert.deepEqual(made.people(), [{ user: ANA, image: "b" }]);
  made.take({ type: "left", session: "1" });
  assert.deepEqual(made.people(), [{ user: ANA, image: "a" }]);
});

test("who comes back says again where they are", () => {
  const { made, sent } = room();
  made.tell("a");
  made.lost();
  sent.length = 0;

  made.take({ type: "snapshot", seq: 4, state: state(0), here: [{ session: "1", user: ANA, image: "b" }], session: "me" });

  assert.deepEqual(sent, [{ type: "presence", image: "a" }]);
  assert.deepEqual(made.people(), [{ user: ANA, image: "b" }]);
});

test("the keys of a session are free", () => {
  LATER.push(...THREADS, ...SINCE, ...sessionActions(/** @type {any} */ ({})));

  assert.deepEqual(collisions(actionsFor([]).actions, CONTEXTS), []);
});
