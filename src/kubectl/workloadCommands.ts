/** `kubectl rollout`, `scale`, `autoscale`: commands for kinds that are not simulated, answered as far as they can be. */
import type { Task } from "../time/task.ts";
import { fail, Failure, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { fileFlags, findObjects, outputFlags, type Session, writeFlags } from "./session.ts";

const text = { type: "string" } as const;
const bool = { type: "bool" } as const;
const common: FlagTable = { ...fileFlags, ...outputFlags, ...writeFlags, selector: { short: "l", type: "string" } };

export const rolloutFlags: FlagTable = {
  ...common,
  revision: { type: "int" },
  "to-revision": { type: "int" },
  watch: { short: "w", type: "bool", usual: "true" },
  timeout: { type: "duration" },
};
export const scaleFlags: FlagTable = {
  ...common,
  all: bool,
  "current-replicas": { type: "int", usual: "-1" },
  replicas: { type: "int", required: true },
  "resource-version": text,
  timeout: { type: "duration" },
};
export const autoscaleFlags: FlagTable = {
  ...common,
  cpu: text,
  "cpu-percent": { type: "int", usual: "-1" },
  max: { type: "int", usual: "-1", required: true },
  memory: text,
  min: { type: "int", usual: "-1" },
  name: text,
};

/** What each verb says of a kind that has no roll-outs (polymorphichelpers). */
const refusals: Readonly<Record<string, (resource: string, name: string, kind: string) => string>> = {
  history: (_resource, _name, kind) => `no history viewer has been implemented for "${kind}"`,
  undo: (_resource, _name, kind) => `no rollbacker has been implemented for "${kind}"`,
  status: (_resource, _name, kind) => `no status viewer has been implemented for ${kind}`,
  pause: (resource, name) => `error: ${resource} ${JSON.stringify(name)} pausing is not supported`,
  resume: (resource, name) => `error: ${resource} ${JSON.stringify(name)} resuming is not supported`,
  restart: (resource, name) => `error: ${resource} ${JSON.stringify(name)} restarting is not supported`,
};

export function rollout(verb: keyof typeof refusals & string) {
  return function* (session: Session): Task<number> {
    const { args, io, namespace } = session;
    if (args.words.length === 0 && !args.has("filename")) return fail("required resource not specified");
    const { objects, missing } = findObjects(session);
    if (objects.length === 0 && missing.length === 0) {
      io.err(`No resources found in ${namespace} namespace.\n`);
      return 0;
    }
    const failures = objects.map(({ info, object }) => {
      const words = refusals[verb]!(info.resource, object.metadata.name!, info.kind);
      return new Failure(words.startsWith("error: ") ? words : `error: ${words}`);
    });
    return reportFailures(io, [...failures, ...missing]);
  };
}

export function* scale(session: Session): Task<number> {
  const { args, io } = session;
  const replicas = args.number("replicas") ?? -1;
  if (replicas < 0) return fail("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
  const { objects, missing } = findObjects(session);
  if (objects.length === 0 && missing.length === 0) return fail("no objects passed to scale");
  const failures = objects.map(
    () => new Failure("Error from server (NotFound): the server could not find the requested resource"),
  );
  return reportFailures(io, [...failures, ...missing]);
}

export function* autoscale(session: Session): Task<number> {
  const { args, io } = session;
  const [max, min] = [args.number("max") ?? -1, args.number("min") ?? -1];
  if (max < 1) return fail(`--max=MAXPODS is required and must be at least 1, max: ${max}`);
  if (max < min) return fail(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${max}, min: ${min}`);
  const { objects, missing } = findObjects(session);
  if (objects.length === 0 && missing.length === 0) return fail("no objects passed to autoscale");
  const failures = objects.map(
    ({ info }) =>
      new Failure(`error: cannot autoscale a ${info.kind}: the server could not find the requested resource`),
  );
  return reportFailures(io, [...failures, ...missing]);
}
