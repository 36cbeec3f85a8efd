import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runContainer, loadCatalogue, createContainerRuntime, createNetwork } from "../src/runtime/index.ts";
import type { Program } from "../src/runtime/sys.ts";
import { Clock } from "../src/time/clock.ts";
import { Random } from "../src/time/random.ts";
import { printing, sleeper, world } from "./runtimeWorld.ts";

const catalogue = loadCatalogue(JSON.parse(readFileSync(new URL("../assets/images.json", import.meta.url), "utf8")));
const RUNC =
  "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ";

test("a container's life as the kubelet sees it", () => {
  const w = world({
    programs: {
      main: function* (sys) {
        yield* sys.write(1, "out\n");
        yield* sys.write(2, "err\n");
        yield* sys.sleep(1000);
        yield* sys.write(1, "no newline");
        return 3;
      },
    },
  });
  const changes: string[] = [];
  const started = w.start(["main"]);
  w.runtime.onChange = () => changes.push(w.container(started).state);
  assert.equal(w.container(started).state, "running");
  w.pass(5000);
  const { state, exitCode, reason, startedMs, finishedMs } = w.container(started);
  assert.deepEqual({ state, exitCode, reason }, { state: "exited", exitCode: 3, reason: "Error" });
  assert.ok(finishedMs - startedMs >= 1000 && finishedMs - startedMs < 1010);
  assert.deepEqual(changes, ["exited"]);
  assert.deepEqual(
    w.runtime.log(started.id).map(({ stream, text }) => [stream, text]),
    [
      ["stdout", "out\n"],
      ["stderr", "err\n"],
      ["stdout", "no newline"],
    ],
  );
});

test("long lines are cut at 16 KiB, unfinished ones wait for their end", () => {
  const w = world({
    programs: {
      main: function* (sys) {
        yield* sys.write(1, `${"x".repeat(20_000)}`);
        yield* sys.write(1, "y\n");
        yield* sys.write(1, "unfinished");
        yield* sys.sleep(Number.POSITIVE_INFINITY);
        return 0;
      },
    },
  });
  const started = w.start(["main"]);
  w.pass(1000);
  assert.deepEqual(
    w.runtime.log(started.id).map(({ text }) => text.length),
    [16384, 20_000 - 16384 + 2],
  );
  w.runtime.killContainer(started.id);
  w.pass(100);
  assert.ok(w.log(started).endsWith("unfinished"));
});

test("what runc says when the first process cannot be made", () => {
  const w = world({ programs: { main: sleeper } });
  const error = (command: string[], config = {}) => w.start(command, config).error;
  assert.equal(error(["slep"]), `${RUNC}exec: "slep": executable file not found in $PATH`);
  assert.equal(error(["/nope"]), `${RUNC}exec: "/nope": stat /nope: no such file or directory`);
  assert.equal(error(["/etc/plain"]), `${RUNC}exec: "/etc/plain": permission denied`);
  assert.equal(error(["/tmp"]), `${RUNC}exec: "/tmp": is a directory`);
  const failed = w.start(["slep"]);
  const { state, exitCode, reason, startedMs, message } = w.container(failed);
  assert.deepEqual(
    { state, exitCode, reason, startedMs },
    { state: "exited", exitCode: 128, reason: "StartError", startedMs: 0 },
  );
  assert.equal(message, failed.error);
});

test("a file that the kernel cannot run starts and ends at once, with the reason in its log", () => {
  const w = world();
  const started = w.start(["garbage"]);
  w.pass(1000);
  assert.equal(w.container(started).exitCode, 255);
  assert.equal(w.log(started), "exec /bin/garbage: exec format error\n");
});

test("environment, working directory, user and groups", () => {
  const w = world({
    image: { env: ["PATH=/bin", "FROM=image", "BOTH=image"], workingDir: "/srv" },
    programs: {
      main: printing(function* (sys) {
        return JSON.stringify([[...sys.env], sys.cwd, sys.uid, sys.gid, sys.groups, sys.hostname(), sys.argv]);
      }),
    },
  });
  const shown = (config: object) => {
    const started = w.start([], config);
    w.pass(1000);
    return JSON.parse(w.log(started));
  };
  const [env, cwd, uid, gid, groups, hostname, argv] = shown({ env: [{ name: "BOTH", value: "pod" }], args: [] });
  assert.deepEqual(env, [
    ["PATH", "/bin"],
    ["FROM", "image"],
    ["BOTH", "pod"],
    ["HOSTNAME", "pod1"],
    ["HOME", "/root"],
  ]);
  assert.deepEqual([cwd, uid, gid, groups, hostname, argv], ["/srv", 0, 0, [0], "pod1", ["main"]]);
  const other = shown({ user: { uid: 1000, groups: [5] }, workingDir: "/made/here", command: ["main"], args: ["a"] });
  assert.deepEqual(other.slice(1, 5), ["/made/here", 1000, 1000, [1000, 2000, 5]]);
  assert.deepEqual(Object.fromEntries(other[0]).HOME, "/home/user");
  assert.deepEqual(other[6], ["main", "a"]);
  assert.deepEqual(shown({ user: { uid: 4444, groups: [] } }).slice(2, 5), [4444, 0, [0]]);
});

