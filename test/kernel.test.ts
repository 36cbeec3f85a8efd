import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Program, SysError } from "../src/runtime/sys.ts";
import { sleeper, world } from "./runtimeWorld.ts";

function errnoOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof SysError) return error.errno;
    throw error;
  }
  return "none";
}

/** Starts `main` as PID 1 and lets `ms` pass. */
function runMain(main: Program, ms = 10_000, programs: Record<string, Program> = {}) {
  const w = world({ programs: { main, sleeper, ...programs } });
  const started = w.start(["main"]);
  w.pass(ms);
  return { w, started, container: w.container(started), log: w.log(started) };
}

test("an exit code is the container's; a process killed by a signal counts 128 more", () => {
  const ended = (main: Program) => runMain(main).container;
  assert.equal(
    ended(function* () {
      return 7;
    }).exitCode,
    7,
  );
  const aborted = ended(function* (sys) {
    const pid = sys.fork(function* (child) {
      yield* child.sleep(Number.POSITIVE_INFINITY);
      return 0;
    });
    sys.kill(pid, "SIGTERM");
    const child = yield* sys.wait(pid);
    assert.deepEqual(child, { pid, status: { signaled: "SIGTERM" } });
    return yield* sys.exit(258);
  });
  assert.equal(aborted.exitCode, 2);
  assert.equal(aborted.reason, "Error");
});

test("PID 1 does not hear signals that it did not ask for, not even its own SIGKILL", () => {
  const { container } = runMain(function* (sys) {
    sys.kill(1, "SIGTERM");
    sys.kill(1, "SIGKILL");
    yield* sys.sleep(1000);
    return 3;
  });
  assert.equal(container.exitCode, 3);
});

test("a handler runs at once and the blocked call throws EINTR", () => {
  const { log } = runMain(function* (sys) {
    const heard: string[] = [];
    sys.signal("SIGTERM", (name) => heard.push(name));
    sys.fork(function* (child) {
      yield* child.sleep(50);
      child.kill(1, "SIGTERM");
      return 0;
    });
    const before = sys.now();
    try {
      yield* sys.sleep(5000);
      heard.push("slept");
    } catch (error) {
      heard.push((error as SysError).errno);
    }
    yield* sys.write(1, `${heard} after ${Math.round(sys.now() - before)}`);
    return 0;
  });
  assert.equal(log, "SIGTERM,EINTR after 50");
});

test("a stopped process goes on where it was", () => {
  const { log } = runMain(function* (sys) {
    const pid = sys.fork(function* (child) {
      yield* child.sleep(100);
      yield* child.write(1, `child ${Math.round(child.uptime())} `);
      return 0;
    });
    sys.kill(pid, "SIGSTOP");
    const start = sys.uptime();
    yield* sys.sleep(1000);
    assert.equal(sys.processes().find((one) => one.pid === pid)?.state, "T");
    sys.kill(pid, "SIGCONT");
    yield* sys.wait(pid);
    assert.ok(sys.uptime() - start >= 1000);
    return 0;
  });
  assert.match(log, /^child \d+ $/);
});

test("orphans become PID 1's; what it does not wait for stays a zombie", () => {
  const { log } = runMain(function* (sys) {
    sys.fork(function* (child) {
      child.fork(function* (orphan) {
        yield* orphan.sleep(100);
        return 0;
      });
      return 0;
    });
    yield* sys.sleep(10);
    yield* sys.wait(-1);
    yield* sys.sleep(1000);
    const left = sys.processes().map(({ pid, ppid, state }) => `${pid} ${ppid} ${state}`);
    yield* sys.write(1, left.join("; "));
    return 0;
  });
  assert.equal(log, "1 0 R; 3 1 Z");
});

test("the end of PID 1 takes all others with it", () => {
  const w = world({
    programs: {
      main: function* (sys) {
        sys.fork(function* (child) {
          yield* child.sleep(5000);
          yield* child.write(1, "too late");
          return 0;
        });
        yield* sys.sleep(100);
        return 0;
      },
    },
  });
  const started = w.start(["main"]);
  w.pass(10_000);
  assert.equal(w.log(started), "");
  assert.equal(w.container(started).state, "exited");
});

