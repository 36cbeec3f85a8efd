/** `timeout` as people's machines have it: coreutils' says 124 where busybox' says how the command was killed. */
import { exitCodeOf, parseSignal } from "../runtime/signals.ts";
import type { Program } from "../runtime/sys.ts";

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const TIMED_OUT = 124;
const WRONG = 125;

export const timeoutProgram: Program = function* (sys) {
  const words = sys.argv.slice(1);
  let signal = parseSignal("TERM")!;
  while (words[0]?.startsWith("-")) {
    const word = words.shift()!;
    const given = /^(?:-s|--signal=?)(.*)$/.exec(word);
    const named = given && parseSignal(given[1] || words.shift() || "");
    if (named) signal = named;
    else if (given || !/^--(foreground|preserve-status|verbose)$|^-v$/.test(word)) {
      yield* sys.write(2, `timeout: invalid option ${word}\n`);
      return WRONG;
    }
  }
  const [duration = "", ...command] = words;
  const time = /^(\d+(?:\.\d*)?)([smhd]?)$/.exec(duration);
  if (!time || command.length === 0) {
    yield* sys.write(2, "usage: timeout [-s SIGNAL] DURATION COMMAND [ARGUMENT]...\n");
    return WRONG;
  }
  const running = sys.fork(function* (child) {
    yield* child.exec("/bin/sh", ["sh", "-c", 'exec "$@"', "sh", ...command], child.env);
    return 127;
  });
  let isOver = false;
  const watching = sys.fork(function* (watcher) {
    // It holds none of the streams: whoever reads them need not wait for it.
    for (const fd of [0, 1, 2]) watcher.close(fd);
    yield* watcher.sleep(Number(time[1]) * units[time[2] || "s"]! * 1000);
    isOver = true;
    sys.kill(running, signal);
    return 0;
  });
  const ended = yield* sys.wait(running);
  if (!isOver) sys.kill(watching, "SIGKILL");
  if (isOver) return TIMED_OUT;
  const status = ended?.status ?? { exited: 0 };
  return exitCodeOf(status);
};