const polite: Program = function* (sys) {
  sys.signal("SIGTERM", () => {});
  try {
    yield* sys.sleep(Number.POSITIVE_INFINITY);
  } catch {
    yield* sys.sleep(500);
  }
  return 0;
};

test("stopping: the signal, the grace, SIGKILL", () => {
  const w = world({ programs: { polite, sleeper } });
  const stop = (command: string, sandbox = {}) => {
    const started = w.start([command], {}, sandbox);
    w.pass(100);
    const before = w.clock.now;
    w.run(w.runtime.stopContainer(started.id, 5000));
    return [w.container(started).exitCode, Math.round((w.clock.now - before) / 100) / 10];
  };
  assert.deepEqual(stop("polite"), [0, 0.5]);
  assert.deepEqual(stop("sleeper"), [137, 5]);
  // With a shared PID namespace the container's process is not PID 1: SIGTERM ends it.
  assert.deepEqual(stop("sleeper", { shareProcessNamespace: true }), [143, 0]);
});

test("an image's stop signal", () => {
  const w = world({
    image: { stopSignal: "SIGQUIT" },
    programs: {
      main: function* (sys) {
        const heard: string[] = [];
        sys.signal("SIGQUIT", (name) => heard.push(name));
        try {
          yield* sys.sleep(Number.POSITIVE_INFINITY);
        } catch {
          yield* sys.write(1, heard.join());
        }
        return 0;
      },
    },
  });
  const started = w.start(["main"]);
  w.pass(100);
  w.run(w.runtime.stopContainer(started.id, 5000));
  assert.equal(w.log(started), "SIGQUIT");
});

test("a shared PID namespace: pause is PID 1, containers see each other and each other's files", () => {
  const w = world({
    programs: {
      sleeper,
      main: printing(function* (sys) {
        yield* sys.sleep(100);
        const list = sys.processes().map(({ pid, comm }) => `${pid} ${comm}`);
        const other = sys.processes().find((one) => one.comm === "sleeper")!;
        return `${list.join(", ")} ${sys.readdir(`/proc/${other.pid}/root/etc`).includes("plain")}`;
      }),
    },
  });
  const first = w.start(["sleeper"], {}, { shareProcessNamespace: true });
  const second = w.join(first, ["main"]);
  w.pass(1000);
  assert.equal(w.log(second), "1 pause, 2 sleeper, 3 main true");
  assert.equal(w.container(first).state, "running");
  w.runtime.killSandbox(first.sandboxId);
  w.pass(100);
  assert.equal(w.container(first).exitCode, 137);
});

test("without one each container is PID 1, and outlives its sandbox' process", () => {
  const w = world({ programs: { sleeper } });
  const started = w.start(["sleeper"]);
  w.runtime.killSandbox(started.sandboxId);
  w.pass(100);
  const [sandbox] = w.runtime.sandboxes(w.container(started).podUid);
  assert.equal(sandbox?.ready, false);
  assert.equal(w.container(started).state, "running");
  w.run(w.runtime.stopPodSandbox(started.sandboxId));
  w.pass(100);
  assert.equal(w.container(started).state, "exited");
});

test("exec: output in order, exit code, time-out, and what cannot be run", () => {
  const w = world({
    programs: {
      sleeper,
      main: function* (sys) {
        yield* sys.write(1, "a");
        yield* sys.write(2, "b");
        yield* sys.write(1, `c${sys.pid}`);
        return 4;
      },
      cat: printing((sys) => sys.read(0)),
    },
  });
  const started = w.start(["sleeper"]);
  const good = w.exec(started, ["main"]);
  assert.deepEqual(good, { exitCode: 4, stdout: "ac2", stderr: "b", combined: "abc2", timedOut: false });
  const before = w.clock.now;
  const late = w.exec(started, ["sleeper"], 1000);
  assert.equal(late.timedOut, true);
  assert.ok(w.clock.now - before < 1100);
  assert.match(
    w.exec(started, ["nope"]).error?.message ?? "",
    /^failed to exec in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in \$PATH$/,
  );
  const fed = w.run(w.runtime.exec(started.id, ["cat"], 1000, "fed"));
  assert.equal(fed.stdout, "fed");
  w.runtime.killContainer(started.id);
  w.pass(100);
  assert.deepEqual(w.exec(started, ["main"]).error, {
    ok: false,
    code: "Unknown",
    message: "failed to exec in container: container is in CONTAINER_EXITED state",
  });
});

