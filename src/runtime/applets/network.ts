/** Applets that talk to the network: nc, nslookup, ping. */
import { type Task, withTimeout } from "../../time/task.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { execProgram } from "./executables.ts";
import { applet, because, duration, Fault, parseOptions, usageFault, wholeNumber } from "./options.ts";
import { isIPv4, readResolvConf, resolve } from "./resolver.ts";
import { copyStream } from "./streams.ts";

const QUERY_TYPES = ["A", "AAAA", "PTR", "SRV"] as const;
type QueryType = (typeof QUERY_TYPES)[number];

/** Copies in both directions until the peer has ended. */
function* exchange(sys: Sys, fd: number): Task {
  const receiver = sys.fork(function* (child) {
    try {
      yield* copyStream(child, fd, 1);
    } catch (error) {
      because(error);
    }
    return 0;
  });
  const sender = sys.fork(function* (child) {
    try {
      yield* copyStream(child, 0, fd);
      child.shutdown(fd);
    } catch (error) {
      because(error);
    }
    return 0;
  });
  yield* sys.wait(receiver);
  try {
    sys.kill(sender, "SIGKILL");
    yield* sys.wait(sender);
  } catch (error) {
    because(error);
  }
}

function* traffic(sys: Sys, fd: number, command: readonly string[]): Task<number> {
  if (command.length > 0) {
    sys.dup2(fd, 0);
    sys.dup2(fd, 1);
    sys.dup2(fd, 2);
    try {
      return yield* execProgram(sys, command);
    } catch (error) {
      throw new Fault(`nc: can't execute '${command[0]}': ${because(error)}\n`, 127);
    }
  }
  yield* exchange(sys, fd);
  return 0;
}

