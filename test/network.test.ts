import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpOutcome } from "../src/runtime/cri.ts";
import type { Program, Sys, SysError } from "../src/runtime/sys.ts";
import type { Task } from "../src/time/task.ts";
import { printing, sleeper, world, type World } from "./runtimeWorld.ts";

function* connectError(sys: Sys, ip: string, port: number): Task<string> {
  try {
    sys.close(yield* sys.connect({ ip, port }));
    return "connected";
  } catch (error) {
    return (error as SysError).errno;
  }
}

/** Accepts on `port`, reads what comes first, answers with `reply(received)`; "" closes without a word. */
function server(port: number, reply: (received: string) => string, ip = "0.0.0.0"): Program {
  return function* (sys) {
    const listening = sys.listen({ ip, port });
    for (;;) {
      const { fd } = yield* sys.accept(listening);
      const received = yield* sys.read(fd);
      const text = reply(received);
      if (text !== "") yield* sys.write(fd, text);
      sys.close(fd);
    }
  };
}

const echo = server(80, (text) => `echo ${text}`);

test("two containers of a Pod share ports and loopback; another Pod reaches them by address", () => {
  const w = world({
    programs: {
      echo,
      local: printing(function* (sys) {
        const fd = yield* sys.connect({ ip: "127.0.0.1", port: 80 });
        yield* sys.write(fd, "local");
        let taken = "";
        try {
          sys.listen({ ip: "0.0.0.0", port: 80 });
        } catch (error) {
          taken = (error as SysError).errno;
        }
        return `${yield* sys.read(fd)} ${taken}`;
      }),
      remote: printing(function* (sys) {
        const fd = yield* sys.connect({ ip: sys.argv[1]!, port: 80 });
        yield* sys.write(fd, "remote");
        const { ip } = sys.peerAddress(fd);
        return `${yield* sys.read(fd)} ${ip === sys.argv[1]} ${(yield* sys.read(fd)) === ""}`;
      }),
    },
  });
  const first = w.start(["echo"]);
  const local = w.join(first, ["local"]);
  const remote = w.start(["remote", first.ip]);
  w.pass(1000);
  assert.equal(w.log(local), "echo local EADDRINUSE");
  assert.equal(w.log(remote), "echo remote true true");
});

test("refused, no route, time-out: each takes its own time", () => {
  const w = world({
    programs: {
      sleeper,
      main: printing(function* (sys) {
        const out: string[] = [];
        for (const ip of [sys.argv[1]!, "10.244.0.200", "203.0.113.1"]) {
          const start = sys.uptime();
          out.push(`${yield* connectError(sys, ip, 80)} ${Math.round((sys.uptime() - start) / 1000)}`);
        }
        return out.join(", ");
      }),
    },
  });
  const target = w.start(["sleeper"]);
  const main = w.start(["main", target.ip]);
  w.pass(200_000);
  assert.equal(w.log(main), "ECONNREFUSED 0, EHOSTUNREACH 3, ETIMEDOUT 127");
});

test("a Service's address leads to its backend, is refused without one, and is nothing when unknown", () => {
  const w = world({
    programs: {
      echo,
      main: printing(function* (sys) {
        const fd = yield* sys.connect({ ip: "10.96.0.20", port: 8080 });
        yield* sys.write(fd, "x");
        return `${yield* sys.read(fd)} ${sys.peerAddress(fd).ip} ${yield* connectError(sys, "10.96.0.21", 80)}`;
      }),
    },
  });
  const backend = w.start(["echo"]);
  w.network.translate = (ip) =>
    ip === "10.96.0.20" ? { ip: backend.ip, port: 80 } : ip === "10.96.0.21" ? "reject" : undefined;
  const main = w.start(["main"]);
  w.pass(10_000);
  assert.equal(w.log(main), "echo x 10.96.0.20 ECONNREFUSED");
});

