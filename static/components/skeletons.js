// Keypoints as people write them: lines by the numbers of their points, and skeletons that many use.

/** @typedef {{title: string, points: string[], edges: number[][]}} Template edges count the points from 0 */

/** Lines as text, points counted from 1: "1-2 2-3". @param {number[][]} edges */
export const edgeWords = (edges) => edges.map(([a, b]) => `${a + 1}-${b + 1}`).join(" ");

/** Lines that a text names. @param {string} text @param {number} count of points @returns {{edges: number[][], problem: string}} */
export function edgesIn(text, count) {
  /** @type {number[][]} */
  const edges = [];
  for (const word of text.split(/[\s,;]+/).filter(Boolean)) {
    const [, from, to] = /^(\d+)[-–](\d+)$/.exec(word) ?? [];
    if (!from) return { edges, problem: `“${word}” is no line. Write two numbers of keypoints, such as 1-2.` };
    const [a, b] = [Number(from) - 1, Number(to) - 1];
    if (a === b || a < 0 || b < 0 || a >= count || b >= count) return { edges, problem: `There is no line ${word}: the keypoints are numbered from 1 to ${count}.` };
    edges.push([a, b]);
  }
  return { edges, problem: "" };
}

/** @param {number} from @param {number} count a chain of points, each with the next */
const chain = (from, count) => Array.from({ length: count - 1 }, (_, at) => [from + at, from + at + 1]);

const FINGERS = ["thumb", "index finger", "middle finger", "ring finger", "little finger"];

/** @type {Template[]} the person in the order of COCO (Lin et al., 2014), the hand in that of Simon et al. (2017) */
export const TEMPLATES = [
  {
    title: "Person, 17 keypoints (COCO)",
    points: [
      "nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder", "left elbow", "right elbow",
      "left wrist", "right wrist", "left hip", "right hip", "left knee", "right knee", "left ankle", "right ankle",
    ],
    edges: [
      [15, 13], [13, 11], [16, 14], [14, 12], [11, 12], [5, 11], [6, 12], [5, 6], [5, 7], [6, 8], [7, 9], [8, 10],
      [1, 2], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6],
    ],
  },
  {
    title: "Hand, 21 keypoints",
    points: ["wrist", ...FINGERS.flatMap((finger) => [1, 2, 3, 4].map((joint) => `${finger} ${joint}`))],
    edges: FINGERS.flatMap((_, at) => [[0, at * 4 + 1], ...chain(at * 4 + 1, 4)]),
  },
  { title: "Face, 5 keypoints", points: ["left eye", "right eye", "nose", "left corner of the mouth", "right corner of the mouth"], edges: [] },
  { title: "Four corners", points: ["top left", "top right", "bottom right", "bottom left"], edges: [...chain(0, 4), [3, 0]] },
];
