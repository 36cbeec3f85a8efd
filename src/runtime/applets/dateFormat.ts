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

/** strftime(3) for `ms` since 1970; `%N` gives nanoseconds. */
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
      case "N":
        return String(Math.floor((((ms % 1000) + 1000) % 1000) * 1e6)).padStart(9, "0");
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
  return format.replace(/%-?([a-zA-Z%])/g, (all, c: string) =>
    all[1] === "-" ? part(c).replace(/^[0 ]+(?=.)/, "") : part(c),
  );
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

/** "2024-01-02 03:04[:05]", "@seconds", "hh:mm", "[YY]MMDDhhmm[.ss]" and ISO 8601 as ms since 1970; undefined for other text. */
export function parseTime(text: string, now: number): number | undefined {
  const epoch = /^@(-?\d+)(\.\d+)?$/.exec(text);
  if (epoch) return Number(epoch[1]) * 1000;
  const date = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?Z?)?$/.exec(text);
  if (date) {
    const [, y, mo, d, h, mi, s] = date.map((part) => Number(part ?? 0));
    return Date.UTC(y!, mo! - 1, d!, h!, mi!, s!);
  }
  const today = new Date(now);
  const clock = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  if (clock) {
    const [, h, mi, s] = clock.map((part) => Number(part ?? 0));
    return Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate(), h!, mi!, s!);
  }
  const digits = /^(\d{4}|\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d\d))?$/.exec(text);
  if (!digits) return undefined;
  const [, year, mo, d, h, mi, s] = digits;
  const y = year === undefined ? today.getUTCFullYear() : year.length === 4 ? Number(year) : 2000 + Number(year);
  return Date.UTC(y, Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s ?? 0));
}

/** awk's mktime: "YYYY MM DD HH MM SS [DST]" as seconds since 1970; -1 for other text. */
export function makeTime(text: string): number {
  const parts = text.trim().split(/\s+/);
  if (parts.length < 6 || !parts.every((part) => /^-?\d+$/.test(part))) return -1;
  const [year, month, day, hour, minute, second] = parts.map(Number);
  return Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) / 1000;
}