test("wait: ECHILD without children, undefined with noHang, a group", () => {
  const { log } = runMain(function* (sys) {
    let first = "";
    try {
      yield* sys.wait(-1);
    } catch (error) {
      first = (error as SysError).errno;
    }
    const pid = sys.fork(function* (child) {
      child.setpgid(0, 0);
      yield* child.sleep(100);
      return 9;
    });
    const early = yield* sys.wait(-1, true);
    yield* sys.sleep(10);
    const byGroup = yield* sys.wait(-pid);
    yield* sys.write(1, `${first} ${early} ${JSON.stringify(byGroup?.status)}`);
    return 0;
  });
  assert.equal(log, 'ECHILD undefined {"exited":9}');
});

test("a pipe blocks its writer at 64 KiB, ends with its last writer, and kills who writes to nobody", () => {
  const { log } = runMain(function* (sys) {
    const [read, write] = sys.pipe();
    const writer = sys.fork(function* (child) {
      child.close(read);
      yield* child.write(write, "x".repeat(100_000));
      yield* child.write(1, `written at ${Math.round(child.uptime() - start)} `);
      return 0;
    });
    const start = sys.uptime();
    sys.close(write);
    yield* sys.sleep(500);
    let total = 0;
    for (let data = yield* sys.read(read); data !== ""; data = yield* sys.read(read)) total += data.length;
    yield* sys.wait(writer);
    const [r2, w2] = sys.pipe();
    sys.close(r2);
    const lonely = sys.fork(function* (child) {
      yield* child.write(w2, "x");
      return 0;
    });
    const ended = yield* sys.wait(lonely);
    yield* sys.write(1, `${total} ${JSON.stringify(ended?.status)}`);
    return 0;
  });
  assert.equal(log, 'written at 500 100000 {"signaled":"SIGPIPE"}');
});

test("what goes through a pipe comes out unchanged, however it is cut", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 8 }),
      // Not less: a program that reads byte by byte is slowed down as a busy loop, and is not done in time.
      fc.integer({ min: 200, max: 70_000 }),
      (sizes, max) => {
        const sent = sizes.map((size, i) => String.fromCharCode(97 + i).repeat(size)).join("");
        let received = "";
        runMain(function* (sys) {
          const [read, write] = sys.pipe();
          sys.fork(function* (child) {
            child.close(read);
            for (const [i, size] of sizes.entries())
              yield* child.write(write, String.fromCharCode(97 + i).repeat(size));
            return 0;
          });
          sys.close(write);
          for (let data = yield* sys.read(read, max); data !== ""; data = yield* sys.read(read, max)) received += data;
          return 0;
        });
        assert.equal(received, sent);
      },
    ),
    { numRuns: 25 },
  );
});

test("exec keeps the process and its descriptors but not its handlers", () => {
  const { log } = runMain(
    function* (sys) {
      sys.signal("SIGTERM", () => {});
      const fd = sys.open("/tmp/f", { write: true, create: true });
      sys.setCloseOnExec(fd, true);
      const kept = sys.open("/tmp/g", { write: true, create: true });
      const pid = sys.fork(function* (child) {
        return yield* child.exec("/bin/other", ["renamed", String(fd), String(kept)], new Map([["A", "1"]]));
      });
      yield* sys.sleep(10);
      sys.kill(pid, "SIGTERM");
      const ended = yield* sys.wait(pid);
      yield* sys.write(1, JSON.stringify(ended?.status));
      return 0;
    },
    10_000,
    {
      other: function* (sys) {
        const [, gone, kept] = sys.argv;
        yield* sys.write(
          1,
          `${sys.argv[0]} ${sys.env.get("A")} ${sys.isOpen(Number(gone))} ${sys.isOpen(Number(kept))} `,
        );
        yield* sys.sleep(5000);
        return 0;
      },
    },
  );
  assert.equal(log, 'renamed 1 false true {"signaled":"SIGTERM"}');
});

test("spawn says why a program cannot be run; a script runs its interpreter", () => {
  const { log } = runMain(function* (sys) {
    if (sys.argv.length > 1) {
      yield* sys.write(1, `interpreted ${sys.argv.join(" ")}; `);
      return 0;
    }
    const tried = ["/nope", "/etc/plain", "/tmp", "/bin/garbage"].map((path) =>
      errnoOf(() => sys.spawn({ path, argv: [path], env: new Map() })),
    );
    yield* sys.wait(sys.spawn({ path: "/bin/script", argv: ["/bin/script", "x"], env: new Map() }));
    yield* sys.write(1, tried.join(" "));
    return 0;
  });
  assert.equal(log, "interpreted /bin/main arg /bin/script x; ENOENT EACCES EACCES ENOEXEC");
});