export const networkApplets: Readonly<Record<string, Program>> = {
  nslookup: applet("nslookup", function* (sys, args) {
    const words: string[] = [];
    const types: QueryType[] = [];
    for (const arg of args) {
      const type = /^-(?:type|query|q|querytype)=(.*)$/i.exec(arg)?.[1]?.toUpperCase();
      if (type === undefined) {
        if (!arg.startsWith("-")) words.push(arg);
      } else if ((QUERY_TYPES as readonly string[]).includes(type)) types.push(type as QueryType);
      else throw new Fault(`nslookup: invalid query type "${type}"\n`);
    }
    const [name, given] = words;
    if (name === undefined || words.length > 2) throw usageFault("nslookup");
    const config = yield* readResolvConf(sys);
    let server = config.nameservers[0]!;
    if (given !== undefined) {
      const ip = yield* resolve(sys, given);
      if (ip === undefined) throw new Fault(`nslookup: can't resolve '${given}'\n`);
      server = ip;
    }
    const reversed = isIPv4(name);
    const queries: (readonly [string, QueryType])[] = [];
    if (reversed) queries.push([`${name.split(".").reverse().join(".")}.in-addr.arpa`, "PTR"]);
    else
      for (const type of types.length > 0 ? types : (["A", "AAAA"] as const)) {
        const searched = type !== "PTR" && !name.includes(".") && config.search.length > 0;
        const names = searched ? config.search.map((domain) => `${name}.${domain}`) : [name.replace(/\.$/, "")];
        for (const one of names) queries.push([one, type]);
      }
    let text = "";
    let failed = false;
    let answered = false;
    for (const [one, type] of queries) {
      let answer = yield* sys.dnsQuery(server, one, type);
      if (answer === undefined && !answered) answer = yield* sys.dnsQuery(server, one, type);
      if (answer === undefined) {
        yield* sys.write(1, ";; connection timed out; no servers could be reached\n\n");
        return 1;
      }
      if (!answered) text += `Server:\t\t${server}\nAddress:\t${server}:53\n\n`;
      answered = true;
      if (answer.status !== "NOERROR") {
        text += `** server can't find ${one}: ${answer.status}\n`;
        failed = true;
      }
      for (const { name: owner, type: kind, data } of answer.records) {
        if (kind === "A" || kind === "AAAA") text += `Name:\t${owner}\nAddress: ${data}\n`;
        else if (kind === "CNAME") text += `${owner}\tcanonical name = ${data}\n`;
        else if (kind === "PTR") text += `${owner}\tname = ${data}\n`;
        else if (kind === "SRV") text += `${owner}\tservice = ${data}\n`;
      }
      text += "\n";
    }
    yield* sys.write(1, `${text}`);
    return failed ? 1 : 0;
  }),
  nc: applet("nc", function* (sys, args) {
    const cut = args.indexOf("-e");
    const command = cut >= 0 ? args.slice(cut + 1) : [];
    const options = parseOptions("nc", cut >= 0 ? args.slice(0, cut) : args, "lp:w:i:f:");
    const wait = options.has("w") ? wholeNumber("nc", options.value("w")!) * 1000 : Number.POSITIVE_INFINITY;
    if (options.has("l")) {
      const port = wholeNumber("nc", options.value("p") ?? options.operands.at(-1) ?? "0");
      let listener: number;
      try {
        listener = sys.listen({ ip: "0.0.0.0", port });
      } catch (error) {
        throw new Fault(`nc: bind: ${because(error)}\n`);
      }
      for (;;) {
        const { fd } = yield* sys.accept(listener);
        if (options.count("l") < 2) {
          sys.close(listener);
          return yield* traffic(sys, fd, command);
        }
        sys.fork((child) => applet("nc", () => traffic(child, fd, command))(child));
        sys.close(fd);
      }
    }
    const [host, portText] = options.operands;
    if (host === undefined || portText === undefined) throw usageFault("nc");
    if (!/^\d+$/.test(portText)) throw new Fault(`nc: bad port '${portText}'\n`);
    const ip = yield* resolve(sys, host);
    if (ip === undefined) throw new Fault(`nc: bad address '${host}'\n`);
    function* connecting(): Task<number | SysError> {
      try {
        return yield* sys.connect({ ip: ip!, port: Number(portText) });
      } catch (error) {
        if (error instanceof SysError) return error;
        throw error;
      }
    }
    const fd = wait === Number.POSITIVE_INFINITY ? yield* connecting() : yield* withTimeout(wait, connecting());
    if (fd === undefined) throw new Fault("nc: timed out\n");
    if (fd instanceof SysError) throw new Fault(`nc: can't connect to remote host (${ip}): ${because(fd)}\n`);
    return yield* traffic(sys, fd, command);
  }),
  ping: applet("ping", function* (sys, args) {
    const options = parseOptions("ping", args, "c:w:W:i:s:qI:46t:np:A");
    const host = options.operands[0];
    if (host === undefined) throw usageFault("ping");
    const ip = yield* resolve(sys, host);
    if (ip === undefined) throw new Fault(`ping: bad address '${host}'\n`);
    const size = Number(options.value("s") ?? 56);
    const count = options.has("c") ? wholeNumber("ping", options.value("c")!) : Number.POSITIVE_INFINITY;
    const deadline = options.has("w")
      ? sys.now() + wholeNumber("ping", options.value("w")!) * 1000
      : Number.POSITIVE_INFINITY;
    const patience = wholeNumber("ping", options.value("W") ?? "10") * 1000;
    const interval = duration(options.value("i") ?? "1") ?? 1000;
    yield* sys.write(1, `PING ${host} (${ip}): ${size} data bytes\n`);
    const times: number[] = [];
    let sent = 0;
    let stopped = false;
    sys.signal("SIGINT", () => {
      stopped = true;
    });
    while (sent < count && !stopped && sys.now() < deadline) {
      try {
        const begun = sys.now();
        const last = sent + 1 >= count;
        const time = yield* sys.ping(ip, Math.min(last ? patience : interval, deadline - begun));
        if (time !== undefined) {
          times.push(time);
          if (!options.has("q"))
            yield* sys.write(1, `${size + 8} bytes from ${ip}: seq=${sent} ttl=64 time=${time.toFixed(3)} ms\n`);
        }
        sent++;
        const left = begun + interval - sys.now();
        if (sent < count && left > 0) yield* sys.sleep(left);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (error.errno !== "EINTR") throw new Fault(`ping: sendto: ${because(error)}\n`);
      }
    }
    const lost = sent === 0 ? 0 : Math.floor(((sent - times.length) * 100) / sent);
    let text = `\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${times.length} packets received, ${lost}% packet loss\n`;
    if (times.length > 0) {
      const mean = times.reduce((a, b) => a + b, 0) / times.length;
      text += `round-trip min/avg/max = ${Math.min(...times).toFixed(3)}/${mean.toFixed(3)}/${Math.max(...times).toFixed(3)} ms\n`;
    }
    yield* sys.write(1, text);
    return times.length > 0 ? 0 : 1;
  }),
};
