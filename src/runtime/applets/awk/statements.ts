/** awk's statements, and `getline`. */
import type { Task } from "../../../time/task.ts";
import { SysError } from "../../sys.ts";
import { Fault } from "../options.ts";
import { formatAwk } from "./format.ts";
import { type Awk, Jump, separatorOf } from "./interpreter.ts";
import { read, store } from "./places.ts";
import { blocking, type Expression, type Place, type Statement, type Variable } from "./program.ts";
import { errorNumber } from "./errorNumber.ts";
import { InputText, isTrue, toNumber, type Value } from "./value.ts";

export interface Target {
  readonly mode: ">" | ">>" | "|";
  readonly name: Expression;
}

export function sequence(parts: readonly Statement[]): Statement {
  if (parts.length === 1) return parts[0]!;
  return function* (awk) {
    for (const part of parts) yield* part(awk);
  };
}

export function evaluate(value: Expression): Statement {
  const { now } = value;
  if (!now)
    return function* (awk) {
      if (awk.pace.step()) yield* awk.pace.pay();
      yield* value.task(awk);
    };
  return function* (awk) {
    if (awk.pace.step()) yield* awk.pace.pay();
    now(awk);
  };
}

function* test(awk: Awk, condition: Expression): Task<boolean> {
  return isTrue(condition.now ? condition.now(awk) : yield* condition.task(awk));
}

export function choose(condition: Expression, yes: Statement, no: Statement | undefined): Statement {
  return function* (awk) {
    if (yield* test(awk, condition)) yield* yes(awk);
    else if (no) yield* no(awk);
  };
}

/** One round of a loop's body; `false` when the loop is left. */
function* round(awk: Awk, body: Statement): Task<boolean> {
  if (awk.pace.step()) {
    yield* awk.flush();
    yield* awk.pace.pay();
  }
  try {
    yield* body(awk);
  } catch (jump) {
    if (!(jump instanceof Jump)) throw jump;
    if (jump.kind === "break") return false;
    if (jump.kind !== "continue") throw jump;
  }
  return true;
}

export function loop(
  first: Expression | undefined,
  condition: Expression | undefined,
  step: Expression | undefined,
  body: Statement,
  bodyFirst: boolean,
): Statement {
  return function* (awk) {
    if (first) yield* first.task(awk);
    for (let skip = bodyFirst; skip || !condition || (yield* test(awk, condition)); skip = false) {
      if (!(yield* round(awk, body))) return;
      if (step?.now) step.now(awk);
      else if (step) yield* step.task(awk);
    }
  };
}

export function each({ key, array }: { key: Place; array: Variable }, body: Statement): Statement {
  return function* (awk) {
    for (const name of read(awk, array).array.keys()) {
      store(awk, key, key.key && (yield* key.key.task(awk)), new InputText(name), 0);
      if (!(yield* round(awk, body))) return;
    }
  };
}

export function jump(kind: "break" | "continue" | "next" | "nextfile"): Statement {
  return function* () {
    throw new Jump(kind);
  };
}

export function leave(kind: "return" | "exit", value: Expression | undefined): Statement {
  return function* (awk) {
    const given = value && (yield* value.task(awk));
    if (kind === "exit" && value) awk.exitCode = Math.trunc(toNumber(given)) & 255;
    throw new Jump(kind, given);
  };
}

export function remove(array: Variable, key: Expression | undefined): Statement {
  return function* (awk) {
    const name = key && awk.text(yield* key.task(awk));
    const from = read(awk, array).array;
    if (name === undefined) from.clear();
    else from.delete(name);
  };
}

function* write(awk: Awk, target: Target | undefined, text: string): Task {
  if (awk.pace.step()) yield* awk.pace.pay();
  if (!target) {
    yield* awk.streams.stdout.write(text);
    return;
  }
  yield* awk.streams.stdout.flush();
  const output = yield* awk.streams.writer(awk.text(yield* target.name.task(awk)), target.mode);
  output.add(text);
  yield* output.flush();
}

/** `parts` undefined: the record. */
export function print(parts: readonly Expression[] | undefined, target: Target | undefined): Statement {
  return function* (awk) {
    let text: string;
    if (!parts) text = awk.shown(awk.record);
    else if (parts.length === 1) {
      const only = parts[0]!;
      text = awk.shown(only.now ? only.now(awk) : yield* only.task(awk));
    } else {
      text = "";
      for (const [i, part] of parts.entries()) {
        if (i > 0) text += awk.setting("OFS");
        try {
          text += awk.shown(part.now ? part.now(awk) : yield* part.task(awk));
        } catch (error) {
          // What stands before the part that went wrong is out already.
          if (error instanceof Fault) awk.streams.stdout.add(text);
          throw error;
        }
      }
    }
    yield* write(awk, target, text + awk.setting("ORS"));
  };
}

export function printf(parts: readonly Expression[], target: Target | undefined, line: number): Statement {
  return function* (awk) {
    const values: Value[] = [];
    for (const part of parts) values.push(part.now ? part.now(awk) : yield* part.task(awk));
    yield* write(awk, target, formatAwk(awk, values, line));
  };
}

/** `source` undefined: the main input. */
export function getline(place: Place | undefined, source: Expression | undefined, isCommand: boolean): Expression {
  return blocking(function* (awk) {
    const key = place?.key && (yield* place.key.task(awk));
    let text: string | undefined;
    if (source) {
      const name = awk.text(yield* source.task(awk));
      try {
        const reader = yield* awk.streams.reader(name, isCommand);
        if (!reader.ready) yield* awk.flush();
        const record = yield* reader.next(separatorOf(awk));
        text = record?.text;
        if (record) awk.globals.get("RT")!.value = record.separator;
      } catch (error) {
        if (!(error instanceof SysError) || error.errno === "EINTR") throw error;
        awk.globals.get("ERRNO")!.value = errorNumber(error.errno);
        return -1;
      }
    } else text = yield* awk.nextMainRecord();
    if (text === undefined) return 0;
    const value = new InputText(text);
    if (place) store(awk, place, key, value, 0);
    else awk.setRecord(value);
    return 1;
  });
}
