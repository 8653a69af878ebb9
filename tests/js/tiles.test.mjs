import assert from "node:assert/strict";
import test from "node:test";
import { KEPT, levelFor, spotsIn, Tiles } from "../../static/editor/view/tiles.js";

/** A picture of that size as the server describes it. */
function infoOf(width, height, size = 512) {
  const levels = [];
  for (let [w, h] = [width, height]; ; [w, h] = [Math.ceil(w / 2), Math.ceil(h / 2)]) {
    levels.unshift({ width: w, height: h, columns: Math.ceil(w / size), rows: Math.ceil(h / size) });
    if (Math.max(w, h) <= size) return { url: "/tiles", size, levels, ready: true };
  }
}

const viewportAt = (x, y, scale, width = 1024, height = 768) => ({
  scale, place: { x, y, scale }, visible: { x, y, w: width / scale, h: height / scale },
});

/** Takes the place of the network: answers when told to. */
function loader() {
  const open = [];
  const seen = { asked: [], most: 0, aborted: 0, alive: 0 };
  const load = (url, signal) =>
    new Promise((resolve, reject) => {
      seen.asked.push(url);
      const one = { url, resolve, reject };
      open.push(one);
      seen.most = Math.max(seen.most, open.length);
      signal.addEventListener("abort", () => {
        seen.aborted++;
        open.splice(open.indexOf(one), 1);
        reject(new Error("aborted"));
      });
    });
  const tick = () => new Promise((resolve) => setTimeout(resolve));
  const answer = async () => {
    await tick();
    while (open.length) {
      seen.alive++;
      open.shift().resolve({ width: 512, height: 512, close: () => seen.alive-- });
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  return { load, answer, seen, open };
}

const paper = () => {
  const drawn = [];
  return { drawn, drawImage: (...args) => drawn.push(args.slice(1)) };
};

test("a level has a pixel for every pixel of the screen", () => {
  assert.deepEqual([1, 0.6, 0.5, 0.26, 0.25, 0.01, 8].map((scale) => levelFor(7, scale, null)), [6, 6, 5, 5, 4, 0, 6]);
});

test("a level is kept through small zooms back and forth", () => {
  assert.equal(levelFor(7, 0.6, 5), 5);
  assert.equal(levelFor(7, 0.65, 5), 6);
  assert.equal(levelFor(7, 0.42, 6), 6);
  assert.equal(levelFor(7, 0.38, 6), 5);
});

test("the wanted tiles cover the view and begin in its middle", () => {
  const info = infoOf(30000, 30000);

  const spots = spotsIn(info, 6, { x: 1000, y: 1000, w: 1500, h: 1000 });

  assert.equal(spots.length, 4 * 3);
  assert.deepEqual([Math.min(...spots.map((spot) => spot.column)), Math.max(...spots.map((spot) => spot.column))], [1, 4]);
  assert.deepEqual(spots[0], { level: 6, column: 3, row: 2 });
});

test("nothing outside the picture is wanted", () => {
  const info = infoOf(9000, 5000);

  const spots = spotsIn(info, 5, { x: -5000, y: -5000, w: 50000, h: 50000 });

  assert.equal(spots.length, 18 * 10);
});

test("six requests run at once, and those for another place end when the view moves", async () => {
  const { load, answer, seen, open } = loader();
  const tiles = new Tiles(infoOf(30000, 30000), () => {}, load);

  tiles.draw(paper(), viewportAt(0, 0, 1, 4000, 3000), 1, 2048);
  const first = open.length;
  tiles.draw(paper(), viewportAt(20000, 20000, 1), 1, 2048);
  await answer();

  assert.equal(first, 6);
  assert.equal(seen.most, 6);
  assert.equal(seen.aborted, 6);
  assert.ok(seen.asked.slice(6).every((url) => Number(url.split("/").at(-1).split("_")[0]) >= 39));
  assert.equal(tiles.running, 0);
});

test("memory is bounded however far the view travels, and what is seen stays", async () => {
  const { load, answer, seen } = loader();
  const tiles = new Tiles(infoOf(30000, 30000), () => {}, load);

  for (let at = 0; at < 28000; at += 900) {
    for (const y of [0, 4000, 9000, 15000]) {
      tiles.draw(paper(), viewportAt(at, y, 1, 2560, 1440), 1, 2048);
      await answer();
    }
  }

  assert.ok(seen.asked.length > 2 * KEPT);
  assert.ok(tiles.tiles.size <= KEPT);
  assert.equal(seen.alive, [...tiles.tiles.values()].filter((tile) => tile.bitmap).length);
  assert.ok([...tiles.shown].every((name) => tiles.tiles.get(name)?.bitmap));
});

test("until a tile is there its nearest loaded ancestor is drawn", async () => {
  const { load, answer, open } = loader();
  const tiles = new Tiles(infoOf(9000, 9000), () => {}, load);
  tiles.draw(paper(), viewportAt(0, 0, 0.5), 1, 2048);
  await answer();
  const ctx = paper();

  tiles.draw(ctx, viewportAt(512, 0, 1, 500, 500), 1, 2048);

  assert.equal(open.length, 1);
  assert.deepEqual(ctx.drawn, [[256, 0, 256, 256, 0, 0, 512, 512]]);
});

test("levels that are no finer than the picture underneath are not fetched", () => {
  const { load, seen } = loader();
  const tiles = new Tiles(infoOf(9000, 9000), () => {}, load);

  tiles.draw(paper(), viewportAt(0, 0, 0.12), 1, 2048);

  assert.deepEqual(seen.asked, []);
});

test("a tile that fails is not asked for at once again", async () => {
  let asked = 0;
  const tiles = new Tiles(infoOf(9000, 9000), () => {}, () => {
    asked++;
    return Promise.reject(new Error("away"));
  });

  for (let round = 0; round < 5; round++) {
    tiles.draw(paper(), viewportAt(0, 0, 1, 400, 400), 1, 2048);
    await new Promise((resolve) => setTimeout(resolve));
  }

  assert.equal(asked, 1);
});

test("a closed source lets everything go", async () => {
  const { load, answer, seen } = loader();
  const tiles = new Tiles(infoOf(9000, 9000), () => {}, load);
  tiles.draw(paper(), viewportAt(0, 0, 1), 1, 2048);
  await answer();

  tiles.draw(paper(), viewportAt(4000, 4000, 1), 1, 2048);
  tiles.close();

  assert.equal(seen.alive, 0);
  assert.equal(tiles.tiles.size, 0);
});
