/** `kubectl wait`. */
import { notFound } from "../cluster/api/status.ts";
import { Signal, type Task, withTimeout } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { attempt, fail, Failure, failureOf, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { type JsonPath, parseJsonPath, valuesAt, valueText } from "./jsonPath.ts";
import { relaxed } from "./output.ts";
import { objectName } from "./resourceTypes.ts";
import {
  chosenObjects,
  fileFlags,
  type Found,
  findObjects,
  namedTargets,
  noResources,
  outputFlags,
  resourceFlags,
  type Session,
} from "./session.ts";
import { until } from "./until.ts";

export const waitFlags: FlagTable = {
  ...resourceFlags,
  ...fileFlags,
  ...outputFlags,
  all: { type: "bool" },
  for: { type: "array" },
  timeout: { type: "duration", usual: "30s" },
  local: { type: "bool" },
};

type Test = (now: ApiObject | undefined, was: ApiObject) => boolean;
const weekMs = 168 * 3_600_000;

export function* waitFor(session: Session): Task<number> {
  const { args, client, io } = session;
  if (args.words.length === 0 && !args.has("filename")) return fail(noResources);
  const goals = args.all("for");
  if (goals.length === 0) return fail("unrecognized condition: []");
  const tests = goals.map(testOf);
  const asks = (word: string) => goals.some((goal) => goal.toLowerCase() === word);
  const timeout = args.duration("timeout") ?? 30_000;
  const end = client.now() + (timeout < 0 ? weekMs : timeout);
  if (asks("create")) yield* untilCreated(session, end);
  const deleting = asks("delete");
  const { objects, missing } = chosenObjects(session);
  const failures: Failure[] = deleting ? [] : [...missing];
  for (const found of objects) {
    for (const test of tests) {
      const failure = yield* waitForOne(session, found, test, end, timeout, deleting);
      if (failure) {
        failures.push(failure);
        break;
      }
      const name = objectName(found.info, found.object.metadata.name!);
      io.out(args.text("output") === "name" ? `${name}\n` : `${name} condition met\n`);
    }
  }
  if (objects.length === 0 && failures.length === 0 && !deleting) return fail("no matching resources found");
  return reportFailures(io, failures);
}

/** Undefined: it is as wanted. */
function* waitForOne(
  session: Session,
  { info, object }: Found,
  test: Test,
  end: number,
  timeout: number,
  deleting: boolean,
): Task<Failure | undefined> {
  const { client } = session;
  const place = `${info.resource}/${object.metadata.name}`;
  // A jsonpath that cannot be compared ends the wait at once, whenever it turns out.
  let fault: Failure | undefined;
  let gone = false;
  const right = (now: ApiObject | undefined): boolean => {
    const tested = attempt(() => test(now, object));
    if ("failure" in tested) fault = tested.failure;
    gone = now === undefined && !deleting;
    return "failure" in tested || tested.value;
  };
  const met = yield* until({ client }, info.kind, object, right, end);
  if (fault) return fault;
  if (met) return undefined;
  if (gone) return failureOf(notFound(info.kind, object.metadata.name!));
  return new Failure(
    timeout === 0 ? `error: condition not met for ${place}` : `error: timed out waiting for the condition on ${place}`,
  );
}

/** For names that are not there yet, and for the first object that a selector finds. */
function* untilCreated(session: Session, end: number): Task<void> {
  const { targets, infos } = namedTargets(session.args.words, session.namespace);
  for (const { info, name, namespace } of targets) {
    const metadata = { name, ...(namespace !== undefined && { namespace }) };
    if (!(yield* until(session, info.kind, { metadata }, (now) => now !== undefined, end)))
      fail("timed out waiting for the condition");
  }
  if (targets.length > 0) return;
  while (findObjects(session).objects.length === 0) {
    const next = yield* nextOf(
      session,
      infos.map(({ kind }) => kind),
      end,
    );
    if (!next) fail("timed out waiting for the condition");
  }
}

function* nextOf({ client }: Session, kinds: readonly string[], end: number): Task<boolean> {
  const signal = new Signal<true>();
  const stops = kinds.map((kind) => client.watch(kind, () => signal.fire(true)));
  try {
    return (yield* withTimeout(Math.max(0, end - client.now()), signal.next())) ?? false;
  } finally {
    for (const stop of stops) stop();
  }
}

function testOf(goal: string): Test {
  if (goal.toLowerCase() === "delete") return (now, was) => now?.metadata.uid !== was.metadata.uid;
  if (goal.toLowerCase() === "create") return (now) => now !== undefined;
  if (goal.startsWith("condition=")) {
    const [type = "", status = "true"] = splitOnce(goal.slice("condition=".length), "=");
    return (now) => {
      const { conditions = [], observedGeneration } = (now?.status ?? {}) as {
        conditions?: { type: string; status: string; observedGeneration?: number }[];
        observedGeneration?: number;
      };
      return conditions.some(
        (c) =>
          c.type.toLowerCase() === type.toLowerCase() &&
          c.status.toLowerCase() === status.toLowerCase() &&
          // What was said about an older generation does not count.
          (c.observedGeneration ?? observedGeneration ?? Number.POSITIVE_INFINITY) >= (now?.metadata.generation ?? 0),
      );
    };
  }
  if (goal.startsWith("jsonpath=")) return jsonPathTest(goal.slice("jsonpath=".length));
  return fail(`unrecognized condition: ${JSON.stringify(goal)}`);
}

function jsonPathTest(text: string): Test {
  const parts = splitJsonPath(text);
  const expression = parts[0]!.replace(/^'|'$/g, "");
  if (expression === "" || expression === "{}") return fail("jsonpath expression cannot be empty");
  if (parts.length === 2 && parts[1] === "")
    return fail("jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3");
  const path = parseJsonPath(relaxed(expression));
  const wanted = parts[1]?.replace(/^['"](.*)['"]$/s, "$1");
  return (now) => now !== undefined && holds(path, now, wanted);
}

function holds(path: JsonPath, object: ApiObject, wanted: string | undefined): boolean {
  const values = valuesAt(path, object);
  if (values.length === 0) return false;
  if (values.length > 1) return fail("given jsonpath expression matches more than one value");
  if (wanted === undefined) return true;
  if (typeof values[0] === "object" && values[0] !== null)
    return fail("jsonpath leads to a nested object or list which is not supported");
  return valueText(values[0]).trim() === wanted;
}

/** The `=` after the closing brace parts expression and value. */
function splitJsonPath(text: string): string[] {
  const braces = /^'?\{.*\}'?/s.exec(text)?.[0];
  if (braces === undefined) return splitOnce(text, "=");
  const rest = text.slice(braces.length);
  if (rest === "") return [braces];
  if (!rest.startsWith("="))
    return fail(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  return [braces, rest.slice(1)];
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
