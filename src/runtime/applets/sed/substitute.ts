/** `s`: one line's matches replaced. */
import type { PosixRegex, RegexMatch } from "../../regex/index.ts";
import type { Substitution } from "./command.ts";

/** The changed line; undefined when nothing was replaced. */
export function substitute({ replacement, which }: Substitution, regex: PosixRegex, line: string): string | undefined {
  let out = "";
  let at = 0;
  let count = 0;
  let changed = false;
  let afterEmpty = true;
  let triedAtEnd = false;
  for (;;) {
    const match = regex.exec(line, at, at > 0);
    if (!match) break;
    const { index, end } = match;
    count++;
    if (which !== 0 && which !== count) {
      out += line.slice(at, end);
      at = end;
      if (index === end && at < line.length) out += line[at++];
    } else {
      out += line.slice(at, index);
      // An empty match right behind another one is passed over: c* in "cccd" gives RdR, not RRdR.
      if (afterEmpty || index !== at || index !== end) {
        out += fill(replacement, line, match);
        changed = true;
      }
      afterEmpty = index === end;
      at = end;
      if (index === end) {
        if (at < line.length) out += line[at++];
        else triedAtEnd = true;
      }
      if (which !== 0) break;
    }
    if (at >= line.length) {
      if (triedAtEnd) break;
      triedAtEnd = true;
    }
  }
  return changed ? out + line.slice(at) : undefined;
}

function fill(template: string, line: string, match: RegexMatch): string {
  let out = "";
  for (let i = 0; i < template.length; i++) {
    const c = template[i]!;
    if (c === "&") out += line.slice(match.index, match.end);
    else if (c === "\\" && i + 1 < template.length) {
      const next = template[++i]!;
      if (next === "0") out += line.slice(match.index, match.end);
      else if (next >= "1" && next <= "9") {
        const group = match.groups[Number(next) - 1];
        if (group) out += line.slice(group[0], group[1]);
      } else out += next;
    } else out += c;
  }
  return out;
}
