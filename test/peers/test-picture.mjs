// A moving picture whose content is known: four areas of one colour each under noise that no encoder can predict, so that
// frames take several packets, and the frame's number in a strip of dark and light fields on top. I420.

export const width = 640;
export const height = 360;
/** One field of the strip for each bit of the number: 1000 frames are a minute and less. */
const numberBits = 16;
const stripHeight = 40;
const fieldWidth = width / numberBits;
/** Between the upper and the lower areas. */
const middle = (stripHeight + height) / 2;
const dark = 40;
const light = 210;
const grey = 128;
/** Y, U and V of the areas: far enough apart that no two are taken for each other. */
const colours = [
  [60, 90, 200],
  [100, 200, 90],
  [150, 70, 110],
  [190, 150, 170],
];
/** Added to the luma or taken from it; no colour above reaches the ends of the scale with it. */
const noiseAmplitude = 24;
const noise = makeNoise(4 * width * height);

/** Colours from the upper left to the lower right; `turn` makes another picture of the same colours. */
export function areaColours(turn) {
  return colours.map((_, area) => colours[(area + turn) % colours.length]);
}

/** @param {number} number @param {number} turn @returns {Uint8Array} */
export function drawPicture(number, turn) {
  const picture = new Uint8Array((width * height * 3) / 2);
  const wanted = areaColours(turn);
  // Each frame takes the noise from elsewhere, farther off than motion is searched for.
  let noiseAt = (number * 9973) % (noise.length - width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      picture[y * width + x] =
        y < stripHeight
          ? (number >> Math.floor(x / fieldWidth)) & 1
            ? light
            : dark
          : wanted[areaAt(x, y)][0] + noise[noiseAt++];
    }
  }
  let at = width * height;
  for (const plane of [1, 2])
    for (let y = 0; y < height; y += 2)
      for (let x = 0; x < width; x += 2) picture[at++] = y < stripHeight ? grey : wanted[areaAt(x, y)][plane];
  return picture;
}

/**
 * The number in the strip and the mean colour of each area, of a picture in any size: senders scale down at need.
 *
 * @param {Uint8Array} data @param {{width: number, height: number}} size
 */
export function readPicture(data, size) {
  let number = 0;
  for (let bit = 0; bit < numberBits; bit++) {
    const field = { left: bit * fieldWidth, top: 0, right: (bit + 1) * fieldWidth, bottom: stripHeight };
    if (meanOf(data, size, 0, field) > (dark + light) / 2) number |= 1 << bit;
  }
  const areas = colours.map((_, area) => {
    const [left, top] = [area % 2 ? width / 2 : 0, area < 2 ? stripHeight : middle];
    const box = { left, top, right: left + width / 2, bottom: top + middle - stripHeight };
    return [0, 1, 2].map((plane) => meanOf(data, size, plane, box));
  });
  return { number, areas };
}

/** How far the worst area is from its colour, in steps of 255. @param {number[][]} areas @param {number} turn */
export function colourError(areas, turn) {
  return Math.max(...areaColours(turn).flatMap((colour, area) => colour.map((v, i) => Math.abs(areas[area][i] - v))));
}

function areaAt(x, y) {
  return (y < middle ? 0 : 2) + (x < width / 2 ? 0 : 1);
}

/** Of one plane, within a box that is given in the full size. */
function meanOf(data, size, plane, { left, top, right, bottom }) {
  const [chromaWidth, chromaHeight] = [(size.width + 1) >> 1, (size.height + 1) >> 1];
  const start = plane === 0 ? 0 : size.width * size.height + (plane - 1) * chromaWidth * chromaHeight;
  const stride = plane === 0 ? size.width : chromaWidth;
  const across = (x) => Math.floor((x * stride) / width);
  const down = (y) => Math.floor((y * (plane === 0 ? size.height : chromaHeight)) / height);
  let [sum, count] = [0, 0];
  for (let y = down(top); y < down(bottom); y++) {
    for (let x = across(left); x < across(right); x++, count++) sum += data[start + y * stride + x];
  }
  return sum / count;
}

/** The same in every process, and so many values that their mean is about zero. */
function makeNoise(length) {
  const values = new Int8Array(length);
  let state = 1;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[index] = ((state >>> 24) % (2 * noiseAmplitude + 1)) - noiseAmplitude;
  }
  return values;
}
