/** Runs a script as a lone container's first process, with all of busybox beside it. */
import { busyboxProgram } from "../src/runtime/applets/busybox.ts";
import { busyboxNames } from "../src/runtime/applets/busyboxNames.ts";
import { applets } from "../src/runtime/applets/index.ts";
import { type BoxOptions, type Ran, runInBox } from "./containerBox.ts";
import { buildImageTree, executable, type ImageEntry } from "../src/runtime/imageTree.ts";
import { sh } from "../src/runtime/shell/index.ts";
import type { Program } from "../src/runtime/sys.ts";

const programs: Readonly<Record<string, Program>> = applets;

const entries: readonly ImageEntry[] = [
  ...[...busyboxNames.keys()].map((name) => ({
    path: `/bin/${name}`,
    content: executable("busybox"),
    size: 1 << 20,
    mode: 0o755,
  })),
  { path: "/etc/passwd", content: "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n" },
  { path: "/etc/group", content: "root:x:0:\ndaemon:x:1:\n" },
  { path: "/etc/hostname", content: "box\n" },
  { path: "/root", directory: true as const },
  { path: "/tmp", directory: true as const, mode: 0o1777 },
];
const tree = buildImageTree(entries);

const busybox = busyboxProgram({ ...programs, sh, ash: sh });

/**
 * `argv` defaults to `/bin/sh -c script`. `files` lie in /folder, by path
 * relative to it, and the script then starts there.
 */
export function runScript(
  script: string,
  options: BoxOptions & { argv?: readonly string[]; files?: Readonly<Record<string, string>> } = {},
): Ran {
  const image = options.files
    ? buildImageTree([
        ...entries,
        { path: "/folder", directory: true },
        ...Object.entries(options.files).map(([path, content]) => ({ path: `/folder/${path}`, content })),
      ])
    : tree;
  const command = options.files ? `cd /folder;${script}` : script;
  return runInBox(image, busybox, options.argv ?? [options.files ? "sh" : "/bin/sh", "-c", command], options);
}
