/** `kubectl cp`: a tar archive through `exec`, so the image must have a tar of its own. */
import { utf8Decode, utf8Encode } from "../runtime/bytes.ts";
import { endOfTar, readTar, tarEntry } from "../runtime/tarArchive.ts";
import type { Task } from "../time/task.ts";
import { fail, failureOf } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { asPod, containerOf } from "./podNamed.ts";
import { notFound } from "../cluster/api/status.ts";
import type { Session } from "./session.ts";

export const cpFlags: FlagTable = {
  container: { short: "c", type: "string" },
  "no-preserve": { type: "bool" },
  retries: { type: "int" },
};

interface Place {
  readonly namespace?: string;
  readonly pod?: string;
  readonly path: string;
}

export function* cp(session: Session): Task<number> {
  const { args } = session;
  if (args.words.length !== 2) return fail("source and destination are required");
  const [from, to] = args.words.map(placeOf) as [Place, Place];
  if (from.pod && to.pod) return fail("one of src or dest must be a local file specification");
  if (from.path === "" || to.path === "") return fail("filepath can not be empty");
  if (from.pod) return yield* fromPod(session, from, to.path);
  if (to.pod) return yield* toPod(session, from.path, to);
  return fail("one of src or dest must be a remote file specification");
}

function placeOf(word: string): Place {
  const wrong = () => fail("filespec must match the canonical format: [[namespace/]pod:]file/path");
  const at = word.indexOf(":");
  if (at === 0) return wrong();
  if (at < 0) return { path: word };
  const parts = word.slice(0, at).split("/");
  const path = word.slice(at + 1);
  if (parts.length > 2) return wrong();
  return parts.length === 2 ? { namespace: parts[0]!, pod: parts[1]!, path } : { pod: parts[0]!, path };
}

/** Runs a command in the Pod; its output as bytes, or how it failed. */
function* inPod(
  session: Session,
  { namespace = session.namespace, pod: name = "" }: Place,
  command: readonly string[],
  stdin?: string,
  quiet = false,
): Task<{ readonly output: string; readonly exitCode: number }> {
  const { client, io, args } = session;
  const object = client.get("Pod", namespace, name);
  if (!object) throw failureOf(notFound("Pod", name));
  const pod = asPod(object);
  const { phase } = pod.status;
  if (phase === "Succeeded" || phase === "Failed")
    return fail(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const container = containerOf(session, pod, args.text("container"), quiet);
  let output = "";
  const answer = yield* client.exec(pod, container, command, {
    ...(stdin !== undefined && { stdin }),
    out: (text) => {
      output += text;
    },
    err: (text) => {
      if (!quiet) io.err(text);
    },
  });
  if ("error" in answer) return quiet ? { output, exitCode: 1 } : fail(answer.error);
  return { output: utf8Encode(output), exitCode: answer.exitCode };
}

function* toPod(session: Session, path: string, to: Place): Task<number> {
  const { io, args } = session;
  const isFolder = io.readFile(path) === undefined;
  if (isFolder && !io.listFolder?.(path)) return fail(`${path} doesn't exist in local filesystem`);
  const probe = yield* inPod(session, to, ["test", "-d", to.path], undefined, true);
  const base = path.replace(/\/+$/, "").split("/").at(-1)!;
  const target = probe.exitCode === 0 ? `${to.path.replace(/\/+$/, "")}/${base}` : to.path;
  const slash = target.lastIndexOf("/");
  const folder = slash > 0 ? target.slice(0, slash) : slash === 0 ? "/" : "";
  const command = [
    "tar",
    ...(args.on("no-preserve") ? ["--no-same-permissions", "--no-same-owner"] : []),
    "-xmf",
    "-",
    ...(folder === "" ? [] : ["-C", folder]),
  ];
  const archive = `${entriesOf(session, path.replace(/\/+$/, "") || "/", target.slice(slash + 1)).join("")}${endOfTar}`;
  const { exitCode } = yield* inPod(session, to, command, utf8Decode(archive));
  return ended(session, exitCode);
}

function entriesOf({ io, client }: Pick<Session, "io" | "client">, path: string, name: string): string[] {
  const mtime = client.now() / 1000;
  const owner = { uid: 0, gid: 0, mtime };
  const text = io.readFile(path);
  if (text !== undefined) return [tarEntry({ name, type: "file", mode: 0o644, ...owner, data: utf8Encode(text) })];
  const names = io.listFolder?.(path) ?? [];
  const inner = names.flatMap((one) => entriesOf({ io, client }, `${path}/${one}`, `${name}/${one}`));
  return names.length > 0
    ? inner
    : [tarEntry({ name: `${name}/`, type: "directory", mode: 0o755, ...owner, data: "" })];
}

function* fromPod(session: Session, from: Place, target: string): Task<number> {
  const { io } = session;
  const { output, exitCode } = yield* inPod(session, from, ["tar", "cf", "-", from.path]);
  const entries = readTar(output);
  if (!entries) return exitCode === 0 ? fail("tar contents corrupted") : ended(session, exitCode);
  const prefix = clean(from.path);
  for (const { name, type, data, linkTarget } of entries) {
    if (!clean(name).startsWith(prefix)) return fail("tar contents corrupted");
    if (type === "directory") continue;
    const rest = clean(name).slice(prefix.length);
    const place =
      rest === "" && io.listFolder?.(target)
        ? `${target.replace(/\/$/, "")}/${prefix.split("/").at(-1)}`
        : `${target}${rest}`;
    if (rest.split("/").includes("..")) {
      io.err(`warning: file ${JSON.stringify(place)} is outside target destination, skipping\n`);
      continue;
    }
    if (type === "symlink") {
      io.err(`warning: skipping symlink: ${JSON.stringify(place)} -> ${JSON.stringify(linkTarget)}\n`);
      continue;
    }
    if (!io.writeFile(place, utf8Decode(data))) return fail(`open ${place}: permission denied`);
  }
  return ended(session, exitCode);
}

/** `/tmp/../etc/./x` → `etc/x` */
function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function ended({ io }: Session, exitCode: number): number {
  if (exitCode !== 0) io.err(`command terminated with exit code ${exitCode}\n`);
  return exitCode;
}
