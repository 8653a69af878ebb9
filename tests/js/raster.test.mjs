import assert from "node:assert/strict";
import test from "node:test";
import { pixelOf, raster } from "../../static/editor/view/raster.js";

const RED = pixelOf("#ff0000");

function planeOf(width, height, thickness = 1) {
  return { pixels: new Uint32Array(width * height), width, height, thickness };
}

function draw(box, plane = planeOf(12, 10), place = { x: 0, y: 0, scale: 1 }) {
  raster(plane, [{ class_id: null, state: "accepted", ...box }], place, () => RED);
  const rows = [];
  for (let y = 0; y < plane.height; y++) {
    const row = [...plane.pixels.subarray(y * plane.width, (y + 1) * plane.width)];
    rows.push(row.map((pixel) => (pixel === RED ? "#" : pixel ? "o" : ".")).join(""));
  }
  return rows;
}

test("a colour becomes an opaque little-endian pixel", () => {
  assert.equal(pixelOf("#12ab34"), 0xff34ab12);
});

test("an accepted box is a solid frame", () => {
  assert.deepEqual(draw({ x: 2, y: 1, w: 5, h: 4 }), [
    "............", "..######....", "..#....#....", "..#....#....", "..#....#....", "..######....",
    "............", "............", "............", "............",
  ]);
});

test("a larger box has a dark casing", () => {
  const rows = draw({ x: 2, y: 2, w: 9, h: 9 }, planeOf(14, 14));

  assert.equal(rows[1], ".oooooooooooo.");
  assert.equal(rows[2], ".o##########o.");
  assert.equal(rows[3], ".o#........#o.");
});

test("a proposal is dashed", () => {
  const rows = draw({ x: 0, y: 1, w: 11, h: 6, state: "proposed" });

  assert.equal(rows[1], "#####...####");
});

test("a rejected box is crossed", () => {
  const rows = draw({ x: 1, y: 1, w: 4, h: 4, state: "rejected" });

  assert.deepEqual(rows.slice(1, 6).map((row) => row.slice(1, 6)), ["#####", "##.##", "#.#.#", "##.##", "#####"]);
});

test("a box smaller than three pixels is a dot", () => {
  assert.equal(draw({ x: 3, y: 0, w: 1, h: 1 })[0], "...##.......");
});

test("edges outside the view are left out, not pulled in", () => {
  assert.deepEqual(draw({ x: -5, y: -5, w: 8, h: 8 }).slice(0, 5), ["...#........", "...#........", "...#........", "####........", "............"]);
});

test("the view moves and magnifies, thickness follows the screen", () => {
  const rows = draw({ x: 10, y: 10, w: 2, h: 2 }, planeOf(12, 10, 2), { x: 9, y: 10, scale: 4 });

  assert.equal(rows[0], "....########");
  assert.equal(rows[1], "....########");
  assert.equal(rows[2], "....##.....#");
});

test("what was drawn before is cleared", () => {
  const plane = planeOf(4, 4);
  plane.pixels.fill(RED);

  raster(plane, [], { x: 0, y: 0, scale: 1 }, () => RED);

  assert.ok(plane.pixels.every((pixel) => pixel === 0));
});
