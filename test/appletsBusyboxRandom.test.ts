/**
 * Made-up command lines for sed, awk, grep, cut, tr, sort, printf, date, expr and find: the simulated applet must do what the
 * busybox of this machine does. `BUSYBOX_RUNS` says how many of each (40).
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runScript } from "./appletProcess.ts";
import { hasRealBusybox, runAllReal } from "./realBusybox.ts";

const FILES: Readonly<Record<string, string>> = {
  f: "alpha beta\nbeta gamma 12\n\ngamma,delta;7\n  alpha\tx\nAlpha 12\n",
  g: "b 2 x\na 10 y\nc 1 z\na 2 w\nb 10\n",
  "d/one.txt": "1\n",
  "d/two": "22\n",
  "d/e/three.txt": "",
};

const RUNS = Number(process.env.BUSYBOX_RUNS ?? 40);

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const word = fc.constantFrom("a", "b", "alpha", "beta", "1", "12", " ", ",", "x", "");
const file = fc.constantFrom("f", "g");

/** A pattern: atoms, repetitions, groups, alternatives, anchors. */
const pattern = (extended: boolean): fc.Arbitrary<string> => {
  const [open, close, or] = extended ? ["(", ")", "|"] : ["\\(", "\\)", "\\|"];
  const repeats = extended ? ["", "", "*", "+", "?", "{1,2}"] : ["", "", "*", "\\+", "\\?", "\\{1,2\\}"];
  const atom = fc.constantFrom("a", "l", "1", ".", "[a-c]", "[^a]", "[[:digit:]]", "[[:space:]]", "\\w", "beta");
  const one = fc.tuple(atom, fc.constantFrom(...repeats)).map((parts) => parts.join(""));
  const sequence = fc.array(one, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(""));
  return fc
    .tuple(fc.constantFrom("", "", "^", "\\<"), sequence, fc.option(sequence), fc.constantFrom("", "", "$"))
    .map(([start, body, other, end]) => `${start}${body}${other === null ? "" : `${open}${other}${close}`}${end}`)
    .chain((text) => fc.tuple(fc.constant(text), fc.option(sequence)))
    .map(([text, other]) => (other === null ? text : `${text}${or}${other}`));
};

const address = fc.oneof(
  fc.constantFrom("", "1", "2", "$", "2,4", "1,$", "3!", "2,+1"),
  pattern(false).map((text) => `/${text}/`),
);
const sedCommand = fc.oneof(
  fc
    .tuple(pattern(false), fc.constantFrom("X", "<&>", "\\n", ""), fc.constantFrom("", "g", "2", "p", "gi"))
    .map(([from, to, flags]) => `s/${from}/${to}/${flags}`),
  fc.constantFrom(
    "d",
    "p",
    "=",
    "n",
    "N",
    "D",
    "P",
    "G",
    "H",
    "x",
    "h",
    "g",
    "q",
    "y/ab/xy/",
    "a end",
    "i top",
    "c new",
  ),
);
const sed = fc
  .tuple(fc.constantFrom("", "-n "), fc.array(fc.tuple(address, sedCommand), { minLength: 1, maxLength: 3 }), file)
  .map(
    ([quiet, commands, path]) => `sed ${quiet}${commands.map((one) => `-e ${quote(one.join(""))}`).join(" ")} ${path}`,
  );

const awkValue: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("$1", "$2", "$NF", "$0", "NR", "NF", "x", "3", "2.5", '"a"', '"10"', '""', "length($1)"),
    fc
      .tuple(
        tie("value"),
        fc.constantFrom(" + ", " - ", " * ", " ", " < ", " == ", " && ", " || ", " ~ "),
        tie("value"),
      )
      .map(([a, op, b]) => `(${a}${op}${b})`),
    tie("value").map((one) => `substr(${one}, 2)`),
    tie("value").map((one) => `toupper(${one})`),
    tie("value").map((one) => `-${one}`),
    tie("value").map((one) => `!${one}`),
    fc.tuple(tie("value"), tie("value"), tie("value")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(tie("value"), tie("value")).map(([a, b]) => `index(${a}, ${b})`),
  ),
})).value;
const awkStatement = fc.oneof(
  awkValue.map((value) => `print ${value}`),
  fc.tuple(awkValue, awkValue).map(([a, b]) => `print ${a}, ${b}`),
  awkValue.map((value) => `x = ${value}`),
  awkValue.map((value) => `$2 = ${value}; print`),
  awkValue.map((value) => `n[${value}]++`),
  fc.tuple(pattern(true), word).map(([from, to]) => `c = gsub(/${from}/, "${to}"); print c, $0`),
  awkValue.map((value) => `printf "%s|%5d|%-4s|%.2f\\n", ${value}, ${value}, ${value}, ${value}`),
);
const awk = fc
  .tuple(
    fc.constantFrom("", "-F, ", "-F: ", "-F'[ ,]' "),
    fc.oneof(
      awkValue,
      pattern(true).map((text) => `/${text}/`),
      fc.constant(""),
    ),
    fc.array(awkStatement, { minLength: 1, maxLength: 3 }),
    file,
  )
  .map(
    ([options, test, body, path]) =>
      `awk ${options}${quote(`${test} { ${body.join("; ")} } END { for (k in n) print k, n[k] }`)} ${path}`,
  );

const grep = fc
  .tuple(fc.subarray(["-n", "-v", "-i", "-c", "-o", "-w", "-x", "-h"], { maxLength: 3 }), fc.boolean(), file)
  .chain(([flags, extended, path]) =>
    pattern(extended).map((text) => `grep ${[...flags, extended ? "-E" : ""].join(" ")} -e ${quote(text)} ${path}`),
  );

