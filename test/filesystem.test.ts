import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FileContent } from "../src/runtime/fileContent.ts";
import { parseImageReference } from "../src/runtime/imageReference.ts";
import { utf8Decode, utf8Encode } from "../src/runtime/bytes.ts";
import type { Task } from "../src/time/task.ts";
import { type Sys, SysError } from "../src/runtime/sys.ts";
import { sleeper, world, type World } from "./runtimeWorld.ts";
import type { ContainerConfig } from "../src/runtime/cri.ts";

/** Runs `body` as root's PID 1; what it returns, as JSON. */
function inContainer(
  body: (sys: Sys) => Task<unknown>,
  config: Partial<ContainerConfig> = {},
  prepare?: (w: World) => void,
): unknown {
  const w = world({
    programs: {
      main: function* (sys) {
        yield* sys.write(1, `${JSON.stringify((yield* body(sys)) ?? null)}\n`);
        return 0;
      },
    },
  });
  prepare?.(w);
  const started = w.start(["main"], config);
  assert.equal(started.error, undefined);
  w.pass(60_000);
  const log = w.log(started);
  assert.notEqual(log, "", "the program printed nothing");
  return JSON.parse(log);
}

function attempt(body: () => unknown): string {
  try {
    return String(body() ?? "ok");
  } catch (error) {
    if (error instanceof SysError) return error.errno;
    throw error;
  }
}

function* readAll(sys: Sys, path: string): Task<string> {
  const fd = sys.open(path, { read: true });
  let text = "";
  for (let data = yield* sys.read(fd); data !== ""; data = yield* sys.read(fd)) text += data;
  sys.close(fd);
  return text;
}

function* writeFile(sys: Sys, path: string, text: string, append = false): Task<void> {
  const fd = sys.open(path, { write: true, create: true, truncate: !append, append });
  yield* sys.write(fd, text);
  sys.close(fd);
}

test("a file's content is what a plain string would be", () => {
  const operation = fc.oneof(
    fc.record({ at: fc.nat(9000), data: fc.string({ maxLength: 50 }) }),
    fc.record({ at: fc.nat(9000), zeros: fc.integer({ min: 4000, max: 6000 }) }),
    fc.record({ size: fc.nat(9000) }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
      const content = new FileContent();
      let model = "";
      for (const one of operations) {
        if ("size" in one) {
          content.truncate(one.size);
          model = model.slice(0, one.size).padEnd(one.size, "\0");
        } else {
          const data = "zeros" in one ? "\0".repeat(one.zeros) : one.data;
          if (data === "") continue;
          content.write(one.at, data);
          model = model.padEnd(one.at, "\0");
          model = model.slice(0, one.at) + data + model.slice(one.at + data.length);
        }
        assert.equal(content.size, model.length);
      }
      assert.equal(content.read(0, Number.POSITIVE_INFINITY), model);
      assert.equal(content.read(10, 100), model.slice(10, 110));
    }),
  );
});

test("a long run of one byte takes no room", () => {
  const content = new FileContent();
  for (let i = 0; i < 1000; i++) content.write(content.size, "\0".repeat(1 << 20));
  assert.equal(content.size, 1000 << 20);
  assert.equal(content.stored, 0);
});

test("UTF-8 there and back", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => assert.equal(utf8Decode(utf8Encode(text)), text)));
  assert.equal(utf8Encode("é€😀").length, 9);
  assert.equal(utf8Decode("\xff\xc3"), "\ufffd\ufffd");
});

test("containers from one image do not see each other's changes", () => {
  const w = world({
    programs: {
      main: function* (sys) {
        const before = yield* readAll(sys, "/etc/plain");
        yield* writeFile(sys, "/etc/plain", "changed\n");
        sys.unlink("/etc/passwd");
        yield* sys.write(1, before + sys.access("/etc/passwd", "read") + sys.readdir("/etc").includes("passwd"));
        return 0;
      },
    },
  });
  const first = w.start(["main"]);
  w.pass(1000);
  const second = w.start(["main"]);
  w.pass(1000);
  assert.equal(w.log(first), "plain\nfalsefalse");
  assert.equal(w.log(second), w.log(first));
});

