/** What a command's exit status means. The README and `course --help` say the same. */
export const passed = 0;
/** The manifest does not do yet what the exercise asks for; or what was simulated was refused. */
export const notYet = 1;
/** Wrong usage: an unknown command or exercise, a file that cannot be read. */
export const wrongUsage = 2;
/** The course or the program itself is broken: not the learner's fault. */
export const broken = 3;
/** Ctrl-C, as shells report it: 128 + SIGINT. */
export const interrupted = 130;

/** The same as words, in the order of the numbers. */
export const exitMeanings: readonly (readonly [status: number, meaning: string])[] = [
  [passed, "passed"],
  [notYet, "not yet"],
  [wrongUsage, "wrong usage"],
  [broken, "the course itself is broken"],
  [interrupted, "interrupted"],
];
