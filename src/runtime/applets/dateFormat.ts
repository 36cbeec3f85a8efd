/** Dates as text, in UTC (containers have no time zone of their own), and text as dates. */

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

const two = (n: number) => String(n).padStart(2, "0");

/** Days since New Year. */
function dayOfYear(d: Date): number {
  return Math.floor((d.getTime() - Date.UTC(d.getUTCFullYear(), 0, 1)) / 86_400_000);
}

/** The week of ISO 8601 and the year that it belongs to. */
function isoWeek(d: Date): { year: number; week: number } {
  const thursday = new Date(d.getTime() + (4 - (d.getUTCDay() || 7)) * 86_400_000);
  return { year: thursday.getUTCFullYear(), week: Math.floor(dayOfYear(thursday) / 7) + 1 };
}

/** The nanoseconds of a time, nine digits. */
export function nanoseconds(ms: number): string {
  return String(Math.floor((((ms % 1000) + 1000) % 1000) * 1e6)).padStart(9, "0");
}

/** strftime(3) for `ms` since 1970. */
export function formatDate(format: string, ms: number): string {
  const d = new Date(ms);
  const part = (c: string): string => {
    const hour = d.getUTCHours();
    switch (c) {
      case "Y":
        return String(d.getUTCFullYear());
      case "C":
        return two(Math.floor(d.getUTCFullYear() / 100));
      case "y":
        return two(d.getUTCFullYear() % 100);
      case "m":
        return two(d.getUTCMonth() + 1);
      case "d":
        return two(d.getUTCDate());
      case "e":
        return String(d.getUTCDate()).padStart(2);
      case "H":
        return two(hour);
      case "k":
        return String(hour).padStart(2);
      case "I":
        return two(hour % 12 || 12);
      case "l":
        return String(hour % 12 || 12).padStart(2);
      case "M":
        return two(d.getUTCMinutes());
      case "S":
        return two(d.getUTCSeconds());
      case "p":
        return hour < 12 ? "AM" : "PM";
      case "P":
        return hour < 12 ? "am" : "pm";
      case "s":
        return String(Math.floor(ms / 1000));
      case "j":
        return String(Math.floor((ms - Date.UTC(d.getUTCFullYear(), 0, 1)) / 86400000) + 1).padStart(3, "0");
      case "a":
        return DAYS[d.getUTCDay()]!.slice(0, 3);
      case "A":
        return DAYS[d.getUTCDay()]!;
      case "b":
      case "h":
        return MONTHS[d.getUTCMonth()]!.slice(0, 3);
      case "B":
        return MONTHS[d.getUTCMonth()]!;
      case "U":
      case "W": {
        // Weeks that begin with Sunday or with Monday, the first full one being the first.
        const weekday = c === "U" ? d.getUTCDay() : (d.getUTCDay() + 6) % 7;
        return two(Math.floor((dayOfYear(d) + 7 - weekday) / 7));
      }
      case "V":
        return two(isoWeek(d).week);
      case "G":
        return String(isoWeek(d).year);
      case "g":
        return two(isoWeek(d).year % 100);
      case "u":
        return String(d.getUTCDay() || 7);
      case "w":
        return String(d.getUTCDay());
      case "z":
        return "+0000";
      case "Z":
        return "UTC";
      case "n":
        return "\n";
      case "t":
        return "\t";
      case "%":
        return "%";
      default: {
        const whole = COMPOUND[c];
        return whole === undefined ? `%${c}` : formatDate(whole, ms);
      }
    }
  };
  return format.replace(/%([-_0]?)([a-zA-Z%])/g, (all, flag: string, c: string) => {
    const shown = part(c);
    if (flag === "" || shown === `%${c}`) return flag === "" ? shown : all;
    const bare = shown.replace(/^[0 ]+(?=.)/, "");
    return flag === "-" ? bare : bare.padStart(shown.length, flag === "_" ? " " : "0");
  });
}

const COMPOUND: Readonly<Record<string, string>> = {
  F: "%Y-%m-%d",
  T: "%H:%M:%S",
  R: "%H:%M",
  D: "%m/%d/%y",
  x: "%m/%d/%y",
  X: "%H:%M:%S",
  r: "%I:%M:%S %p",
  c: "%a %b %e %H:%M:%S %Y",
};

