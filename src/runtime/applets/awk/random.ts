/** random(3) of the GNU C library: awk's rand() gives the same numbers for the same seed everywhere. */
export class LibraryRandom {
  #state: number[] = [];
  #at = 0;

  constructor(seed: number) {
    const state = [seed >>> 0 === 0 ? 1 : seed | 0];
    for (let i = 1; i < 31; i++) {
      const last = state[i - 1]!;
      // 16807 * last % 2147483647 without overflow.
      const high = Math.trunc(last / 127773);
      const word = 16807 * (last - high * 127773) - 2836 * high;
      state.push(word < 0 ? word + 2147483647 : word);
    }
    for (let i = 31; i < 34; i++) state.push(state[i - 31]!);
    this.#state = state.map((word) => word >>> 0);
    for (let i = 0; i < 310; i++) this.#step();
  }

  #step(): number {
    const state = this.#state;
    const word = (state.at(-31)! + state.at(-3)!) >>> 0;
    state.push(word);
    if (state.length > 4096) this.#state = state.slice(-34);
    this.#at++;
    return word;
  }

  /** 0 to 2^31 - 1. */
  next(): number {
    return this.#step() >>> 1;
  }
}