test("a container may have only so many processes", () => {
  const { log } = runMain(function* (sys) {
    let count = 0;
    const again = errnoOf(() => {
      for (;;) {
        sys.fork(function* (child) {
          yield* child.sleep(Number.POSITIVE_INFINITY);
          return 0;
        });
        count++;
      }
    });
    yield* sys.write(1, `${again} ${count}`);
    return 0;
  });
  assert.equal(log, "EAGAIN 1023");
});

test("a program that never rests does not hang the run: its steps become dear", () => {
  const w = world({
    programs: {
      main: function* (sys) {
        for (;;) yield* sys.cpu(0.01);
      },
    },
  });
  w.start(["main"]);
  const before = w.clock.steps;
  w.pass(3_600_000);
  assert.ok(w.clock.steps - before < 60_000, String(w.clock.steps - before));
});

test("the same holds for one that only forks and waits", () => {
  let rounds = 0;
  const w = world({
    programs: {
      main: function* (sys) {
        for (;;) {
          const pid = sys.fork(function* () {
            rounds++;
            return 0;
          });
          yield* sys.wait(pid);
        }
      },
    },
  });
  w.start(["main"]);
  w.pass(3_600_000);
  assert.ok(rounds > 1000 && rounds < 100_000, String(rounds));
});

test("a program with pauses keeps its natural pace", () => {
  const w = world({
    programs: {
      main: function* (sys) {
        for (let i = 0; i < 3600; i++) {
          for (let k = 0; k < 50; k++) yield* sys.cpu(0.01);
          yield* sys.sleep(1000);
        }
        yield* sys.write(1, `${Math.round(sys.now() / 1000)}`);
        return 0;
      },
    },
  });
  const started = w.start(["main"]);
  const begun = (1767268800000 + w.clock.now) / 1000;
  w.pass(4_000_000);
  const took = Number(w.log(started)) - begun;
  assert.ok(took > 3599 && took < 3606, String(took));
});

test("a CPU limit stretches work by the quota of each 100 ms", () => {
  const took = (cpuLimit: number | undefined) => {
    const w = world({
      programs: {
        main: function* (sys) {
          const start = sys.uptime();
          yield* sys.cpu(1000);
          yield* sys.write(1, String(Math.round(sys.uptime() - start)));
          return 0;
        },
      },
    });
    const started = w.start(["main"], cpuLimit === undefined ? {} : { cpuLimit });
    w.pass(60_000);
    return Number(w.log(started));
  };
  assert.ok(Math.abs(took(undefined) - 1000) < 5);
  assert.ok(Math.abs(took(500) - 1950) < 100, String(took(500)));
  assert.ok(Math.abs(took(100) - 9910) < 110, String(took(100)));
});

const hog: Program = function* (sys) {
  yield* sys.memory(200 << 20);
  return 0;
};

test("over the memory limit the biggest process dies; the container is OOMKilled", () => {
  const w = world({ programs: { main: hog } });
  const started = w.start(["main"], { memoryLimit: 100 << 20 });
  w.pass(1000);
  const { exitCode, reason } = w.container(started);
  assert.deepEqual({ exitCode, reason }, { exitCode: 137, reason: "OOMKilled" });
});

test("when only a child was killed for memory PID 1 goes on, and decides the exit code", () => {
  const w = world({
    programs: {
      main: function* (sys) {
        const pid = sys.fork(hog);
        const ended = yield* sys.wait(pid);
        yield* sys.write(1, JSON.stringify(ended?.status));
        return 1;
      },
    },
  });
  const started = w.start(["main"], { memoryLimit: 100 << 20 });
  w.pass(1000);
  assert.equal(w.log(started), '{"signaled":"SIGKILL"}');
  const { exitCode, reason } = w.container(started);
  assert.deepEqual({ exitCode, reason }, { exitCode: 1, reason: "OOMKilled" });
});

test("endless recursion in a program is its own segmentation fault", () => {
  const deep: Program = function* (sys) {
    return yield* deep(sys);
  };
  const { container } = runMain(deep);
  assert.equal(container.exitCode, 139);
});

test("only root may signal others' processes", () => {
  const { log } = runMain(function* (sys) {
    const pid = sys.fork(function* (child) {
      yield* child.sleep(1000);
      return 0;
    });
    const other = sys.fork(function* (child) {
      child.uid = 1000;
      yield* child.write(
        1,
        errnoOf(() => child.kill(pid, "SIGTERM")),
      );
      return 0;
    });
    yield* sys.wait(other);
    return 0;
  });
  assert.equal(log, "EPERM");
});
