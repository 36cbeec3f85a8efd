/**
 * Shell patterns as fnmatch(3) reads them, in the C locale: `*`, `?`, `[...]` with classes, and backslash. Matching is
 * linear in the text for each star, so that no pattern can run away.
 */

type Item =
  | { readonly kind: "character"; readonly code: number }
  | { readonly kind: "any" }
  | { readonly kind: "star" }
  | { readonly kind: "set"; readonly members: Uint8Array };

export interface Pattern {
  readonly items: readonly Item[];
  /** The pattern's text when nothing in it is special. */
  readonly literal: string | undefined;
}

/** Compiled patterns, which never change; emptied when there are so many. */
const cache = new Map<string, Pattern>();
const maxCached = 500;

/** The same text gives the same object as long as it is remembered. */
export function compilePattern(text: string): Pattern {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const pattern = parse(text);
  if (cache.size >= maxCached) cache.clear();
  cache.set(text, pattern);
  return pattern;
}

function parse(text: string): Pattern {
  const items: Item[] = [];
  let literal: string | undefined = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === "*") {
      if (items.at(-1)?.kind !== "star") items.push({ kind: "star" });
      literal = undefined;
    } else if (c === "?") {
      items.push({ kind: "any" });
      literal = undefined;
    } else if (c === "[") {
      const set = parseSet(text, i);
      if (set === undefined) {
        items.push({ kind: "character", code: 91 });
        if (literal !== undefined) literal += c;
      } else {
        items.push({ kind: "set", members: set.members });
        literal = undefined;
        i = set.end;
      }
    } else {
      let plain = c;
      if (c === "\\" && i + 1 < text.length) plain = text[++i]!;
      items.push({ kind: "character", code: plain.charCodeAt(0) });
      if (literal !== undefined) literal += plain;
    }
  }
  return { items, literal };
}

function parseSet(text: string, start: number): { members: Uint8Array; end: number } | undefined {
  const members = new Uint8Array(256);
  let i = start + 1;
  const negated = text[i] === "!" || text[i] === "^";
  if (negated) i++;
  for (let first = true; ; first = false) {
    const c = text[i];
    if (c === undefined) return undefined;
    if (c === "]" && !first) break;
    if (c === "[" && text[i + 1] === ":") {
      const close = text.indexOf(":]", i + 2);
      const isMember = close < 0 ? undefined : characterClasses[text.slice(i + 2, close)];
      if (isMember !== undefined) {
        for (let code = 0; code < 256; code++) if (isMember.test(String.fromCharCode(code))) members[code] = 1;
        i = close + 2;
        continue;
      }
    }
    const named = c === "[" ? /^\[([.=])(.)\1\]/s.exec(text.slice(i, i + 5)) : null;
    if (named !== null) {
      // A collating symbol or an equivalence class: in the C locale the character itself.
      members[named[2]!.charCodeAt(0) & 255] = 1;
      i += 5;
      continue;
    }
    let from = c;
    if (c === "\\" && i + 1 < text.length) from = text[++i]!;
    i++;
    let to = from;
    if (text[i] === "-" && text[i + 1] !== undefined && text[i + 1] !== "]") {
      to = text[i + 1]!;
      i += 2;
      if (to === "\\" && text[i] !== undefined) to = text[i++]!;
    }
    for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) members[code & 255] = 1;
  }
  if (negated) for (let code = 0; code < 256; code++) members[code] = members[code] ? 0 : 1;
  return { members, end: i };
}

const characterClasses: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
};

function fits(item: Item, code: number): boolean {
  switch (item.kind) {
    case "character":
      return item.code === code;
    case "any":
      return true;
    case "set":
      return item.members[code & 255] === 1;
    case "star":
      return false;
  }
}

/** Does the pattern match all of `text` from `start` to `end`? */
export function matches(pattern: Pattern, text: string, start = 0, end = text.length): boolean {
  if (pattern.literal !== undefined) {
    return end - start === pattern.literal.length && text.startsWith(pattern.literal, start);
  }
  const { items } = pattern;
  let at = start;
  let item = 0;
  let starItem = -1;
  let starAt = 0;
  for (;;) {
    if (item < items.length && items[item]!.kind === "star") {
      starItem = item++;
      starAt = at;
    } else if (at === end && item === items.length) return true;
    else if (at < end && item < items.length && fits(items[item]!, text.charCodeAt(at))) {
      at++;
      item++;
    } else if (starItem >= 0 && starAt < end) {
      at = ++starAt;
      item = starItem + 1;
    } else return false;
  }
}

interface Ends {
  /** How far the shortest and the longest match go; undefined: there is none. */
  readonly shortest: number | undefined;
  readonly longest: number | undefined;
  /** A star was reached: whatever comes after it in the pattern is nowhere in the text. */
  readonly passedStar: boolean;
}

/**
 * One walk over the text for all matches that begin at `from`: `places` are the items that may come next. With `step`
 * -1 pattern and text are read backwards.
 */
