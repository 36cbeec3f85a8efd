/** MD5 and SHA-256 of byte strings, in hexadecimal. */

/** The message with its padding, as 32-bit words. */
function padded(data: string, littleEndian: boolean): Uint32Array {
  const blocks = Math.floor((data.length + 8) / 64) + 1;
  const view = new DataView(new ArrayBuffer(blocks * 64));
  for (let i = 0; i < data.length; i++) view.setUint8(i, data.charCodeAt(i));
  view.setUint8(data.length, 0x80);
  const end = blocks * 64 - 8;
  const [low, high] = [(data.length * 8) >>> 0, Math.floor(data.length / 2 ** 29)];
  view.setUint32(end, littleEndian ? low : high, littleEndian);
  view.setUint32(end + 4, littleEndian ? high : low, littleEndian);
  return Uint32Array.from({ length: blocks * 16 }, (_v, i) => view.getUint32(i * 4, littleEndian));
}

const rotateLeft = (x: number, n: number) => (x << n) | (x >>> (32 - n));
const rotateRight = (x: number, n: number) => (x >>> n) | (x << (32 - n));
const hex = (n: number) => (n >>> 0).toString(16).padStart(8, "0");

const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
const SINES = Array.from({ length: 64 }, (_v, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);

export function md5(data: string): string {
  const words = padded(data, true);
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let at = 0; at < words.length; at += 16) {
    let [a, b, c, d] = state as [number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const f =
        round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
      const g = [i, 5 * i + 1, 3 * i + 5, 7 * i][round]! & 15;
      const sum = (a + f + SINES[i]! + words[at + g]!) | 0;
      [a, d, c, b] = [d, c, b, (b + rotateLeft(sum, SHIFTS[round * 4 + (i & 3)]!)) | 0];
    }
    [a, b, c, d].forEach((value, i) => {
      state[i] = (state[i]! + value) | 0;
    });
  }
  return state.map((n) => hex(((n & 255) << 24) | ((n & 0xff00) << 8) | ((n >>> 8) & 0xff00) | (n >>> 24))).join("");
}

const PRIMES: number[] = [];
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((p) => n % p !== 0)) PRIMES.push(n);
const fraction = (x: number) => Math.floor((x - Math.floor(x)) * 2 ** 32) | 0;
const ROUND = PRIMES.map((p) => fraction(Math.cbrt(p)));

export function sha256(data: string): string {
  const words = padded(data, false);
  const state = PRIMES.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const w = new Int32Array(64);
  for (let at = 0; at < words.length; at += 16) {
    for (let i = 0; i < 64; i++) {
      if (i < 16) w[i] = words[at + i]!;
      else {
        const [x, y] = [w[i - 15]!, w[i - 2]!];
        const s0 = rotateRight(x, 7) ^ rotateRight(x, 18) ^ (x >>> 3);
        const s1 = rotateRight(y, 17) ^ rotateRight(y, 19) ^ (y >>> 10);
        w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
      }
    }
    let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const s1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + ROUND[i]! + w[i]!) | 0;
      const s0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => {
      state[i] = (state[i]! + value) | 0;
    });
  }
  return state.map(hex).join("");
}
