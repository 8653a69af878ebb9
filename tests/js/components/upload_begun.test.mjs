import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { BegunUploads, fingerprint } from "../../../static/components/upload_begun.js";

const MB = 1024 * 1024;
const bytes = (size, seed = 1) => Uint8Array.from({ length: size }, (_, at) => (at * 31 + seed * (at >> 8)) & 255);
const chosen = (name, data) => ({ name, file: new File([data], name) });

let server;
let url;
const pages = {};
before(async () => {
  server = createServer((request, response) => {
    const page = pages[request.url];
    response.writeHead(page ? 200 : 503, { "Content-Type": "application/json" }).end(JSON.stringify(page ?? { detail: "Busy." }));
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  url = `http://127.0.0.1:${server.address().port}/uploads`;
});
after(() => server.close());

const FIRST = "/uploads?dataset=d1&state=open&limit=500";

test("the same content has the same fingerprint, another size or another byte that was looked at has not", async () => {
  const data = bytes(3 * MB);
  const [longer, first, last] = [bytes(3 * MB + 1), data.slice(), data.slice()];
  first[0] ^= 1;
  last[data.length - 1] ^= 1;

  const prints = await Promise.all([data, data.slice(), longer, first, last, new Uint8Array(0)].map((one) => fingerprint(new Blob([one]))));

  assert.equal(prints[0], prints[1]);
  assert.equal(new Set(prints).size, 5);
  assert.match(prints[0], /^s1-[0-9a-f]{16}$/);
});

test("a file chosen again is known by name, size and content, whichever browser began it", async () => {
  const data = bytes(100_000);
  const print = await fingerprint(new Blob([data]));
  const upload = { id: "u1", filename: "a.tif", size: data.length, offset: 5, fingerprint: print, created_by: "me" };
  pages[FIRST] = { next: `${url}?page=2`, results: [{ ...upload, id: "u0", created_by: "somebody" }] };
  pages["/uploads?page=2"] = { next: null, results: [upload, { ...upload, id: "u2", fingerprint: null }] };
  const begun = new BegunUploads(url, "d1", "me");

  const found = await Promise.all([
    begun.match(chosen("quay/a.tif", data)),
    begun.match(chosen("b.tif", data)),
    begun.match(chosen("a.tif", bytes(100_000, 2))),
    begun.match(chosen("a.tif", data.slice(1))),
  ]);

  assert.deepEqual(found.map((one) => one?.id), ["u1", undefined, undefined, undefined]);
  assert.deepEqual(begun.left.map(({ id }) => id), ["u1", "u2"]);
});

test("what this page sends is not shown as left, and what it ended is forgotten", async () => {
  pages[FIRST] = { next: null, results: [] };
  const begun = new BegunUploads(url, "d1", "me");
  const data = bytes(10);
  const upload = { id: "u3", filename: "a.tif", size: 10, offset: 0, fingerprint: await fingerprint(new Blob([data])) };

  begun.keep(upload);
  const during = [begun.left, (await begun.match(chosen("a.tif", data)))?.id];
  begun.forget("u3");

  assert.deepEqual(during, [[], "u3"]);
  assert.equal(await begun.match(chosen("a.tif", data)), undefined);
});

test("a server that could not be asked is asked again", async () => {
  delete pages[FIRST];
  const begun = new BegunUploads(url, "d1", "me");
  await assert.rejects(begun.ready(), /Busy/);
  pages[FIRST] = { next: null, results: [{ id: "u4", filename: "a", size: 1, offset: 0, fingerprint: null, created_by: "me" }] };

  await begun.ready();

  assert.deepEqual(begun.left.map(({ id }) => id), ["u4"]);
});