test("paths: dots, links, loops and what is no directory", () => {
  const found = inContainer(function* (sys) {
    sys.mkdir("/a");
    sys.mkdir("/a/b");
    yield* writeFile(sys, "/a/b/f", "text");
    sys.symlink("../b/f", "/a/b/relative");
    sys.symlink("/a/b", "/absolute");
    sys.symlink("loop2", "/loop1");
    sys.symlink("loop1", "/loop2");
    sys.chdir("/absolute/../b/.");
    return [
      sys.cwd,
      yield* readAll(sys, "relative"),
      sys.realpath("/absolute/f"),
      sys.lstat("/absolute").type,
      sys.readlink("/absolute"),
      attempt(() => sys.stat("/loop1")),
      attempt(() => sys.stat("f/x")),
      attempt(() => sys.stat("f/")),
      attempt(() => sys.stat("/nope/x")),
      attempt(() => sys.stat("")),
      attempt(() => sys.open(`/${"x".repeat(300)}`, { read: true })),
      sys.realpath("/../../a"),
    ];
  });
  assert.deepEqual(found, [
    "/a/b",
    "text",
    "/a/b/f",
    "symlink",
    "/a/b",
    "ELOOP",
    "ENOTDIR",
    "ENOTDIR",
    "ENOENT",
    "ENOENT",
    "ENAMETOOLONG",
    "/a",
  ]);
});

test("making, renaming and removing", () => {
  const found = inContainer(function* (sys) {
    sys.mkdir("/d");
    yield* writeFile(sys, "/d/f", "1");
    const out = [
      attempt(() => sys.mkdir("/d")),
      attempt(() => sys.rmdir("/d")),
      attempt(() => sys.unlink("/d")),
      attempt(() => sys.rmdir("/d/f")),
      attempt(() => sys.rename("/d", "/d/inside")),
      attempt(() => sys.open("/d/f", { write: true, create: true, exclusive: true })),
    ];
    sys.link("/d/f", "/d/g");
    out.push(String(sys.stat("/d/f").nlink));
    sys.rename("/d/g", "/d/f2");
    sys.unlink("/d/f");
    out.push(yield* readAll(sys, "/d/f2"));
    sys.rename("/d", "/e");
    out.push(sys.readdir("/e").join());
    sys.unlink("/e/f2");
    sys.rmdir("/e");
    out.push(attempt(() => sys.stat("/e")));
    return out;
  });
  assert.deepEqual(found, ["EEXIST", "ENOTEMPTY", "EISDIR", "ENOTDIR", "EINVAL", "EEXIST", "2", "1", "f2", "ENOENT"]);
});

test("an unlinked file lives until its last descriptor is closed", () => {
  const found = inContainer(function* (sys) {
    const fd = sys.open("/tmp/f", { read: true, write: true, create: true });
    yield* sys.write(fd, "still here");
    sys.unlink("/tmp/f");
    sys.lseek(fd, 6, "set");
    return [yield* sys.read(fd), sys.fstat(fd).nlink];
  });
  assert.deepEqual(found, ["here", 0]);
});

test("O_APPEND writes at the end, whoever wrote before", () => {
  const found = inContainer(function* (sys) {
    const a = sys.open("/tmp/f", { write: true, create: true, append: true });
    const b = sys.open("/tmp/f", { write: true, append: true });
    yield* sys.write(a, "one ");
    yield* sys.write(b, "two ");
    yield* sys.write(a, "three");
    return yield* readAll(sys, "/tmp/f");
  });
  assert.equal(found, "one two three");
});

test("rights: owner, group, others, sticky directories; root may all but run what nobody may", () => {
  const found = inContainer(function* (sys) {
    yield* writeFile(sys, "/tmp/secret", "x");
    sys.chmod("/tmp/secret", 0o640);
    sys.chown("/tmp/secret", 0, 2000);
    yield* writeFile(sys, "/tmp/roots", "x");
    sys.chmod("/tmp/roots", 0o666);
    const asRoot = [sys.access("/tmp/secret", "execute"), sys.access("/tmp/secret", "write")];
    const [read, write] = sys.pipe();
    const pid = sys.fork(function* (child) {
      child.gid = 0;
      child.uid = 1000;
      const results = [
        attempt(() => child.close(child.open("/tmp/secret", { write: true }))),
        attempt(() => child.unlink("/tmp/roots")),
        attempt(() => child.chmod("/tmp/roots", 0o600)),
        attempt(() => child.mkdir("/etc/x")),
        attempt(() => child.mkdir("/tmp/x", 0o777)),
        child.stat("/tmp/x").uid,
        child.stat("/tmp/x").mode.toString(8),
      ];
      yield* child.write(write, JSON.stringify(results));
      return 0;
    });
    yield* sys.wait(pid);
    return [asRoot, JSON.parse(yield* sys.read(read))];
  });
  assert.deepEqual(found, [
    [false, true],
    ["EACCES", "EPERM", "EPERM", "EACCES", "ok", 1000, "755"],
  ]);
});

