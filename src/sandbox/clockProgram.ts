/** `clock`: virtual time from inside the sandbox. */
import { parseDuration } from "../kubectl/duration.ts";
import { utf8Encode } from "../runtime/bytes.ts";
import type { Program } from "../runtime/sys.ts";

/** How virtual time passes for somebody who watches; the sandbox itself only knows events. */
export interface Pace {
  /** Virtual seconds a second; 0: time stands still while nothing runs. */
  rate: number;
  /** While it is above 0, time jumps from one event to the next. */
  hurry: number;
}

const HELP = `clock: virtual time of this cluster
  clock          what time it is, and how fast it passes
  clock +5m      lets five minutes pass at once
  clock x60      a minute passes each second; x1 is the usual pace
  clock stop     time passes only while a command waits (sleep, kubectl wait, -w)
  clock run      time passes by itself again
`;

export function clockProgram(pace: Pace, seconds: () => number): Program {
  return function* (sys) {
    const [word = "", ...rest] = sys.argv.slice(1);
    const say = (fd: number, text: string) => sys.write(fd, utf8Encode(text));
    const jump = word.startsWith("+") ? parseDuration(word.slice(1)) : undefined;
    const rate = /^x(\d+(?:\.\d+)?)$/.exec(word)?.[1];
    if (rest.length > 0) return yield* wrong();
    if (jump !== undefined) {
      pace.hurry++;
      sys.atExit(() => pace.hurry--);
      yield* sys.sleep(jump);
    } else if (rate !== undefined && Number(rate) > 0 && Number(rate) <= FASTEST) pace.rate = Number(rate);
    else if (word === "stop") pace.rate = 0;
    else if (word === "run") pace.rate = 1;
    else if (word === "-h" || word === "--help") {
      yield* say(1, HELP);
      return 0;
    } else if (word !== "") return yield* wrong();
    yield* say(1, `${clockText(seconds())} since the cluster began, ${paceText(pace)}\n`);
    return 0;

    function* wrong() {
      yield* say(2, HELP);
      return 2;
    }
  };
}

const FASTEST = 100_000;

function paceText({ rate }: Pace): string {
  if (rate === 0) return "stopped";
  return rate === 1 ? "at the usual pace" : `${rate} times as fast as usual`;
}

/** `0:05`, `12:30`, `1:00:00` */
export function clockText(seconds: number): string {
  const whole = Math.floor(seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