test("DNS goes to who is asked; a server that is not there costs five seconds", () => {
  const w = world({
    programs: {
      main: printing(function* (sys) {
        const good = yield* sys.dnsQuery("10.96.0.10", "web.default.svc.cluster.local", "A");
        const start = sys.uptime();
        const none = yield* sys.dnsQuery("10.96.0.99", "web", "A");
        return `${good?.records[0]?.data} ${none} ${Math.round((sys.uptime() - start) / 1000)}`;
      }),
    },
  });
  w.network.dns = ({ server: asked, name }) =>
    asked === "10.96.0.10" ? { status: "NOERROR", records: [{ name, type: "A", data: "10.96.0.20" }] } : undefined;
  const main = w.start(["main"]);
  w.pass(10_000);
  assert.equal(w.log(main), "10.96.0.20 undefined 5");
});

test("a peer that dies with unread data resets, otherwise ends", () => {
  const w = world({
    programs: {
      rude: function* (sys) {
        const listening = sys.listen({ ip: "0.0.0.0", port: 80 });
        const { fd } = yield* sys.accept(listening);
        yield* sys.sleep(100);
        sys.close(fd);
        return 0;
      },
      main: printing(function* (sys) {
        const fd = yield* sys.connect({ ip: sys.argv[1]!, port: 80 });
        yield* sys.write(fd, "never read");
        try {
          return `end ${(yield* sys.read(fd)).length}`;
        } catch (error) {
          return (error as SysError).errno;
        }
      }),
    },
  });
  const rude = w.start(["rude"]);
  const main = w.start(["main", rude.ip]);
  w.pass(5000);
  assert.equal(w.log(main), "ECONNRESET");
});

test("a large transfer waits for its reader and arrives whole", () => {
  const w = world({
    programs: {
      slow: function* (sys) {
        const listening = sys.listen({ ip: "0.0.0.0", port: 80 });
        const { fd } = yield* sys.accept(listening);
        let total = 0;
        for (let data = yield* sys.read(fd); data !== ""; data = yield* sys.read(fd)) {
          total += data.length;
          yield* sys.sleep(10);
        }
        yield* sys.write(1, String(total));
        return 0;
      },
      main: function* (sys) {
        const fd = yield* sys.connect({ ip: sys.argv[1]!, port: 80 });
        yield* sys.write(fd, "x".repeat(1_000_000));
        sys.shutdown(fd);
        return 0;
      },
    },
  });
  const slow = w.start(["slow"]);
  w.start(["main", slow.ip]);
  w.pass(60_000);
  assert.equal(w.log(slow), "1000000");
});

test("hostPort leads from the node to the Pod", () => {
  const w = world({ programs: { echo } });
  const started = w.start(
    ["echo"],
    {},
    { hostPorts: [{ hostPort: 8080, containerPort: 80, protocol: "TCP", hostIp: "" }] },
  );
  assert.deepEqual(w.run(w.runtime.tcpConnect("192.168.49.2", 8080, 1000)), { ok: true });
  w.runtime.removePodSandbox(started.sandboxId);
  assert.equal(w.run(w.runtime.tcpConnect("192.168.49.2", 8080, 1000)).ok, false);
});

// ── The kubelet's own requests ──

function get(
  w: World,
  host: string,
  port: number,
  more: { path?: string; scheme?: "HTTP" | "HTTPS"; timeoutMs?: number } = {},
): HttpOutcome {
  const { path = "/", scheme = "HTTP", timeoutMs = 1000 } = more;
  return w.run(w.runtime.http({ host, port, path, scheme, headers: [] }, timeoutMs));
}

