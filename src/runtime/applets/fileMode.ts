/** File modes: what `chmod` understands and what `ls -l` shows. */
import type { FileType } from "../sys.ts";

const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o0007, a: 0o7777 };
const BITS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 };

/** The mode after "755", "u+x,go-w" or the like is applied; undefined when the text is no mode. */
export function changedMode(text: string, mode: number, directory: boolean, umask: number): number | undefined {
  if (/^[0-7]{1,5}$/.test(text)) return Number.parseInt(text, 8) & 0o7777;
  let result = mode & 0o7777;
  for (const clause of text.split(",")) {
    const match = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(clause);
    if (!match) return undefined;
    const everyone = match[1] === "";
    let mask = 0;
    for (const who of match[1]!) mask |= WHO[who]!;
    if (everyone) mask = 0o7777 & ~umask;
    for (const [, operator, permissions] of match[2]!.matchAll(/([-+=])([rwxXstugo]*)/g)) {
      let bits = 0;
      for (const c of permissions!) {
        if (c === "X") bits |= directory || result & 0o111 ? 0o111 : 0;
        else if (c === "u") bits |= ((result >> 6) & 7) * 0o111;
        else if (c === "g") bits |= ((result >> 3) & 7) * 0o111;
        else if (c === "o") bits |= (result & 7) * 0o111;
        else bits |= BITS[c]!;
      }
      bits &= mask;
      if (operator === "+") result |= bits;
      else if (operator === "-") result &= ~bits;
      else result = (result & ~(everyone ? 0o777 : mask & 0o777)) | bits;
    }
  }
  return result;
}

const LETTERS: Readonly<Record<FileType, string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  fifo: "p",
  chardev: "c",
  socket: "s",
};

/** "-rw-r--r--". */
export function modeText(type: FileType, mode: number): string {
  const letter = (bit: number, c: string) => (mode & bit ? c : "-");
  const execute = (bit: number, special: number, c: string) =>
    mode & special ? (mode & bit ? c : c.toUpperCase()) : letter(bit, "x");
  return (
    LETTERS[type] +
    letter(0o400, "r") +
    letter(0o200, "w") +
    execute(0o100, 0o4000, "s") +
    letter(0o040, "r") +
    letter(0o020, "w") +
    execute(0o010, 0o2000, "s") +
    letter(0o004, "r") +
    letter(0o002, "w") +
    execute(0o001, 0o1000, "t")
  );
}

export const TYPE_BITS: Readonly<Record<FileType, number>> = {
  fifo: 0o010000,
  chardev: 0o020000,
  directory: 0o040000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
};
