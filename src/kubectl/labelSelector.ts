/** Label selectors, read as the API server reads them, with its complaints (apimachinery: pkg/labels/selector.go). */
import { invalidValue } from "../cluster/validation/fieldError.ts";
import { isKey, isLabelValue } from "../cluster/validation/formats.ts";

export type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

/** What the server says of a selector that it cannot read. */
export class SelectorFault extends Error {}

interface Word {
  /** A symbol or keyword is its own kind. */
  readonly kind: string;
  readonly text: string;
}

const symbols = ["!", "=", "==", "!=", "(", ")", ",", "<", ">"];
/** As the complaint lists them, which is not how the last two are written. */
const operators = ["in", "notin", "=", "==", "!=", "gt", "lt"];
const isSymbol = (character: string | undefined) => character !== undefined && "=!(),<>".includes(character);
const isSpace = (character: string | undefined) => character !== undefined && " \t\r\n".includes(character);

/** All words, the last of kind "end". */
function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let at = 0;
  for (;;) {
    while (isSpace(text[at])) at++;
    if (at >= text.length) return [...words, { kind: "end", text: "" }];
    const from = at;
    if (isSymbol(text[at])) {
      // The longest symbol that the characters begin with.
      let known: string | undefined;
      while (isSymbol(text[at])) {
        const longer = text.slice(from, at + 1);
        if (symbols.includes(longer)) known = longer;
        else if (known !== undefined) break;
        at++;
      }
      if (known === undefined) throw new SelectorFault(`error expected: keyword found '${text.slice(from, at)}'`);
      words.push({ kind: known, text: known });
    } else {
      while (at < text.length && !isSymbol(text[at]) && !isSpace(text[at])) at++;
      const word = text.slice(from, at);
      words.push({ kind: word === "in" || word === "notin" ? word : "name", text: word });
    }
  }
}

class SelectorParser {
  readonly #words: readonly Word[];
  #at = 0;

  constructor(text: string) {
    this.#words = wordsOf(text);
  }

  /** The next word. Only where an operator can stand `in` and `notin` are one. */
  #peek(operator = false): Word {
    const word = this.#words[this.#at] ?? { kind: "end", text: "" };
    return !operator && (word.kind === "in" || word.kind === "notin") ? { ...word, kind: "name" } : word;
  }

  #next(operator = false): Word {
    const word = this.#peek(operator);
    this.#at++;
    return word;
  }

  parse(): LabelTest[] {
    const tests: LabelTest[] = [];
    for (;;) {
      const { kind, text } = this.#peek();
      if (kind === "end") return tests;
      if (kind !== "name" && kind !== "!")
        throw new SelectorFault(`found '${text}', expected: !, identifier, or 'end of string'`);
      tests.push(this.#requirement());
      const after = this.#next();
      if (after.kind === "end") return tests;
      if (after.kind !== ",") throw new SelectorFault(`found '${after.text}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (following.kind !== "name" && following.kind !== "!")
        throw new SelectorFault(`found '${following.text}', expected: identifier after ','`);
    }
  }

  #requirement(): LabelTest {
    const refuse = (why: string): never => {
      throw new SelectorFault(`unable to parse requirement: ${why}`);
    };
    const negated = this.#peek().kind === "!";
    if (negated) this.#next();
    const name = this.#next();
    if (name.kind !== "name") refuse(`found '${name.text}', expected: identifier`);
    const key = name.text;
    const badKey = isKey(key);
    if (badKey.length > 0) refuse(`<nil>: ${invalidValue("", key, badKey.join("; ")).body}`);
    const end = this.#peek().kind;
    if (negated) return (labels) => !Object.hasOwn(labels, key);
    if (end === "end" || end === ",") return (labels) => Object.hasOwn(labels, key);
    const { kind: operator, text } = this.#next(true);
    if (!["in", "notin", "=", "==", "!=", "<", ">"].includes(operator))
      refuse(`found '${text}', expected: ${operators.join(", ")}`);
    const list = operator === "in" || operator === "notin";
    const values = list ? this.#list(refuse) : [this.#exact(refuse)];
    [...values].sort().forEach((value, i) => {
      const faults = isLabelValue(value);
      if (faults.length > 0) refuse(`values[${i}][${key}]: ${invalidValue("", value, faults.join("; ")).body}`);
      if ((operator === "<" || operator === ">") && !/^[-+]?\d+$/.test(value))
        refuse(
          `values[${i}]: ${invalidValue("", value, "for 'Gt', 'Lt' operators, the value must be an integer").body}`,
        );
    });
    if (operator === "<" || operator === ">") {
      const limit = Number(values[0]);
      return (labels) => {
        const have = Object.hasOwn(labels, key) ? Number(labels[key]) : Number.NaN;
        return operator === ">" ? have > limit : have < limit;
      };
    }
    const wanted = new Set(values);
    const absent = operator === "notin" || operator === "!=";
    return (labels) => (Object.hasOwn(labels, key) && wanted.has(labels[key]!)) !== absent;
  }

  #exact(refuse: (why: string) => never): string {
    const { kind } = this.#peek();
    if (kind === "end" || kind === ",") return "";
    const word = this.#next();
    return word.kind === "name" ? word.text : refuse(`found '${word.text}', expected: identifier`);
  }

  #list(refuse: (why: string) => never): string[] {
    const open = this.#next();
    if (open.kind !== "(") refuse(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (first.kind === ")") {
      this.#next();
      return [""];
    }
    if (first.kind !== "name" && first.kind !== ",") refuse(`found '${first.text}', expected: ',', ')' or identifier`);
    const values: string[] = [];
    for (;;) {
      const { kind, text } = this.#next();
      if (kind === "name") {
        values.push(text);
        const after = this.#peek();
        if (after.kind === ")") break;
        if (after.kind !== ",") refuse(`found '${after.text}', expected: ',' or ')'`);
      } else if (kind === ",") {
        if (values.length === 0) values.push("");
        const after = this.#peek();
        if (after.kind === ")") {
          values.push("");
          break;
        }
        if (after.kind === ",") {
          this.#next();
          values.push("");
        }
      } else refuse(`found '${text}', expected: ',', or identifier`);
    }
    this.#next();
    return values;
  }
}

/** All must hold. Throws SelectorFault. */
export function parseLabelSelector(text: string): LabelTest[] {
  return new SelectorParser(text).parse();
}
