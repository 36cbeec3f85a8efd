/** awk's arrays. `for (k in a)` goes through them in the order of busybox' hash table, which scripts come to rely on. */
import type { Value } from "./value.ts";

const FIRST_SIZE = 61;
const NEXT_SIZES = [251, 1021, 4093, 16381, 65521];
/** Names a bucket before the table grows. */
const CROWDED = 8;

export class AwkArray {
  readonly #values = new Map<string, Value>();
  #buckets: string[][] = buckets(FIRST_SIZE);
  #growths = 0;

  get size(): number {
    return this.#values.size;
  }
  has(key: string): boolean {
    return this.#values.has(key);
  }
  /** Looking at an element makes it. */
  get(key: string): Value {
    const value = this.#values.get(key);
    if (value === undefined && !this.#values.has(key)) this.set(key, undefined);
    return value;
  }
  set(key: string, value: Value): void {
    if (!this.#values.has(key)) this.#insert(key);
    this.#values.set(key, value);
  }
  delete(key: string): void {
    if (!this.#values.delete(key)) return;
    const bucket = this.#buckets[hash(key) % this.#buckets.length]!;
    bucket.splice(bucket.indexOf(key), 1);
  }
  clear(): void {
    this.#values.clear();
    this.#buckets = buckets(this.#buckets.length);
  }
  keys(): string[] {
    return this.#buckets.flat();
  }

  #insert(key: string): void {
    const count = this.#values.size + 1;
    if (count > CROWDED * this.#buckets.length && this.#growths < NEXT_SIZES.length) {
      const old = this.#buckets;
      this.#buckets = buckets(NEXT_SIZES[this.#growths++]!);
      for (const bucket of old) for (const name of bucket) this.#put(name);
    }
    this.#put(key);
  }
  #put(key: string): void {
    this.#buckets[hash(key) % this.#buckets.length]!.unshift(key);
  }
}

function buckets(count: number): string[][] {
  return Array.from({ length: count }, () => []);
}

function hash(name: string): number {
  let index = 0;
  for (let i = 0; i < name.length; i++) {
    const byte = name.charCodeAt(i) & 255;
    // `char` is signed.
    index = ((byte > 127 ? byte - 256 : byte) + (index << 6) - index) >>> 0;
  }
  return index;
}
