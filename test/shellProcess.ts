/** Runs a script as a lone container's first process, with the few programs that the shell's own tests need. */
import { type BoxOptions, type Ran, runInBox } from "./containerBox.ts";
import { buildImageTree, executable } from "../src/runtime/imageTree.ts";
import { sh } from "../src/runtime/shell/index.ts";
import { type Program, SysError } from "../src/runtime/sys.ts";

const programs: Readonly<Record<string, Program>> = {
  *sleep(sys) {
    yield* sys.sleep(Number(sys.argv[1]) * 1000);
    return 0;
  },
  *cat(sys) {
    for (const path of sys.argv.length > 1 ? sys.argv.slice(1) : ["-"]) {
      let fd = 0;
      try {
        if (path !== "-") fd = sys.open(path, { read: true });
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        yield* sys.write(2, `cat: can't open '${path}': No such file or directory\n`);
        return 1;
      }
      for (let data = yield* sys.read(fd); data !== ""; data = yield* sys.read(fd)) yield* sys.write(1, data);
    }
    return 0;
  },
  *env(sys) {
    for (const [name, value] of sys.env) yield* sys.write(1, `${name}=${value}\n`);
    return 0;
  },
  *ls(sys) {
    yield* sys.write(
      1,
      sys
        .readdir(sys.argv[1] ?? ".")
        .sort()
        .join("\n"),
    );
    return 0;
  },
  *mkdir(sys) {
    sys.mkdir(sys.argv.at(-1)!);
    return 0;
  },
  *touch(sys) {
    for (const path of sys.argv.slice(1)) sys.close(sys.open(path, { write: true, create: true }));
    return 0;
  },
  *chmod(sys) {
    sys.chmod(sys.argv[2]!, 0o755);
    return 0;
  },
  *seq(sys) {
    const [first, last] = sys.argv.length > 2 ? sys.argv.slice(1).map(Number) : [1, Number(sys.argv[1])];
    let out = "";
    for (let i = first!; i <= last!; i++) out += `${i}\n`;
    yield* sys.write(1, out);
    return 0;
  },
};

const tree = buildImageTree([
  ...["busybox", "sh", "true", ...Object.keys(programs)].map((name) => ({
    path: `/bin/${name}`,
    content: executable("busybox"),
    size: 1 << 20,
    mode: 0o755,
  })),
  { path: "/etc/passwd", content: "root:x:0:0:root:/root:/bin/sh\n" },
  { path: "/etc/hostname", content: "box\n" },
  { path: "/root", directory: true as const },
  { path: "/tmp", directory: true as const, mode: 0o1777 },
]);

const busybox: Program = function* (sys) {
  const name = (sys.argv[0] ?? "").replace(/^.*\//, "");
  if (name === "sh" || name === "ash") return yield* sh(sys);
  const program = programs[name];
  return program === undefined ? 127 : yield* program(sys);
};

/** `argv` defaults to `/bin/sh -c script`. */
export function runScript(script: string, options: BoxOptions & { argv?: readonly string[] } = {}): Ran {
  return runInBox(tree, busybox, options.argv ?? ["/bin/sh", "-c", script], options);
}