test("root is kept out of another user's directory without its capabilities", () => {
  const seen = (config: Partial<ContainerConfig>) =>
    inContainer(
      function* (sys) {
        yield* writeFile(sys, "/tmp/own", "x");
        sys.mkdir("/tmp/private", 0o700);
        return [
          attempt(() => sys.chdir("/data")),
          attempt(() => sys.readdir("/data").join()),
          attempt(() => sys.stat("/data/letter").size),
          attempt(() => sys.close(sys.open("/data/letter", { read: true }))),
          attempt(() => sys.close(sys.open("/data/new", { write: true, create: true }))),
          attempt(() => sys.readdir("/tmp/private").length),
          attempt(() => sys.spawn({ path: "/data/program", argv: ["main"], env: new Map() }) > 0),
        ];
      },
      { ...config, mounts: [{ containerPath: "/data", hostPath: "/volume", readOnly: false }] },
      ({ runtime }) => {
        runtime.nodeFiles.mkdir("/volume", { mode: 0o700, uid: 1000, gid: 1000 });
        runtime.nodeFiles.writeFile("/volume/letter", "dear", { mode: 0o644, uid: 1000, gid: 1000 });
        runtime.nodeFiles.writeFile("/volume/program", "#!/bin/main\n", { mode: 0o755 });
      },
    );
  const drop = ["ALL"];
  const kept = ["EACCES", "EACCES", "EACCES", "EACCES", "EACCES", "0", "EACCES"];
  assert.deepEqual(seen({ capabilities: { add: [], drop } }), kept);
  const free = ["ok", "letter,program", "4", "ok", "ok", "0", "true"];
  assert.deepEqual(seen({}), free);
  // The owner needs no capability, and one that was dropped alone makes the difference.
  assert.deepEqual(seen({ capabilities: { add: [], drop }, user: { uid: 1000, groups: [] } }), free);
  assert.deepEqual(seen({ capabilities: { add: [], drop: ["DAC_OVERRIDE"] } }), kept);
});

test("a container's first program and an exec are looked for with the rights that they will have", () => {
  const w = world({ programs: { main: sleeper } });
  w.runtime.nodeFiles.mkdir("/volume", { mode: 0o700, uid: 1000 });
  w.runtime.nodeFiles.writeFile("/volume/program", "#!/bin/main\n", { mode: 0o755 });
  const mounts = [{ containerPath: "/data", hostPath: "/volume", readOnly: false }];
  const capabilities = { add: [], drop: ["ALL"] };
  assert.equal(w.start(["/data/program"], { mounts }).error, undefined);
  assert.match(
    w.start(["/data/program"], { mounts, capabilities }).error ?? "",
    /exec: "\/data\/program": permission denied/,
  );
  assert.equal(w.start(["main"], { mounts, capabilities, workingDir: "/data" }).error, undefined);
  const started = w.start(["main"], { mounts, capabilities });
  assert.match(w.exec(started, ["/data/program"]).error?.message ?? "", /exec: "\/data\/program": permission denied/);
});

test("a user's groups open group files; a setgid directory hands its group down", () => {
  const found = inContainer(
    function* (sys) {
      yield* writeFile(sys, "/data/mine", "x");
      return [[...sys.groups], sys.stat("/data/mine").gid, yield* readAll(sys, "/data/groups")];
    },
    {
      user: { uid: 1000, groups: [3000] },
      mounts: [{ containerPath: "/data", hostPath: "/volume", readOnly: false }],
    },
    (w) => {
      w.runtime.nodeFiles.mkdir("/volume", { mode: 0o2775, gid: 3000 });
      w.runtime.nodeFiles.writeFile("/volume/groups", "for the group", { mode: 0o640, gid: 3000 });
    },
  );
  assert.deepEqual(found, [[1000, 2000, 3000], 3000, "for the group"]);
});