test("exec waits for whoever still holds its output", () => {
  const w = world({
    programs: {
      sleeper,
      main: function* (sys) {
        sys.fork(function* (child) {
          yield* child.sleep(700);
          yield* child.write(1, "late");
          return 0;
        });
        return 0;
      },
    },
  });
  const started = w.start(["sleeper"]);
  assert.equal(w.exec(started, ["main"]).stdout, "late");
});

test("images: present, pulled, unknown, one image by several names", () => {
  const clock = new Clock();
  const runtime = createContainerRuntime({
    clock,
    random: new Random(1),
    network: createNetwork(),
    catalogue: catalogue.with({ "nginx:1.27": { pullSeconds: 20 }, "redis:latest": { missing: true } }),
    nodeName: "minikube",
    nodeIp: "192.168.49.2",
    startedAtEpochMs: 0,
  });
  assert.equal(runtime.imageStatus("busybox:1.36"), undefined);
  runtime.preloadImage("busybox:1.36");
  runtime.preloadImage("no/such:image");
  const status = runtime.imageStatus("docker.io/library/busybox:1.36");
  assert.equal(status?.name, "docker.io/library/busybox:1.28");
  assert.ok(runtime.imageStatus(status!.digest));
  assert.equal(runtime.imageStatus("busybox:1.28"), undefined);
  const pull = (image: string) => {
    const task = runtime.pullImage(image);
    const before = clock.now;
    let next = task.next();
    while (!next.done) {
      let woken = false;
      next.value.start(clock, () => {
        woken = true;
      });
      while (!woken) clock.runUntil(clock.nextDue()!);
      next = task.next();
    }
    return { result: next.value, ms: clock.now - before };
  };
  assert.ok(pull("nginx:1.27").ms > 15_000);
  const missing = pull("nginx:does-not-exist").result;
  assert.ok(!missing.ok);
  assert.equal(missing.code, "NotFound");
  assert.equal(
    missing.message,
    'failed to pull and unpack image "docker.io/library/nginx:does-not-exist": failed to resolve image: docker.io/library/nginx:does-not-exist: not found',
  );
  assert.equal(pull("redis").result.ok, false);
  assert.equal(
    runtime.imageNameError("UPPER"),
    "invalid reference format: repository name (library/UPPER) must be lowercase",
  );
});

test("idle containers cost no events", () => {
  const w = world({ programs: { sleeper } });
  for (let i = 0; i < 20; i++) w.start(["sleeper"]);
  w.pass(1000);
  const before = w.clock.steps;
  w.pass(3_600_000);
  assert.equal(w.clock.steps, before);
});

test("removing a container gives its room back", () => {
  const w = world({
    programs: {
      main: function* (sys) {
        const fd = sys.open("/tmp/big", { write: true, create: true });
        yield* sys.write(fd, "ab".repeat(500_000));
        return 0;
      },
    },
  });
  // Far more than all containers together may hold, one after the other.
  for (let i = 0; i < 600; i++) {
    const started = w.start(["main"]);
    w.pass(1000);
    assert.equal(w.container(started).exitCode, 0);
    w.runtime.removePodSandbox(started.sandboxId);
  }
});

test("one container by itself", () => {
  const run = (image: string, ...command: string[]) => runContainer({ catalogue, image, command });
  const echo = run("busybox", "sh", "-c", "echo hello; cat /etc/hostname; exit 3");
  assert.ok(echo.ok);
  assert.deepEqual(
    [echo.exitCode, echo.stdout, echo.stderr],
    [3, "hello\n", "cat: can't open '/etc/hostname': No such file or directory\n"],
  );
  const missing = run("busybox", "nope");
  assert.ok(!missing.ok && missing.exitCode === 127 && missing.message.includes("executable file not found"));
  const endless = runContainer({ catalogue, image: "busybox", command: ["sleep", "100000"], maxMs: 60_000 });
  assert.ok(endless.ok && endless.timedOut);
  const fed = runContainer({ catalogue, image: "busybox", command: ["cat"], stdin: "from outside\n" });
  assert.ok(fed.ok && fed.stdout === "from outside\n");
});

test("stress is killed for memory, and says so in its own words", () => {
  const clock = new Clock();
  const ran = runContainer({
    catalogue,
    image: "polinux/stress",
    command: ["stress", "--vm", "1", "--vm-bytes", "50M", "--timeout", "2s"],
  });
  assert.ok(ran.ok);
  assert.equal(ran.exitCode, 0);
  assert.equal(
    ran.stdout,
    "stress: info: [1] dispatching hogs: 0 cpu, 0 io, 1 vm, 0 hdd\nstress: info: [1] successful run completed in 2s\n",
  );
  assert.equal(clock.now, 0);
});
