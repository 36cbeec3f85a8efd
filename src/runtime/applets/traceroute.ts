/** `traceroute`: the hops to a host (busybox: networking/traceroute.c), and `telnet`. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { readRoutes } from "./networkTables.ts";
import { applet, because, duration, Fault, parseOptions, usageFault, wholeNumber } from "./options.ts";
import { resolve, reverseName } from "./resolver.ts";

interface Answer {
  readonly ip: string;
  /** The round trip. */
  readonly ms: number;
}

const toNumber = (ip: string) => ip.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);

/**
 * Who answers a packet that may pass so many routers. A Pod's neighbours on its bridge are one hop away, as is its node;
 * everything else lies behind the bridge's address. Undefined: nobody.
 */
function* answerer(sys: Sys, ip: string, ttl: number, waitMs: number): Task<Answer | undefined> {
  const own = sys.interfaces().find(({ name }) => name !== "lo");
  if (ip.startsWith("127.") || ip === own?.ip) return { ip, ms: (yield* sys.ping(ip, waitMs)) ?? 0 };
  if (!own) throw new Fault("traceroute: sendto: Network is unreachable\n");
  const routes = yield* readRoutes(sys);
  const onLink = routes.some(
    ({ gateway, mask, destination }) =>
      gateway === "0.0.0.0" && mask !== "0.0.0.0" && (toNumber(ip) & toNumber(mask)) >>> 0 === toNumber(destination),
  );
  const gateway = routes.find(({ mask }) => mask === "0.0.0.0")?.gateway;
  const samePods = gateway !== undefined && gateway.split(".").slice(0, 2).join() === ip.split(".").slice(0, 2).join();
  if (!onLink && gateway !== undefined && ttl === 1) {
    const isNode = !samePods && (yield* sys.ping(ip, waitMs));
    // The bridge is the near end of the Pod's own wire.
    return isNode ? { ip, ms: isNode } : { ip: gateway, ms: (yield* sys.ping(own.ip, waitMs)) ?? 0 };
  }
  const ms = yield* sys.ping(ip, waitMs);
  return ms === undefined ? undefined : { ip, ms };
}

function* traceroute(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("traceroute", args, "46FIlnrvf:m:p:q:s:t:w:z:i:");
  const [host, size] = options.operands;
  if (host === undefined) throw usageFault("traceroute");
  if (options.has("6")) throw new Fault(`traceroute: bad address '${host}'\n`);
  const ranged = (option: string, otherwise: number, least: number, most: number) => {
    const text = options.value(option);
    if (text === undefined) return otherwise;
    const value = wholeNumber("traceroute", text);
    if (value < least || value > most)
      throw new Fault(`traceroute: number ${text} is not in ${least}..${most} range\n`);
    return value;
  };
  const most = ranged("m", 30, 1, 255);
  const first = ranged("f", 1, 1, most);
  const probes = ranged("q", 3, 1, 2 ** 31 - 1);
  const waitMs = ranged("w", 3, 1, 24 * 60 * 60) * 1000;
  const pause = duration(`${ranged("z", 0, 0, 2 ** 31 - 1) / 1000}`) ?? 0;
  const bytes = size === undefined ? 46 : Math.max(46, wholeNumber("traceroute", size));
  const ip = yield* resolve(sys, host);
  if (ip === undefined) throw new Fault(`traceroute: bad address '${host}'\n`);
  yield* sys.write(1, `traceroute to ${host} (${ip}), ${most} hops max, ${bytes} byte packets\n`);
  for (let ttl = first; ttl <= most; ttl++) {
    yield* sys.write(1, String(ttl).padStart(2));
    let before: string | undefined;
    let there = false;
    for (let probe = 0; probe < probes; probe++) {
      const answer: Answer | undefined = yield* answerer(sys, ip, ttl, waitMs);
      if (!answer) yield* sys.write(1, "  *");
      else {
        if (answer.ip !== before) {
          const name = options.has("n") ? undefined : ((yield* reverseName(sys, answer.ip)) ?? answer.ip);
          yield* sys.write(1, name === undefined ? `  ${answer.ip}` : `  ${name} (${answer.ip})`);
        }
        if (options.has("l")) yield* sys.write(1, ` (${answer.ip === ip ? 64 : 64 - ttl + 1})`);
        before = answer.ip;
        there ||= answer.ip === ip;
        yield* sys.write(1, `  ${answer.ms.toFixed(3)} ms`);
      }
      if (pause > 0) yield* sys.sleep(pause);
    }
    yield* sys.write(1, "\n");
    if (there) break;
  }
  return 0;
}

/** A byte that begins a command of the protocol, and the commands that are followed by the number of an option. */
const IAC = "\xff";
const WITH_OPTION = /\xff[\xfb-\xfe].|\xff\xfa.*?\xff\xf0|\xff[\xf0-\xfa]/gs;

function* telnet(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("telnet", args, "al:");
  const [host, portText = "23", more] = options.operands;
  if (host === undefined || more !== undefined) throw usageFault("telnet");
  const port = portText === "telnet" ? 23 : portText === "http" ? 80 : Number(portText);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new Fault(`telnet: bad port '${portText}'\n`);
  const ip = yield* resolve(sys, host);
  if (ip === undefined) throw new Fault(`telnet: bad address '${host}'\n`);
  let fd: number;
  try {
    fd = yield* sys.connect({ ip, port });
  } catch (error) {
    throw new Fault(`telnet: can't connect to remote host (${ip}): ${because(error)}\n`);
  }
  // This line goes through C's buffer: without a terminal it comes out at the end.
  const greeting = `Connected to ${host}\n`;
  const early = sys.isatty(1);
  if (early) yield* sys.write(1, greeting);
  const parent = sys.pid;
  const typing = sys.fork(function* (child) {
    try {
      for (let data = yield* child.read(0, 4096); data !== ""; data = yield* child.read(0, 4096))
        yield* child.write(fd, data.replaceAll(IAC, IAC + IAC).replace(/\r\n|[\r\n]/g, "\r\n"));
      // Whoever has nothing more to type hangs up.
      child.kill(parent, "SIGUSR1");
    } catch (error) {
      because(error);
    }
    return 0;
  });
  let hungUp = false;
  sys.signal("SIGUSR1", () => {
    hungUp = true;
  });
  let closed = false;
  try {
    while (!hungUp && !closed) {
      const data = yield* sys.read(fd, 4096);
      closed = data === "";
      yield* sys.write(1, data.replace(WITH_OPTION, "").replaceAll(IAC + IAC, IAC));
    }
  } catch (error) {
    because(error);
    closed = !hungUp;
  }
  if (closed) {
    yield* sys.write(1, "Connection closed by foreign host\r\n");
    try {
      sys.kill(typing, "SIGKILL");
    } catch (error) {
      because(error);
    }
  }
  if (!early) yield* sys.write(1, greeting);
  return 1;
}

export const tracerouteApplets: Readonly<Record<string, Program>> = {
  telnet: applet("telnet", telnet),
  traceroute: applet("traceroute", traceroute),
};