/** Parts of a date, where they can be missing; `year` of two digits is of this century. */
interface Parts {
  readonly year?: string | undefined;
  readonly month?: string | undefined;
  readonly day?: string | undefined;
  readonly hour?: string | undefined;
  readonly minute?: string | undefined;
  readonly second?: string | undefined;
}

const PATTERNS: readonly RegExp[] = [
  /^(?<hour>\d{1,2}):(?<minute>\d{1,2})(?::(?<second>\d{1,2}))?$/,
  /^(?:(?<year>\d{4})\.)?(?<month>\d{1,2})\.(?<day>\d{1,2})-(?<hour>\d{1,2}):(?<minute>\d{1,2})(?::(?<second>\d{1,2}))?$/,
  /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})(?: (?<hour>\d{1,2})(?::(?<minute>\d{1,2})(?::(?<second>\d{1,2}))?)?)?$/,
  /^(?:(?:(?:(?<year>\d{4}|\d\d)?(?<month>\d\d))?(?<day>\d\d))?(?<hour>\d\d))?(?<minute>\d\d)(?:\.(?<second>\d\d))?$/,
];

/** A date as `date -d` and `touch -d` read it, as ms since 1970; undefined for other text. What is not said is today's. */
export function parseTime(text: string, now: number): number | undefined {
  const epoch = /^@(\d+)$/.exec(text);
  if (epoch) return Number(epoch[1]) * 1000;
  for (const pattern of PATTERNS) {
    const groups = pattern.exec(text)?.groups as Parts | undefined;
    if (groups) return fromParts(groups, new Date(now));
  }
  return undefined;
}

function fromParts({ year, month, day, hour, minute, second }: Parts, today: Date): number | undefined {
  const value = (part: string | undefined, otherwise: number) => (part === undefined ? otherwise : Number(part));
  const y = year === undefined ? today.getUTCFullYear() : year.length === 2 ? 2000 + Number(year) : Number(year);
  const mo = value(month, today.getUTCMonth() + 1);
  const d = value(day, today.getUTCDate());
  const h = value(hour, minute === undefined ? 0 : today.getUTCHours());
  const mi = value(minute, 0);
  const s = value(second, 0);
  // The 30th of February is the 1st of March, but there is no 13th month.
  if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60) return undefined;
  return Date.UTC(y, mo - 1, d, h, mi, s);
}

const FIELD_PATTERNS: Readonly<Record<string, string>> = {
  Y: "(?<year>\\d{4})",
  y: "(?<year>\\d\\d)",
  m: "(?<month>\\d{1,2})",
  d: "(?<day>\\d{1,2})",
  e: "(?<day>\\d{1,2})",
  H: "(?<hour>\\d{1,2})",
  M: "(?<minute>\\d{1,2})",
  S: "(?<second>\\d{1,2})",
};

/** A date in the form that `date -D` names; undefined when the text has another. */
export function parseTimeAs(format: string, text: string, now: number): number | undefined {
  const whole = format.replace(/%T/g, "%H:%M:%S").replace(/%F/g, "%Y-%m-%d").replace(/%R/g, "%H:%M");
  if (whole === "%s") return parseTime(`@${text}`, now);
  const source = whole
    .split(/(%[a-zA-Z%])/)
    .map((part) =>
      /^%[a-zA-Z]$/.test(part) ? (FIELD_PATTERNS[part[1]!] ?? "$^") : part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"),
    )
    .join("");
  try {
    const groups = new RegExp(`^${source}$`).exec(text)?.groups as Parts | undefined;
    return groups && fromParts(groups, new Date(now));
  } catch (error) {
    // The same field twice.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** awk's mktime: "YYYY MM DD HH MM SS [DST]" as seconds since 1970; -1 for other text. */
export function makeTime(text: string): number {
  const parts = text.trim().split(/\s+/);
  if (parts.length < 6 || !parts.every((part) => /^-?\d+$/.test(part))) return -1;
  const [year, month, day, hour, minute, second] = parts.map(Number);
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) / 1000;
}
