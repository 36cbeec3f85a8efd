/** How runc and containerd turn a container's configuration into its first process, and what they say when they cannot. */
import { FileInode } from "./inode.ts";
import type { Image } from "./imageCatalogue.ts";
import { find, may, tryWalk, type Viewer } from "./mounts.ts";
import { strerror } from "./errno.ts";
import { type Errno, SysError } from "./sys.ts";

export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
}

/** `command` over the image's entrypoint, `args` over its command. */
export function argvOf(image: Image, command: readonly string[], args: readonly string[]): readonly string[] {
  if (command.length > 0) return [...command, ...args];
  return [...image.entrypoint, ...(args.length > 0 ? args : image.cmd)];
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

function linesOf(viewer: Viewer, path: string): string[] {
  try {
    const { inode } = find(viewer, path);
    return inode instanceof FileInode ? inode.read(0, 1 << 16).split("\n") : [];
  } catch (error) {
    if (error instanceof SysError) return [];
    throw error;
  }
}

/**
 * The numbers that the process runs with: the Pod's, else the image's user, looked up in the image's own /etc/passwd and
 * /etc/group. The error is containerd's.
 */
export function resolveUser(
  viewer: Viewer,
  imageUser: string,
  asked: { readonly uid?: number; readonly gid?: number; readonly groups: readonly number[] } | undefined,
  /** containerd lists the primary group among the others, plain runc does not. */
  withPrimary = true,
): User | { readonly error: string } {
  const passwd: PasswdEntry[] = linesOf(viewer, "/etc/passwd").flatMap((line) => {
    const fields = line.split(":");
    return fields.length < 6
      ? []
      : [{ name: fields[0]!, uid: Number(fields[2]), gid: Number(fields[3]), home: fields[5]! }];
  });
  const groups = linesOf(viewer, "/etc/group").flatMap((line) => {
    const fields = line.split(":");
    return fields.length < 4
      ? []
      : [{ name: fields[0]!, gid: Number(fields[2]), members: fields[3]!.split(",").filter((name) => name !== "") }];
  });
  const [userPart = "", groupPart] = imageUser.split(":");
  let entry: PasswdEntry | undefined;
  let uid = asked?.uid;
  if (uid !== undefined) entry = passwd.find((one) => one.uid === uid);
  else if (userPart === "") {
    uid = 0;
    entry = passwd.find((one) => one.uid === 0);
  } else {
    entry = passwd.find((one) => one.name === userPart || String(one.uid) === userPart);
    if (!entry && !/^\d+$/.test(userPart)) return { error: `no users found for "${userPart}"` };
    uid = entry?.uid ?? Number(userPart);
  }
  let gid = asked?.gid ?? entry?.gid ?? 0;
  if (asked?.gid === undefined && asked?.uid === undefined && groupPart !== undefined) {
    const group = groups.find((one) => one.name === groupPart || String(one.gid) === groupPart);
    if (!group && !/^\d+$/.test(groupPart)) return { error: `no groups found for "${groupPart}"` };
    gid = group?.gid ?? Number(groupPart);
  }
  const memberOf = entry ? groups.filter((one) => one.members.includes(entry.name)).map((one) => one.gid) : [];
  const all = [...(withPrimary ? [gid] : []), ...memberOf, ...(asked?.groups ?? [])];
  return { uid, gid, groups: [...new Set(all)], home: entry?.home || "/" };
}

/** Go's os/exec LookPath. The path to execute, or the cause as it is printed. */
export function lookPath(
  viewer: Viewer,
  name: string,
  env: ReadonlyMap<string, string>,
): { readonly path: string } | { readonly error: string } {
  const quoted = `exec: ${JSON.stringify(name)}`;
  if (name.includes("/")) {
    const fault = faultOf(viewer, name);
    if (fault === undefined) return { path: name };
    if (fault === "EISDIR") return { error: `${quoted}: is a directory` };
    if (fault === "EACCES") return { error: `${quoted}: permission denied` };
    return { error: `${quoted}: stat ${name}: ${strerror(fault).toLowerCase()}` };
  }
  if (name !== "")
    for (const directory of (env.get("PATH") ?? "").split(":")) {
      const path = `${directory || "."}/${name}`;
      if (faultOf(viewer, path) === undefined) return { path };
    }
  return { error: `${quoted}: executable file not found in $PATH` };
}

/** Why a path cannot be executed. */
function faultOf(viewer: Viewer, path: string): Errno | undefined {
  const walked = tryWalk(viewer, path, true);
  if (typeof walked === "string") return walked;
  if (!walked.found) return "ENOENT";
  const { inode } = walked.found;
  if (inode.type === "directory") return "EISDIR";
  return may(viewer, inode, 1) ? undefined : "EACCES";
}

const RUNC_START =
  "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ";

/** What StartContainer answers when the first process cannot be made. */
export function startErrorText(cause: string): string {
  return `${RUNC_START}error during container init: ${cause}`;
}

export function execErrorText(execId: string, cause: string): string {
  return `failed to exec in container: failed to start exec "${execId}": OCI runtime exec failed: exec failed: unable to start container process: ${cause}`;
}