const list = fc.array(fc.constantFrom("1", "2", "3", "1-2", "2-", "-2", "4"), { minLength: 1, maxLength: 3 });
const cut = fc
  .tuple(list, fc.constantFrom("-c", "-b", "-f"), fc.constantFrom("' '", ",", "a"), fc.boolean(), file)
  .map(([parts, kind, by, only, path]) =>
    kind === "-f"
      ? `cut -d ${by} ${only ? "-s " : ""}-f ${parts.join(",")} ${path}`
      : `cut ${kind} ${parts.join(",")} ${path}`,
  );

const set = fc.constantFrom("a-c", "abc", "[:lower:]", "[:digit:]", "a-zA-Z", " ", "\\n", "[a-b]", "x", "0-9");
const tr = fc
  .tuple(fc.constantFrom("", "-d", "-s", "-c", "-cd", "-ds", "-cs"), set, fc.option(set), file)
  .map(([flag, from, to, path]) => `tr ${flag} ${quote(from)} ${to === null ? "" : quote(to)} < ${path}`);

const sort = fc
  .tuple(
    fc.subarray(["-n", "-r", "-u", "-f", "-s", "-b"], { maxLength: 3 }),
    fc.array(fc.constantFrom("-k1", "-k2", "-k2,2", "-k2n", "-k1,1r", "-k2.1,2.1", "-k3"), { maxLength: 2 }),
    fc.constantFrom("", "-t ' '", "-t ,"),
    file,
  )
  .map(([flags, keys, by, path]) => `sort ${[...flags, ...keys, by].join(" ")} ${path}`);

const conversion = fc
  .tuple(
    fc.constantFrom("", "-", "0", "+", " ", "#"),
    fc.constantFrom("", "5", "12"),
    fc.constantFrom("", ".0", ".3"),
    fc.constantFrom("d", "x", "o", "u", "s", "f", "e", "g"),
  )
  .map((parts) => `%${parts.join("")}`);
const number = fc.oneof(
  fc.integer({ min: -99999, max: 99999 }).map(String),
  fc.constantFrom("0", "0x1f", "010", "2147483648"),
);
const printf = fc
  .tuple(fc.array(conversion, { minLength: 1, maxLength: 3 }), fc.array(number, { maxLength: 4 }))
  .map(([format, values]) => `printf ${quote(`${format.join("|")}\\n`)} ${values.join(" ")}`);

const two = (most: number) => fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, "0"));
const date = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: 0, max: 4_000_000_000 }).map((value) => `@${value}`),
      fc
        .tuple(fc.integer({ min: 1970, max: 2099 }), two(14), two(32), two(25), two(60))
        .map(([y, m, d, h, mi]) => `${y}-${m}-${d} ${h}:${mi}`),
    ),
    fc.array(fc.constantFrom(..."aAbBcCdDeFgGHIjklmMprRsSTuUVwWxXyY"), { minLength: 1, maxLength: 4 }),
  )
  .map(([when, letters]) => `date -u -d ${quote(when)} ${quote(`+${letters.map((c) => `%${c}`).join(" ")}`)}`);

const exprWord = fc.constantFrom("1", "0", "7", "-3", "abc", "''", "10");
const expr: fc.Arbitrary<string> = fc
  .array(fc.tuple(exprWord, fc.constantFrom("+", "-", "\\*", "/", "%", "=", "\\<", "\\>=", "\\|", "\\&", ":")), {
    maxLength: 3,
  })
  .chain((parts) => exprWord.map((last) => `expr ${parts.map((part) => part.join(" ")).join(" ")} ${last}; echo $?`));

const findTest = fc.constantFrom(
  "-type f",
  "-type d",
  "-name '*.txt'",
  "-empty",
  "-size -2",
  "-size +1c",
  "-maxdepth 1",
  "-mindepth 1",
  "-path '*e*'",
  "! -name two",
  "-perm -200",
  "-prune",
  "-print",
  "-links 1",
);
const find = fc
  .array(fc.tuple(fc.constantFrom("", "", "-o", "!", "-a"), findTest), { minLength: 1, maxLength: 4 })
  .map(
    (parts) =>
      `find d ${parts.map(([join, one], i) => `${i === 0 && join !== "!" ? "" : join} ${one}`).join(" ")} 2>&1 | sort`,
  );

const generators: Readonly<Record<string, fc.Arbitrary<string>>> = {
  awk,
  cut,
  date,
  expr,
  find,
  grep,
  printf,
  sed,
  sort,
  tr,
};

const skip = hasRealBusybox() ? false : "no busybox 1.35 is installed here";

for (const [name, scripts] of Object.entries(generators)) {
  test(`made-up command lines of ${name}`, { skip }, () => {
    // The real ones run in one go: a process for each shrinking step would take minutes.
    const seed = Number(process.env.BUSYBOX_SEED ?? 1);
    const lines = fc.sample(scripts, { numRuns: RUNS, seed });
    const different = runAllReal(lines, { files: FILES }).flatMap((real, i) => {
      const { exit, stdout, stderr } = runScript(lines[i]!, { files: FILES });
      const [theirs, ours] = [real, { exit, stdout, stderr }].map((ran) => JSON.stringify(ran).slice(0, 400));
      // busybox itself may fall over (grep -v -o).
      return theirs === ours || real.exit === 139 ? [] : [`${lines[i]}\n  busybox ${theirs}\n  ours    ${ours}`];
    });
    assert.equal(different.length, 0, different.slice(0, 5).join("\n"));
  });
}
