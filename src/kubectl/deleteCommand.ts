/** `kubectl delete`. */
import type { Task } from "../time/task.ts";
import { attempt, fail, Failure, failureOf, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { objectName } from "./resourceTypes.ts";
import { until } from "./until.ts";
import {
  chosenObjects,
  dryRunOf,
  dryRunSuffix,
  fileFlags,
  type Found,
  resourceFlags,
  type Session,
  writeFlags,
} from "./session.ts";

export const deleteFlags: FlagTable = {
  ...resourceFlags,
  ...fileFlags,
  "dry-run": writeFlags["dry-run"]!,
  output: { short: "o", type: "string" },
  all: { type: "bool" },
  force: { type: "bool" },
  now: { type: "bool" },
  "grace-period": { type: "int", usual: "-1" },
  wait: { type: "bool", usual: "true" },
  timeout: { type: "duration" },
  cascade: { type: "string", alone: "background", usual: "background" },
  "ignore-not-found": { type: "bool" },
  interactive: { short: "i", type: "bool" },
  raw: { type: "string" },
};

const forceWarning =
  "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n";

/** A week: what `--timeout=0` means (cmd/delete). */
const foreverMs = 168 * 3_600_000;

export function* remove(session: Session): Task<number> {
  const { args, io } = session;
  if (args.has("raw")) return fail("--raw is not simulated: name the objects instead");
  const force = args.on("force");
  const cascade = args.text("cascade") ?? "background";
  if (!["true", "false", "background", "orphan", "foreground"].includes(cascade))
    return fail(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan".`);
  const asked = args.number("grace-period") ?? -1;
  if (args.on("now") && asked !== -1) return fail("--now and --grace-period cannot be specified together");
  let grace = args.on("now") ? 1 : asked;
  if (grace === 0 && !force) grace = 1;
  if (force && grace < 0) grace = 0;
  const output = args.text("output") ?? "";
  const everything = args.on("all");
  const chosen = everything || args.has("selector") || args.has("field-selector");
  const dry = dryRunOf(session);
  if (everything && args.text("selector")) return fail("cannot set --all and --selector at the same time");
  if (everything && args.text("field-selector")) return fail("cannot set --all and --field-selector at the same time");
  const found = chosenObjects(session);
  if (output !== "" && output !== "name")
    return fail(`unexpected -o output mode: ${output}. We only support '-o name'`);
  if (grace === 0 && force) io.err(forceWarning);
  if (grace > 0 && force) return fail("--force and --grace-period greater than 0 cannot be specified together");
  if (args.on("interactive") && !confirmed(session, found.objects)) return 0;

  const failures: Failure[] = [];
  const forgiving = args.has("ignore-not-found") ? args.on("ignore-not-found") : chosen;
  let clusterWarning = args.has("namespace") && !args.on("all-namespaces");
  for (const one of found.objects) {
    if (clusterWarning && !one.info.namespaced) {
      io.err("Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n");
      clusterWarning = false;
    }
    const result = attempt(() => deleteOne(session, one, grace));
    if ("failure" in result) failures.push(result.failure);
  }
  if (!forgiving) failures.push(...found.missing.map((missing) => ofFile(session, missing)));
  if (failures.length > 0) return reportFailures(io, failures);
  if (found.objects.length === 0) {
    io.out("No resources found\n");
    return 0;
  }
  if (args.text("wait") === "false" || dry !== "none") return 0;
  const end = session.client.now() + (args.duration("timeout") || foreverMs);
  for (const { info, object } of found.objects) {
    const gone = yield* until(session, info.kind, object, (now) => now?.metadata.uid !== object.metadata.uid, end);
    if (!gone) return fail(`timed out waiting for the condition on ${info.resource}/${object.metadata.name}`);
  }
  return 0;

  function deleteOne({ client }: Session, { info, object }: Found, grace: number): void {
    const { name, namespace } = object.metadata;
    if (dry === "none") {
      const answer = client.delete(info.kind, namespace, name!, grace < 0 ? {} : { grace });
      if ("status" in answer) throw failureOf(answer.status);
    }
    const kind = objectName(info, "").slice(0, -1);
    const verb = `${grace === 0 ? "force deleted" : "deleted"}${dryRunSuffix[dry]}`;
    io.out(
      output === "name"
        ? `${kind}/${name}\n`
        : `${kind} "${name}" ${verb}${info.namespaced ? ` from ${namespace} namespace` : ""}\n`,
    );
  }
}

/** What is missing of a file is told with the file's name. */
function ofFile({ args }: Session, failure: Failure): Failure {
  const [file] = args.all("filename");
  if (file === undefined || !failure.message.startsWith("Error from server")) return failure;
  const name = file === "-" ? "STDIN" : file;
  return new Failure(failure.message.replace(/^(Error from server \(\w+\)): /, `$1: error when deleting "${name}": `));
}

function confirmed({ io }: Session, objects: readonly Found[]): boolean {
  if (objects.length === 0) {
    io.out("No resources found\n");
    return false;
  }
  io.out(`You are about to delete the following ${objects.length} resource(s):\n`);
  for (const { info, object } of objects) io.out(`${objectName(info, object.metadata.name!)}\n`);
  io.out("Do you want to continue? (y/N): ");
  const answer = (io.stdin() ?? "").split("\n")[0]!.trim().toLowerCase();
  if (answer === "y" || answer === "yes") return true;
  io.out("deletion is cancelled\n");
  return false;
}