test("read-only roots and mounts: EROFS, except for /dev and other mounts", () => {
  const found = inContainer(
    function* (sys) {
      const out = [
        attempt(() => sys.mkdir("/x")),
        attempt(() => sys.open("/etc/plain", { write: true })),
        attempt(() => sys.open("/ro/f", { write: true, create: true })),
        attempt(() => sys.chmod("/etc/plain", 0o600)),
      ];
      yield* writeFile(sys, "/rw/f", "x");
      const fd = sys.open("/dev/null", { write: true });
      yield* sys.write(fd, "gone");
      return [...out, sys.statfs("/rw").type, sys.statfs("/").type];
    },
    {
      readOnlyRootFilesystem: true,
      mounts: [
        { containerPath: "/ro", hostPath: "/v1", readOnly: true },
        { containerPath: "/rw", hostPath: "/v2", readOnly: false },
      ],
    },
    (w) => {
      w.runtime.nodeFiles.mkdir("/v1");
      w.runtime.nodeFiles.mkdir("/v2");
    },
  );
  assert.deepEqual(found, ["EROFS", "EROFS", "EROFS", "EROFS", "ext4", "overlay"]);
});

test("a tmpfs has its size, counts as memory, and is seen in /proc/mounts", () => {
  const found = inContainer(
    function* (sys) {
      const fd = sys.open("/cache/f", { write: true, create: true });
      let error = "none";
      try {
        yield* sys.write(fd, "x".repeat(20_000));
      } catch (thrown) {
        error = (thrown as SysError).errno;
      }
      const mounts = yield* readAll(sys, "/proc/mounts");
      const memory = yield* readAll(sys, "/sys/fs/cgroup/memory/memory.stat");
      return [
        error,
        sys.fstat(fd).size,
        mounts.split("\n").find((line) => line.includes("/cache")),
        /cache (\d+)/.exec(memory)?.[1],
      ];
    },
    { mounts: [{ containerPath: "/cache", hostPath: "/pod/cache", readOnly: false }] },
    (w) => w.runtime.nodeFiles.mountTmpfs("/pod/cache", { sizeBytes: 16384, mode: 0o1777 }),
  );
  assert.deepEqual(found, ["ENOSPC", 16384, "tmpfs /cache tmpfs rw,relatime,size=16k,noswap 0 0", "16384"]);
});

test("a volume is shared by containers and survives them; a single file can be mounted", () => {
  const w = world({
    programs: {
      main: function* (sys) {
        yield* writeFile(sys, "/data/f", "x", true);
        yield* sys.write(1, (yield* readAll(sys, "/data/f")) + (yield* readAll(sys, "/etc/one")));
        return 0;
      },
    },
  });
  w.runtime.nodeFiles.mkdir("/vol", { mode: 0o777 });
  w.runtime.nodeFiles.writeFile("/one", "!");
  const mounts = [
    { containerPath: "/data", hostPath: "/vol", readOnly: false },
    { containerPath: "/etc/one", hostPath: "/one", readOnly: true },
  ];
  const first = w.start(["main"], { mounts });
  w.pass(1000);
  const second = w.join(first, ["main"], { mounts });
  w.pass(1000);
  assert.deepEqual([w.log(first), w.log(second)], ["x!", "xx!"]);
  assert.equal(w.runtime.nodeFiles.readFile("/vol/f"), "xx");
});

