/** Durations: how kubectl writes an age (apimachinery: util/duration, all cut off, nothing rounded) and how Go reads one. */

/** `ms` since something happened, as `75s`, `2m30s`, `3h4m`, `2d`; more than a second in the future: `<invalid>`. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (hours < 192) return pair(days, "d", hours % 24, "h");
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return days < 2920 ? pair(years, "y", days % 365, "d") : `${years}y`;
}

/** The age of an RFC 3339 time at `now` (ms since the epoch); without one `<unknown>`. */
export function ageOf(time: string | null | undefined, now: number): string {
  return time ? humanDuration(now - Date.parse(time)) : "<unknown>";
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit}${small}${smallUnit}`;
}

const unitMs: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/** `5s`, `1m30s`, `2h`: ms. Undefined: no duration. */
export function parseDuration(text: string): number | undefined {
  if (durationFault(text) !== undefined) return undefined;
  let ms = 0;
  for (const [, digits, unit] of text.matchAll(/([\d.]+)([^\d.]+)/g)) ms += Number(digits) * (unitMs[unit!] ?? 0);
  return text.startsWith("-") ? -ms : ms;
}

/** Go's words (time.ParseDuration) for what is no duration. */
export function durationFault(text: string): string | undefined {
  const quoted = JSON.stringify(text);
  if (/^[-+]?0$/.test(text)) return undefined;
  let rest = text.replace(/^[-+]/, "");
  if (rest === "") return `time: invalid duration ${quoted}`;
  while (rest !== "") {
    const number = /^(\d+\.?\d*|\.\d+)/.exec(rest)?.[0];
    if (number === undefined) return `time: invalid duration ${quoted}`;
    rest = rest.slice(number.length);
    const unit = /^[^\d.]*/.exec(rest)![0];
    if (unit === "") return `time: missing unit in duration ${quoted}`;
    if (!(unit in unitMs)) return `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
    rest = rest.slice(unit.length);
  }
  return undefined;
}

/** Go's Duration.String for whole seconds: `1m30s`, `2h0m0s`. */
export function goDuration(ms: number): string {
  if (ms < 1000) return ms === 0 ? "0s" : `${ms}ms`;
  const seconds = ms / 1000;
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${h > 0 ? `${h}h` : ""}${h > 0 || m > 0 ? `${m}m` : ""}${s}s`;
}