test("an HTTP probe: what is sent, status, headers, body", () => {
  const w = world({
    programs: {
      main: server(80, (text) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\nX-A: b\r\n\r\n${text}`),
    },
  });
  const { ip } = w.start(["main"]);
  const outcome = get(w, ip, 80, { path: "/healthz?x=1" });
  assert.ok(outcome.ok);
  assert.equal(outcome.headers.get("x-a"), "b");
  assert.equal(
    outcome.body,
    `GET /healthz?x=1 HTTP/1.1\r\nHost: ${ip}:80\r\nUser-Agent: kube-probe/1.36\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
  );
});

test("an HTTP probe's errors are Go's", () => {
  const w = world({
    programs: {
      sleeper,
      silent: server(80, () => ""),
      noise: server(80, () => "hello\n"),
      plain: server(80, () => "HTTP/1.0 400 Bad Request\r\n\r\n"),
      hang: function* (sys) {
        sys.listen({ ip: "0.0.0.0", port: 80 });
        yield* sys.sleep(Number.POSITIVE_INFINITY);
        return 0;
      },
      local: server(80, () => "HTTP/1.0 200 OK\r\n\r\n", "127.0.0.1"),
    },
  });
  const error = (command: string, scheme: "HTTP" | "HTTPS" = "HTTP") => {
    const { ip } = w.start([command]);
    const outcome = get(w, ip, 80, { scheme });
    return outcome.ok ? `status ${outcome.status}` : outcome.error.replaceAll(ip, "IP");
  };
  assert.equal(error("sleeper"), "dial tcp IP:80: connect: connection refused");
  assert.equal(error("local"), "dial tcp IP:80: connect: connection refused");
  assert.equal(error("silent"), "EOF");
  assert.equal(error("noise"), 'net/http: HTTP/1.x transport connection broken: malformed HTTP response "hello"');
  assert.equal(error("plain"), "status 400");
  assert.equal(error("plain", "HTTPS"), "http: server gave HTTP response to HTTPS client");
  assert.equal(error("hang"), "context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
});

test("redirects: the same host is followed ten times, another host is not", () => {
  const redirect = (to: (n: number) => string): Program => {
    let n = 0;
    return server(80, (text) =>
      text.startsWith("GET /end ")
        ? "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend"
        : `HTTP/1.1 302 Found\r\nLocation: ${to(n++)}\r\nContent-Length: 0\r\n\r\n`,
    );
  };
  const w = world({
    programs: {
      once: redirect(() => "/end"),
      away: redirect(() => "http://example.com/"),
      round: redirect((n) => `/again${n}`),
    },
  });
  const once = get(w, w.start(["once"]).ip, 80);
  assert.ok(once.ok && once.status === 200 && once.body === "end");
  const away = get(w, w.start(["away"]).ip, 80);
  assert.ok(away.ok && away.status === 302);
  const round = get(w, w.start(["round"]).ip, 80);
  assert.deepEqual(round, { ok: false, error: 'Get "/again9": stopped after 10 redirects' });
});

test("TCP probes", () => {
  const w = world({ programs: { echo, sleeper } });
  const { ip } = w.start(["echo"]);
  assert.deepEqual(w.run(w.runtime.tcpConnect(ip, 80, 1000)), { ok: true });
  assert.deepEqual(w.run(w.runtime.tcpConnect(ip, 81, 1000)), {
    ok: false,
    error: `dial tcp ${ip}:81: connect: connection refused`,
  });
  assert.deepEqual(w.run(w.runtime.tcpConnect("10.244.0.77", 80, 1000)), {
    ok: false,
    error: "dial tcp 10.244.0.77:80: i/o timeout",
  });
});

test("a full queue of connections lets no more in until somebody accepts", () => {
  const w = world({
    programs: {
      deaf: function* (sys) {
        const listening = sys.listen({ ip: "0.0.0.0", port: 80 });
        yield* sys.sleep(10_000);
        for (let i = 0; i < 20; i++) sys.close((yield* sys.accept(listening)).fd);
        yield* sys.sleep(Number.POSITIVE_INFINITY);
        return 0;
      },
    },
  });
  const { ip } = w.start(["deaf"]);
  let last: unknown;
  for (let i = 0; i < 129; i++) last = w.run(w.runtime.tcpConnect(ip, 80, 500));
  assert.deepEqual(last, { ok: false, error: `dial tcp ${ip}:80: i/o timeout` });
  w.pass(15_000);
  assert.deepEqual(w.run(w.runtime.tcpConnect(ip, 80, 500)), { ok: true });
});
