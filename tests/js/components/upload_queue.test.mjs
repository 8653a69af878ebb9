import assert from "node:assert/strict";
import { test } from "node:test";

import { UploadQueue } from "../../../static/components/upload_queue.js";

const MB = 1024 * 1024;
const file = (name, size = 1000, type = "image/png") => ({ file: { name, size, type }, name });
const queue = (...files) => {
  const made = new UploadQueue(() => {});
  made.add(files);
  return made;
};

test("batches hold at most eight files and sixteen megabytes", () => {
  const many = queue(...Array.from({ length: 10 }, (_, at) => file(`${at}.png`)));
  const large = queue(file("a.png", 10 * MB), file("b.png", 10 * MB), file("c.png", 40 * MB));

  assert.deepEqual([many.take().length, many.take().length, many.take().length], [8, 2, 0]);
  assert.deepEqual([large.take(), large.take(), large.take()].map(([item]) => item.name), ["a.png", "b.png", "c.png"]);
});

test("what is no picture is refused here and never sent", () => {
  const mixed = queue(file("a.png"), file("notes.txt", 10, "text/plain"), file("scan", 10, "image/jpeg"));

  assert.deepEqual(mixed.take().map((item) => item.name), ["a.png", "scan"]);
  assert.equal(mixed.counts.refused, 1);
  assert.equal(mixed.items[1].words, "This is not a picture, so it was not sent.");
});

test("progress of a request is told per file, in the order of the files", () => {
  const two = queue(file("a.png", 100), file("b.png", 300));
  const batch = two.take();

  two.sent(batch, 0.5);

  assert.deepEqual(batch.map((item) => item.sent), [100, 100]);
  assert.deepEqual(two.bytes, { total: 400, sent: 200 });
});

test("each file gets its own verdict and the problem's sentence", () => {
  const three = queue(file("a.png"), file("b.png"), file("c.png"));

  three.settle(three.take(), [{ status: "created" }, { status: "duplicate" }, { status: "refused", problem: { detail: "Too large." } }]);

  assert.deepEqual(three.items.map((item) => [item.fate, item.words]), [
    ["created", "Added."], ["duplicate", "Already here."], ["refused", "Too large."],
  ]);
  assert.equal(three.isBusy, false);
});

test("a lost request is tried again, what arrived before is not", () => {
  const two = queue(file("a.png", 20 * MB), file("b.png", 20 * MB));
  two.settle(two.take(), [{ status: "created" }]);
  two.fail(two.take(), "The server cannot be reached.");

  two.retryFailed();

  assert.deepEqual(two.take().map((item) => item.name), ["b.png"]);
  assert.equal(two.bytes.sent, 20 * MB);
});

test("a server that forgets a file leaves it to be tried again", () => {
  const two = queue(file("a.png"), file("b.png"));

  two.settle(two.take(), [{ status: "created" }]);

  assert.deepEqual(two.items.map((item) => item.fate), ["created", "failed"]);
});