function matchEnds({ items, literal }: Pattern, text: string, from: number, to: number, step: 1 | -1): Ends {
  if (literal !== undefined) {
    const start = step === 1 ? from : from - literal.length;
    const isThere = literal.length <= Math.abs(to - from) && text.startsWith(literal, start);
    const end = isThere ? from + step * literal.length : undefined;
    return { shortest: end, longest: end, passedStar: false };
  }
  const itemAt = (index: number): Item | undefined => items[step === 1 ? index : items.length - 1 - index];
  let places = new Set<number>();
  let passedStar = false;
  const add = (set: Set<number>, index: number): void => {
    let next = index;
    set.add(next);
    while (itemAt(next)?.kind === "star") {
      passedStar = true;
      set.add(++next);
    }
  };
  add(places, 0);
  let shortest: number | undefined;
  let longest: number | undefined;
  for (let at = from; ; at += step) {
    if (places.has(items.length)) {
      shortest ??= at;
      longest = at;
      // A star at the end takes all that is left.
      if (itemAt(items.length - 1)?.kind === "star" && places.has(items.length - 1)) {
        longest = to;
        break;
      }
    }
    if (at === to) break;
    const code = text.charCodeAt(step === 1 ? at : at - 1);
    const next = new Set<number>();
    for (const index of places) {
      const item = itemAt(index);
      if (item === undefined) continue;
      if (item.kind === "star") add(next, index);
      else if (fits(item, code)) add(next, index + 1);
    }
    if (next.size === 0) break;
    places = next;
  }
  return { shortest, longest, passedStar };
}

/**
 * `${x#pattern}` and relatives: the length of the matching prefix, or undefined. The text ends at a NUL, as in C; what
 * comes after it is left alone.
 */
export function matchingPrefix(pattern: Pattern, text: string, longest: boolean): number | undefined {
  const nul = text.indexOf("\0");
  const limit = nul < 0 ? text.length : nul;
  const ends = matchEnds(pattern, text, 0, limit, 1);
  if (!longest) return ends.shortest;
  // For the longest C looks at the whole first: there the rest counts as matched too.
  return ends.longest === limit ? text.length : ends.longest;
}

/** `${x%pattern}` and relatives: where the matching suffix starts, or undefined. A suffix ends at a NUL. */
export function matchingSuffix(pattern: Pattern, text: string, longest: boolean): number | undefined {
  let found: number | undefined;
  for (let end = text.length; end >= 0; ) {
    const start = end === 0 ? 0 : text.lastIndexOf("\0", end - 1) + 1;
    const ends = matchEnds(pattern, text, end, start, -1);
    const one = longest ? ends.longest : ends.shortest;
    if (one !== undefined) {
      found = one;
      if (!longest) return found;
    }
    end = start - 1;
    if (start === 0) break;
  }
  return found;
}

/** Replaces the first (or each) longest match of the pattern. A match ends before a NUL; so does what follows the first. */
export function replaceMatches(pattern: Pattern, text: string, replacement: string, all: boolean): string {
  let out = "";
  let limit = -1;
  for (let at = 0; at < text.length; ) {
    if (at > limit) {
      const nul = text.indexOf("\0", at);
      limit = nul < 0 ? text.length : nul;
    }
    const { longest, passedStar } = matchEnds(pattern, text, at, limit, 1);
    if (longest !== undefined && longest > at) {
      out += replacement;
      if (!all) return out + text.slice(longest, limit);
      at = longest;
    } else if (passedStar && longest === undefined && limit > at) {
      out += text.slice(at, limit);
      at = limit;
    } else out += text[at++];
  }
  return out;
}

/** Text that as a pattern matches itself. */
export function quotePattern(text: string): string {
  return /[*?[\]\\!^-]/.test(text) ? text.replace(/[*?[\]\\!^-]/g, "\\$&") : text;
}

export function hasPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

/** What pathname expansion needs to see of the filesystem. */
export interface Directories {
  /** Names in a directory, without `.` and `..`; empty when it cannot be read. */
  list(directory: string): readonly string[];
  exists(path: string): boolean;
}

/** Paths that match, sorted by bytes; empty when none does. Names that start with a dot need a dot in the pattern. */
export function expandPathname(pattern: string, files: Directories): string[] {
  const absolute = pattern.startsWith("/");
  let found = [absolute ? "/" : ""];
  const parts = pattern.split(/\/+/).filter((part) => part !== "");
  const onlyDirectories = pattern.endsWith("/");
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const compiled = compilePattern(part);
    const next: string[] = [];
    for (const base of found) {
      if (compiled.literal !== undefined) {
        const path = base + compiled.literal;
        if (!isLast || files.exists(path)) next.push(path + (isLast ? "" : "/"));
        continue;
      }
      const first = compiled.items[0];
      const wantsDot = first?.kind === "character" && first.code === 46;
      const names = wantsDot
        ? [".", "..", ...files.list(base === "" ? "." : base)]
        : files.list(base === "" ? "." : base);
      for (const name of names) {
        if (name.startsWith(".") && !wantsDot) continue;
        if (!matches(compiled, name)) continue;
        const path = base + name;
        if (isLast && !onlyDirectories) next.push(path);
        else if (files.exists(`${path}/.`)) next.push(`${path}/`);
      }
    }
    found = next;
    if (found.length === 0) return [];
  }
  return found.sort(byBytes);
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