test("/proc tells of the process that looks", () => {
  const found = inContainer(
    function* (sys) {
      const fd = sys.open("/proc/self/fd/1", { write: true });
      yield* sys.write(fd, "");
      const meminfo = yield* readAll(sys, "/proc/meminfo");
      return [
        sys.readlink("/proc/self"),
        yield* readAll(sys, "/proc/1/cmdline"),
        (yield* readAll(sys, "/proc/self/environ")).includes("COLOR=red\0"),
        /^MemTotal: +\d+ kB$/m.test(meminfo),
        (yield* readAll(sys, "/proc/self/status")).includes("Name:\tmain\n"),
        yield* readAll(sys, "/proc/sys/kernel/hostname"),
        yield* readAll(sys, "/proc/1/root/etc/plain"),
        attempt(() => sys.open("/proc/99/comm", { read: true })),
        attempt(() => sys.mkdir("/proc/x")),
        yield* readAll(sys, "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
      ];
    },
    { env: [{ name: "COLOR", value: "red" }], memoryLimit: 64 << 20 },
  );
  assert.deepEqual(found, ["1", "main\0", true, true, true, "pod1\n", "plain\n", "ENOENT", "ENOENT", `${64 << 20}\n`]);
});

test("/dev/stdout leads to the log; the devices behave", () => {
  const w = world({
    programs: {
      main: function* (sys) {
        sys.symlink("/dev/stdout", "/tmp/log");
        yield* writeFile(sys, "/tmp/log", "through a link\n", true);
        const zero = sys.open("/dev/zero", { read: true });
        const full = sys.open("/dev/full", { write: true });
        let error = "";
        try {
          yield* sys.write(full, "x");
        } catch (thrown) {
          error = (thrown as SysError).errno;
        }
        const random = sys.open("/dev/urandom", { read: true });
        const bytes = yield* sys.read(random, 16);
        yield* sys.write(1, `${(yield* sys.read(zero, 3)).length} ${error} ${bytes.length}\n`);
        return 0;
      },
    },
  });
  const started = w.start(["main"]);
  w.pass(1000);
  assert.equal(w.log(started), "through a link\n3 ENOSPC 16\n");
});

test("a FIFO's open waits for the other end", () => {
  const found = inContainer(function* (sys) {
    sys.mkfifo("/tmp/p");
    const start = sys.uptime();
    sys.fork(function* (child) {
      yield* child.sleep(200);
      const fd = yield* child.openBlocking("/tmp/p", { write: true });
      yield* child.write(fd, "hello");
      return 0;
    });
    const fd = yield* sys.openBlocking("/tmp/p", { read: true });
    return [yield* sys.read(fd), yield* sys.read(fd), Math.round((sys.uptime() - start) / 10)];
  });
  assert.deepEqual(found, ["hello", "", 20]);
});

test("the node's files: watching a directory, removing a tree", () => {
  const w = world();
  const files = w.runtime.nodeFiles;
  const heard: string[] = [];
  files.mkdir("/etc/kubernetes/manifests");
  const end = files.watch("/etc/kubernetes/manifests", (name) => heard.push(name));
  files.writeFile("/etc/kubernetes/manifests/web.yaml", "a");
  heard.length = 0;
  files.writeFile("/etc/kubernetes/manifests/web.yaml", "b");
  assert.ok(heard.includes("web.yaml"));
  heard.length = 0;
  files.remove("/etc/kubernetes/manifests/web.yaml");
  assert.deepEqual(heard, ["web.yaml"]);
  end();
  files.writeFile("/etc/kubernetes/manifests/x", "");
  assert.deepEqual(heard, ["web.yaml"]);
  files.mountTmpfs("/vols/a/tmp", { mode: 0o777 });
  files.writeFile("/vols/a/tmp/f", "1");
  files.remove("/vols/a");
  assert.equal(files.typeOf("/vols/a/tmp"), undefined);
  assert.equal(files.typeOf("/vols"), "directory");
});

test("names of images, as Go reads them", () => {
  const parsed = (text: string) => {
    const one = parseImageReference(text);
    return "error" in one ? one.error : `${one.repository} ${one.tag ?? one.digest}`;
  };
  assert.equal(parsed("busybox"), "docker.io/library/busybox latest");
  assert.equal(parsed("polinux/stress"), "docker.io/polinux/stress latest");
  assert.equal(parsed("localhost:5000/a/b:1"), "localhost:5000/a/b 1");
  assert.equal(parsed("registry.k8s.io/pause:3.10"), "registry.k8s.io/pause 3.10");
  assert.equal(parsed(`nginx@sha256:${"a".repeat(64)}`), `docker.io/library/nginx sha256:${"a".repeat(64)}`);
  assert.equal(parsed("Nginx:latest"), "invalid reference format: repository name (library/Nginx) must be lowercase");
  for (const bad of ["", "a b", "nginx:", ":latest", "nginx::1", "a/-b", "nginx@sha256:short"])
    assert.equal(parsed(bad), "invalid reference format", bad);
});
