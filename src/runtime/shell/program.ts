/** Programs on the filesystem: finding, starting and becoming one. */
import type { Task } from "../../time/task.ts";
import { APPLET_FOLDERS, isInstalledApplet } from "../applets/executables.ts";
import { strerror } from "../errno.ts";
import { type Errno, type SignalName, SysError } from "../sys.ts";
import type { Shell } from "./shell.ts";

/** The path to execute for a command's name; undefined when there is none. Its own applets come before PATH. */
export function findProgram(shell: Shell, name: string, searchPath?: string): string | undefined {
  if (name.includes("/")) return name;
  if (name === "") return undefined;
  for (const folder of APPLET_FOLDERS) {
    const path = `${folder}/${name}`;
    if (isInstalledApplet(shell.sys, path)) return path;
  }
  let denied: string | undefined;
  for (const folder of (searchPath ?? shell.variables.get("PATH") ?? "").split(":")) {
    const path = folder === "" ? name : `${folder.replace(/\/$/, "")}/${name}`;
    try {
      const stat = shell.sys.stat(path);
      if (stat.type !== "file") continue;
      if (shell.sys.access(path, "execute")) return folder === "" ? `./${name}` : path;
      denied ??= path;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }
  return denied;
}

/** Is the command one of busybox' own, so that it has no place in the filesystem? */
export function isAppletName(shell: Shell, name: string): boolean {
  return APPLET_FOLDERS.some((folder) => isInstalledApplet(shell.sys, `${folder}/${name}`));
}

/** All of busybox' own commands, sorted. */
export function appletNames(shell: Shell): string[] {
  const names = new Set<string>();
  for (const folder of APPLET_FOLDERS) {
    try {
      for (const name of shell.sys.readdir(folder))
        if (isInstalledApplet(shell.sys, `${folder}/${name}`)) names.add(name);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }
  return [...names].sort();
}

/**
 * Applets that the shell runs as they are in its fork (busybox: APPLET_NOEXEC in the applets' files): they get a name of their own,
 * but keep the shell's command line, so that ps shows `{ps} sh -c …`.
 */
const IN_PLACE = new Set(
  (
    "addgroup adduser awk blkdiscard blkid blockdev brctl cal chattr chgrp chmod chown chroot chrt chvt cksum cp crc32 cryptpw " +
    "cttyhack cut date dd deallocvt delgroup deluser df dnsdomainname dos2unix dumpkmap dumpleases env expr fatattr find fold " +
    "freeramdisk fsfreeze fstrim getopt groups hd head hexdump hostname id insmod ionice ip ipaddr ipcalc ipcrm ipcs iplink " +
    "ipneigh iproute iprule iptunnel kbd_mode linux32 linux64 ln loadfont loadkmap losetup ls lsattr lsmod lspci lsscsi lsusb " +
    "makedevs md5sum mkfifo mknod mkpasswd mktemp modinfo modprobe mountpoint mv nameif nice nohup nuke partprobe paste ps pstree " +
    "renice reset resize resume rm rmmod seq setarch setconsole setfattr setfont setkeycodes setlogcons setserial sha1sum " +
    "sha256sum sha3sum sha512sum shuf sort stat stty sulogin svc svok sysctl tac taskset tunctl tune2fs umount unix2dos uptime " +
    "users usleep vconfig w who xargs xxd yes"
  ).split(" "),
);

function runsInPlace(shell: Shell, name: string): boolean {
  return IN_PLACE.has(name) && isAppletName(shell, name);
}

/** A program that cannot run: what the shell says, and the status. */
function failure(name: string, errno: Errno): { text: string; status: number } {
  const missing = errno === "ENOENT" || errno === "ENOTDIR";
  return { text: `${name}: ${missing ? "not found" : strerror(errno)}`, status: missing ? 127 : 126 };
}

/** Starts a child. A file that is no executable is a shell script. */
export function* startProgram(
  shell: Shell,
  argv: readonly string[],
  path: string,
  env: ReadonlyMap<string, string>,
): Task<number | { failed: number }> {
  const restore = ownIgnored(shell);
  try {
    try {
      return shell.sys.spawn({ path, argv, env, restore, keepsCommandLine: runsInPlace(shell, argv[0]!) });
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "ENOEXEC") throw error;
      return shell.sys.spawn({ path: "/bin/sh", argv: ["ash", path, ...argv.slice(1)], env, restore });
    }
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (error.errno === "EAGAIN") {
      yield* shell.say(`can't fork: ${strerror(error.errno)}`);
      return { failed: 2 };
    }
    const { text, status } = failure(argv[0]!, error.errno);
    yield* shell.say(text);
    return { failed: status };
  }
}

/** Becomes a program; comes back with a status only when that fails. */
export function* execute(
  shell: Shell,
  argv: readonly string[],
  path: string | undefined,
  env: ReadonlyMap<string, string>,
): Task<number> {
  const restore = ownIgnored(shell);
  for (const signal of restore) shell.sys.signal(signal, "default");
  try {
    if (path === undefined) throw new SysError("ENOENT");
    try {
      yield* shell.sys.exec(path, argv, env, runsInPlace(shell, argv[0]!));
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "ENOEXEC") throw error;
      yield* shell.sys.exec("/bin/sh", ["ash", path, ...argv.slice(1)], env);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const { text, status } = failure(argv[0]!, error.errno);
    for (const signal of restore) shell.sys.signal(signal, "ignore");
    yield* shell.say(text);
    return status;
  }
}

/** The first shell ignores SIGQUIT for itself, not for the programs that it starts. */
function ownIgnored(shell: Shell): readonly SignalName[] {
  const own = !shell.isSubshell && !shell.traps.has("SIGQUIT") && !shell.isIgnoredForGood("SIGQUIT");
  return own ? ["SIGQUIT"] : [];
}
