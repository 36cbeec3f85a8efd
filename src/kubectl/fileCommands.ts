/** `kubectl create -f` and `kubectl replace`. */
import { notFound } from "../cluster/api/status.ts";
import { withLastApplied } from "../cluster/api/manifestItems.ts";
import type { Task } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { attempt, fail, Failure, failWith, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { groupHelp } from "./help.ts";
import { printerOf } from "./output.ts";
import { objectName } from "./resourceTypes.ts";
import {
  accepted,
  type DryRun,
  dryRunOf,
  dryRunSuffix,
  type FileObject,
  fileFlags,
  outputFlags,
  readFiles,
  refuseUnlessSimulated,
  type Session,
  validateFlags,
  withoutManagedFields,
  writeFlags,
} from "./session.ts";
import { selectorMatcher } from "./selectors.ts";
import { until } from "./until.ts";

export const createFlags: FlagTable = {
  ...fileFlags,
  ...outputFlags,
  ...writeFlags,
  ...validateFlags,
  edit: { type: "bool" },
  raw: { type: "string" },
  "save-config": { type: "bool" },
  selector: { short: "l", type: "string" },
  "windows-line-endings": { type: "bool" },
};
export const replaceFlags: FlagTable = {
  ...fileFlags,
  ...outputFlags,
  ...writeFlags,
  ...validateFlags,
  cascade: { type: "string", alone: "background", usual: "background" },
  force: { type: "bool" },
  "grace-period": { type: "int", usual: "-1" },
  "save-config": { type: "bool" },
  subresource: { type: "string" },
  timeout: { type: "duration" },
  wait: { type: "bool" },
  raw: { type: "string" },
};

export function* createFromFiles(session: Session): Task<number> {
  const { args, io, client, path } = session;
  if (!args.has("filename") && !args.has("kustomize")) {
    io.err("Error: must specify one of -f and -k\n\n");
    if (args.words.length > 0)
      throw new Failure(`error: unknown command "${args.words.join(" ")}"\nSee '${path} -h' for help and examples`);
    io.err(groupHelp("create"));
    return 1;
  }
  if (args.words.length > 0)
    throw new Failure(`error: Unexpected args: [${args.words.join(" ")}]\nSee '${path} -h' for help and examples`);
  if (args.on("edit")) return fail("create --edit is not simulated: edit the file, then create from it");
  const dry = dryRunOf(session);
  return eachFile(session, "create", dry, (file) => {
    refuseUnlessSimulated(file.info);
    const document = sent(session, file);
    if (dry === "client") return { object: document as unknown as ApiObject, verb: "created" };
    const answer = client.create(document, { dryRun: dry === "server" });
    return { object: accepted(session, answer, `error when creating "${file.file}"`), verb: "created" };
  });
}

/** With `--save-config` the object remembers what it was made of, as apply does. */
function sent({ args }: Session, { document }: FileObject): Record<string, unknown> {
  return args.on("save-config") ? withLastApplied(document) : document;
}

export function* replace(session: Session): Task<number> {
  const { client, args } = session;
  const force = args.on("force");
  const grace = args.number("grace-period") ?? -1;
  if (!force && grace >= 0) return fail("--grace-period must have --force specified");
  if (!force && args.has("timeout")) return fail("--timeout must have --force specified");
  if (!args.has("filename") && !args.has("kustomize")) return fail("must specify one of -f and -k");
  const dry = dryRunOf(session);
  if (force && dry !== "none") return fail("--dry-run can not be used when --force is set");
  if (force) yield* removeFirst(session, grace);
  return eachFile(session, "replace", dry, (file) => {
    const { info, namespace, name } = file;
    refuseUnlessSimulated(info);
    const doing = `error when replacing "${file.file}"`;
    const there = client.get(info.kind, namespace, name);
    if (force) return { object: accepted(session, client.create(sent(session, file)), doing), verb: "replaced" };
    if (!there) failWith(notFound(info.kind, name), doing);
    if (dry === "client") return { object: file.document as unknown as ApiObject, verb: "replaced" };
    const answer = client.replace(sent(session, file), { dryRun: dry === "server" });
    return { object: accepted(session, answer, doing), verb: "replaced" };
  });
}

/** `--force`: all are deleted, and gone, before the first is made again. */
function* removeFirst(session: Session, grace: number): Task<void> {
  const { client, io } = session;
  const gone: { kind: string; object: ApiObject }[] = [];
  for (const file of readFiles(session, "replace")) {
    if (file instanceof Failure) continue;
    const { info, namespace, name } = file;
    const object = client.get(info.kind, namespace, name);
    if (!object) continue;
    const answer = client.delete(info.kind, namespace, name, grace < 0 ? {} : { grace });
    if ("status" in answer) failWith(answer.status);
    const place = namespace ? ` from ${namespace} namespace` : "";
    io.out(`${objectName(info, "").slice(0, -1)} "${name}" ${grace === 0 ? "force deleted" : "deleted"}${place}\n`);
    gone.push({ kind: info.kind, object });
  }
  if (gone.length === 0) io.out("No resources found\n");
  for (const { kind, object } of gone)
    yield* until(session, kind, object, (now) => now?.metadata.uid !== object.metadata.uid);
}

export interface Done {
  readonly object: ApiObject;
  readonly verb: string;
}

/** Does `act` with each document in order; failures are told at the end. */
export function eachFile(session: Session, command: string, dry: DryRun, act: (file: FileObject) => Done): number {
  const { io } = session;
  const print = printerOf(session);
  const printed: ApiObject[] = [];
  const failures: Failure[] = [];
  const labels = session.args.text("selector") ?? "";
  for (const file of readFiles(session, command)) {
    if (file instanceof Failure) {
      failures.push(file);
      continue;
    }
    if (labels && !selectorMatcher(file.info, labels, "")(file.document as unknown as ApiObject)) continue;
    const done = attempt(() => act(file));
    if ("failure" in done) {
      failures.push(done.failure);
      continue;
    }
    const { object, verb } = done.value;
    if (print) printed.push(withoutManagedFields(object));
    else io.out(`${objectName(file.info, object.metadata.name ?? file.name)} ${verb}${dryRunSuffix[dry]}\n`);
  }
  if (print && printed.length > 0) {
    if (command === "apply") io.out(print(printed, printed.length > 1));
    else for (const object of printed) io.out(print([object], false));
  }
  return reportFailures(io, failures);
}
