import assert from "node:assert/strict";
import { test } from "node:test";

import { UploadQueue } from "../../../static/components/upload_queue.js";
import { Uploader } from "../../../static/components/uploader.js";
import { Problem, Unreachable } from "../../../static/lib/api.js";

const MB = 1024 * 1024;
const file = (name, size = 1000) => ({ file: { name, size, type: "image/png", lastModified: 5 }, name });
const settled = () => new Promise((done) => setTimeout(done, 5));
const aborted = (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError"))));

/** An uploader of these files whose requests end as `send` says; `log` tells what happened. */
function uploading(files, send) {
  const log = { finished: 0, dropped: [], sent: [] };
  const queue = new UploadQueue(() => {});
  const transport = {
    send: (batch, progressed, signal) => {
      log.sent.push(batch.map(({ name }) => name));
      return send(batch, signal, log.sent.length);
    },
    drop: (item) => log.dropped.push(item.name),
  };
  const uploader = new Uploader(queue, transport, { settled: () => {}, finished: () => (log.finished += 1) });
  queue.add(files);
  uploader.run();
  return { uploader, queue, log };
}
const all = (status) => async (batch) => batch.map(() => ({ status }));

test("large files and archives travel alone, small ones together", async () => {
  const { log, queue } = uploading([file("a.png"), file("b.png"), file("c.png", 9 * MB), file("d.zip"), file("e.png")], all("created"));
  await settled();

  assert.deepEqual(log.sent, [["a.png", "b.png"], ["c.png"], ["d.zip"], ["e.png"]]);
  assert.deepEqual([log.finished, queue.counts.created], [1, 5]);
});

test("a server that is away is tried again when the connection is back, without end", async () => {
  const away = async (batch, _, number) => {
    if (number <= 20) throw new Unreachable();
    return batch.map(() => ({ status: "created" }));
  };
  const { uploader, queue } = uploading([file("a.png")], away);
  for (let tries = 0; tries < 20; tries += 1) {
    await settled();
    assert.equal(queue.counts.waiting, 1);
    uploader.wake();
  }
  await settled();

  assert.equal(queue.counts.created, 1);
});

test("a server in trouble is tried a few times, then the file can be sent again by hand", async () => {
  const { uploader, queue } = uploading([file("a.png")], async () => { throw new Problem(503, { detail: "Busy." }); });
  for (let tries = 0; tries < 10; tries += 1) {
    await settled();
    uploader.wake();
  }
  await settled();

  assert.deepEqual([queue.items[0].fate, queue.items[0].words], ["failed", "Busy."]);
  queue.retryFailed();
  assert.equal(queue.counts.waiting, 1);
});

test("a refusal is final and says why", async () => {
  const { queue, log } = uploading([file("a.zip")], async () => { throw new Problem(413, { detail: "Too large." }); });
  await settled();

  assert.deepEqual([queue.items[0].fate, queue.items[0].words, log.sent.length], ["refused", "Too large.", 1]);
});

test("pausing stops a large file, which then goes on", async () => {
  const once = (batch, signal, number) => (number === 1 ? aborted(signal) : all("created")(batch));
  const { uploader, queue, log } = uploading([file("a.png", 9 * MB)], once);
  uploader.pause();
  await settled();
  const paused = { ...queue.counts };
  uploader.resume();
  await settled();

  assert.deepEqual([paused.waiting, queue.counts.created, log.dropped.length], [1, 1, 0]);
});

test("cancelling one file of a request sends the others again without it", async () => {
  const once = (batch, signal, number) => (number === 1 ? aborted(signal) : all("created")(batch));
  const { uploader, queue, log } = uploading([file("a.png"), file("b.png")], once);
  uploader.cancel(queue.items[0]);
  await settled();

  assert.deepEqual(log.sent, [["a.png", "b.png"], ["b.png"]]);
  assert.deepEqual(queue.items.map(({ fate }) => fate), ["cancelled", "created"]);
});

test("cancelling a large file gives up what the server has of it", async () => {
  const { uploader, queue, log } = uploading([file("a.png", 9 * MB)], (_, signal) => aborted(signal));
  uploader.cancelAll();
  await settled();

  assert.deepEqual([log.dropped, queue.counts.cancelled, queue.isBusy, log.finished], [["a.png"], 1, false, 1]);
  assert.deepEqual(queue.bytes, { total: 0, sent: 0 });
});
