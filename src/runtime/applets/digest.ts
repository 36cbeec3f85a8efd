/** MD5, SHA-1, SHA-256 and SHA-512 of byte strings, in hexadecimal. */

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

interface Sha256Constants {
  readonly start: readonly number[];
  readonly rounds: readonly number[];
}

let sha256Constants: Sha256Constants | undefined;

/** Made when they are first needed: few runs hash anything. */
function constantsOfSha256(): Sha256Constants {
  const primes: number[] = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  const fraction = (x: number) => Math.floor((x - Math.floor(x)) * 2 ** 32) | 0;
  return {
    start: primes.slice(0, 8).map((p) => fraction(Math.sqrt(p))),
    rounds: primes.map((p) => fraction(Math.cbrt(p))),
  };
}

export function sha256(data: string): string {
  const words = padded(data, false);
  const { start, rounds } = (sha256Constants ??= constantsOfSha256());
  const state = [...start];
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
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + rounds[i]! + w[i]!) | 0;
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

export function sha1(data: string): string {
  const words = padded(data, false);
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  const w = new Int32Array(80);
  for (let at = 0; at < words.length; at += 16) {
    for (let i = 0; i < 80; i++)
      w[i] = i < 16 ? words[at + i]! : rotateLeft(w[i - 3]! ^ w[i - 8]! ^ w[i - 14]! ^ w[i - 16]!, 1);
    let [a, b, c, d, e] = state as [number, number, number, number, number];
    for (let i = 0; i < 80; i++) {
      const round = Math.floor(i / 20);
      const f = round === 0 ? (b & c) | (~b & d) : round === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
      const sum = (rotateLeft(a, 5) + f + e + [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6][round]! + w[i]!) | 0;
      [e, d, c, b, a] = [d, c, rotateLeft(b, 30), a, sum];
    }
    [a, b, c, d, e].forEach((value, i) => {
      state[i] = (state[i]! + value) | 0;
    });
  }
  return state.map(hex).join("");
}

const WORD = (1n << 64n) - 1n;

/** The first 64 bits behind the point of a root. */
function rootFraction(prime: number, degree: 2 | 3): bigint {
  const power = BigInt(degree);
  const target = BigInt(prime) << (64n * power);
  let low = 0n;
  let high = BigInt(prime) << 64n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** power <= target) low = middle;
    else high = middle - 1n;
  }
  return low & WORD;
}

export function sha512(data: string): string {
  const primes: number[] = [];
  for (let n = 2; primes.length < 80; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  const round = primes.map((prime) => rootFraction(prime, 3));
  const state = primes.slice(0, 8).map((prime) => rootFraction(prime, 2));
  const blocks = Math.floor((data.length + 16) / 128) + 1;
  const view = new DataView(new ArrayBuffer(blocks * 128));
  for (let i = 0; i < data.length; i++) view.setUint8(i, data.charCodeAt(i));
  view.setUint8(data.length, 0x80);
  view.setBigUint64(blocks * 128 - 8, BigInt(data.length) * 8n);
  const rotate = (x: bigint, n: bigint) => ((x >> n) | (x << (64n - n))) & WORD;
  const w: bigint[] = Array.from({ length: 80 }, () => 0n);
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < 80; i++) {
      if (i < 16) w[i] = view.getBigUint64(block * 128 + i * 8);
      else {
        const [x, y] = [w[i - 15]!, w[i - 2]!];
        const s0 = rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n);
        const s1 = rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n);
        w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) & WORD;
      }
    }
    let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let i = 0; i < 80; i++) {
      const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
      const t1 = (h + s1 + ((e & f) ^ (~e & WORD & g)) + round[i]! + w[i]!) & WORD;
      const s0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & WORD, c, b, a, (t1 + t2) & WORD];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => {
      state[i] = (state[i]! + value) & WORD;
    });
  }
  return state.map((word) => word.toString(16).padStart(16, "0")).join("");
}
