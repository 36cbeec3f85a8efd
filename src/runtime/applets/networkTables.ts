/** Applets that show what the network looks like from inside a container: ip, ifconfig, route, netstat, arp, ipcalc. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { applet, Fault, parseOptions, usageFault } from "./options.ts";
import { readIfPresent } from "./streams.ts";

export interface Route {
  readonly name: string;
  readonly destination: string;
  readonly gateway: string;
  readonly mask: string;
  readonly flags: number;
}

/** The kernel writes an address as one little-endian word. */
function address(word: string): string {
  const bytes = word.match(/../g) ?? [];
  return bytes.reverse().map((byte) => Number.parseInt(byte, 16)).join("."); // biome-ignore format: one thought
}

/** The table of routes, as the kernel shows it. */
export function* readRoutes(sys: Sys): Task<Route[]> {
  const table = (yield* readIfPresent(sys, "/proc/net/route")) ?? "";
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length >= 8)
    .map((fields) => ({
      name: fields[0]!,
      destination: address(fields[1]!),
      gateway: address(fields[2]!),
      flags: Number.parseInt(fields[3]!, 16),
      mask: address(fields[7]!),
    }));
}

const bitsOf = (mask: string) =>
  mask.split(".").reduce((sum, byte) => sum + Number(byte).toString(2).replace(/0/g, "").length, 0);
const toNumber = (ip: string) => ip.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
const toAddress = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
const maskOf = (bits: number) => toAddress(bits === 0 ? 0 : 2 ** 32 - 2 ** (32 - bits));
const flagText = (flags: number) => `U${flags & 2 ? "G" : ""}${flags & 4 ? "H" : ""}`;

/** The prefix of an interface's own network; a Pod's interface has a route for it. */
function prefixOf(ip: string, table: readonly Route[]): number {
  if (ip.startsWith("127.")) return 8;
  const own = table.find(
    ({ gateway, mask, destination }) =>
      gateway === "0.0.0.0" && mask !== "0.0.0.0" && (toNumber(ip) & toNumber(mask)) >>> 0 === toNumber(destination),
  );
  return own ? bitsOf(own.mask) : 24;
}

const broadcast = (ip: string, bits: number) =>
  toAddress(Math.floor(toNumber(ip) / 2 ** (32 - bits)) * 2 ** (32 - bits) + 2 ** (32 - bits) - 1);

function* ipAddress(sys: Sys, only: string | undefined, link: boolean, family: string): Task<string> {
  const table = yield* readRoutes(sys);
  let out = "";
  for (const [i, { name, ip, mac }] of sys.interfaces().entries()) {
    if (only !== undefined && only !== name) continue;
    const loopback = name === "lo";
    out += loopback
      ? `${i + 1}: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue qlen 1000\n`
      : `${i + 1}: ${name}@if${i + 6}: <BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN> mtu 1500 qdisc noqueue \n`;
    if (family === "") {
      const far = loopback ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff";
      out += `    link/${loopback ? "loopback" : "ether"} ${mac} brd ${far}\n`;
    }
    if (link) continue;
    const bits = prefixOf(ip, table);
    if (family !== "inet6") {
      out += loopback
        ? `    inet ${ip}/8 scope host lo\n`
        : `    inet ${ip}/${bits} brd ${broadcast(ip, bits)} scope global ${name}\n`;
      out += "       valid_lft forever preferred_lft forever\n";
    }
    if (family !== "inet" && loopback)
      out += "    inet6 ::1/128 scope host \n       valid_lft forever preferred_lft forever\n";
  }
  if (out === "" && only !== undefined) throw new Fault(`ip: can't find device '${only}'\n`);
  return out;
}

function* ipRoute(sys: Sys): Task<string> {
  let out = "";
  for (const { name, destination, gateway, mask, flags } of yield* readRoutes(sys)) {
    const where = mask === "0.0.0.0" ? "default" : `${destination}/${bitsOf(mask)}`;
    if (flags & 2) out += `${where} via ${gateway} dev ${name} \n`;
    else {
      const own = sys.interfaces().find((one) => one.name === name);
      out += `${where} dev ${name} scope link ${own ? ` src ${own.ip} ` : ""}\n`;
    }
  }
  return out;
}

const OBJECTS = ["address", "route", "link", "neigh", "rule", "tunnel"];

function* ip(sys: Sys, args: readonly string[]): Task<number> {
  let family = "";
  const words: string[] = [];
  for (const arg of args) {
    if (arg === "-4") family = "inet";
    else if (arg === "-6") family = "inet6";
    else if (arg.startsWith("-")) {
      if (!/^-(o|oneline|f|family)$/.test(arg)) throw usageFault("ip");
    } else words.push(arg);
  }
  const [object, command = "show", ...rest] = words;
  const kind = object === undefined ? undefined : OBJECTS.find((one) => one.startsWith(object));
  if (kind === undefined) throw usageFault("ip");
  const isShow = "show".startsWith(command) || "list".startsWith(command);
  if (!isShow) {
    const isDevice = sys.interfaces().some(({ name }) => name === command);
    if (!isDevice) throw new Fault(`ip: ${kind} ${command} is not modelled by this simulator\n`);
  }
  const device = rest[rest.indexOf("dev") + 1] ?? (isShow ? undefined : command);
  switch (kind) {
    case "address":
    case "link":
      yield* sys.write(1, yield* ipAddress(sys, device, kind === "link", family));
      return 0;
    case "route":
      if (family !== "inet6") yield* sys.write(1, yield* ipRoute(sys));
      return 0;
    case "rule":
      yield* sys.write(
        1,
        "0:\tfrom all lookup local \n32766:\tfrom all lookup main \n32767:\tfrom all lookup default \n",
      );
      return 0;
    case "neigh":
      return 0;
    default:
      throw new Fault(`ip: ${kind} is not modelled by this simulator\n`);
  }
}

function* ifconfig(sys: Sys, args: readonly string[]): Task<number> {
  const [only, ...change] = args.filter((arg) => arg !== "-a");
  if (only?.startsWith("-")) throw usageFault("ifconfig");
  if (change.length > 0) throw new Fault("ifconfig: changing an interface is not modelled by this simulator\n");
  const table = yield* readRoutes(sys);
  const shown = sys.interfaces().filter(({ name }) => only === undefined || name === only);
  if (shown.length === 0)
    throw new Fault(`ifconfig: ${only}: error fetching interface information: Device not found\n`);
  let out = "";
  for (const { name, ip, mac } of [...shown].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const bits = prefixOf(ip, table);
    const counters =
      "          RX packets:0 errors:0 dropped:0 overruns:0 frame:0\n" +
      "          TX packets:0 errors:0 dropped:0 overruns:0 carrier:0\n" +
      `          collisions:0 txqueuelen:${name === "lo" ? 1000 : 0} \n` +
      "          RX bytes:0 (0.0 B)  TX bytes:0 (0.0 B)\n\n";
    out +=
      name === "lo"
        ? `lo        Link encap:Local Loopback  \n          inet addr:${ip}  Mask:${maskOf(bits)}\n          inet6 addr: ::1/128 Scope:Host\n          UP LOOPBACK RUNNING  MTU:65536  Metric:1\n${counters}`
        : `${name.padEnd(10)}Link encap:Ethernet  HWaddr ${mac.toUpperCase()}  \n          inet addr:${ip}  Bcast:${broadcast(ip, bits)}  Mask:${maskOf(bits)}\n          UP BROADCAST RUNNING MULTICAST  MTU:1500  Metric:1\n${counters}`;
  }
  yield* sys.write(1, out);
  return 0;
}

function* route(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("route", args, "neA:");
  if (options.operands.length > 0) throw new Fault("route: changing routes is not modelled by this simulator\n");
  let out = "Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n";
  const numeric = options.has("n");
  for (const { name, destination, gateway, mask, flags } of yield* readRoutes(sys)) {
    const where = !numeric && mask === "0.0.0.0" ? "default" : destination;
    const via = !numeric && gateway === "0.0.0.0" ? "*" : gateway;
    out += `${where.padEnd(16)}${via.padEnd(16)}${mask.padEnd(16)}${flagText(flags).padEnd(6)}0      0        0 ${name}\n`;
  }
  yield* sys.write(1, out);
  return 0;
}

const STATES = [
  "", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK",
  "LISTEN", "CLOSING",
]; // biome-ignore format: a table

function* netstat(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("netstat", args, "laentuwxrWp");
  if (options.has("r")) {
    let out =
      "Kernel IP routing table\nDestination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n";
    for (const { name, destination, gateway, mask, flags } of yield* readRoutes(sys)) {
      const numeric = options.has("n");
      const where = !numeric && mask === "0.0.0.0" ? "default" : destination;
      const via = !numeric && gateway === "0.0.0.0" ? "*" : gateway;
      out += `${where.padEnd(16)}${via.padEnd(16)}${mask.padEnd(16)}${flagText(flags).padEnd(10)}0 0          0 ${name}\n`;
    }
    yield* sys.write(1, out);
    return 0;
  }
  const which = options.has("a") ? "servers and established" : options.has("l") ? "only servers" : "w/o servers";
  const every = !["t", "u", "w", "x"].some((option) => options.has(option));
  const withProgram = options.has("p");
  let out = "";
  if (every || options.has("t") || options.has("u") || options.has("w")) {
    out += `Active Internet connections (${which})\nProto Recv-Q Send-Q Local Address           Foreign Address         State       ${withProgram ? "PID/Program name    " : ""}\n`;
  }
  if (every || options.has("t")) {
    const table = (yield* readIfPresent(sys, "/proc/net/tcp")) ?? "";
    for (const line of table.split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields.length < 4) continue;
      const state = STATES[Number.parseInt(fields[3]!, 16)] ?? "UNKNOWN";
      const listening = state === "LISTEN";
      if (!options.has("a") && listening !== options.has("l")) continue;
      const end = (text: string) => {
        const [ip = "", port = ""] = text.split(":");
        const number = Number.parseInt(port, 16);
        return `${address(ip)}:${number === 0 ? "*" : number}`;
      };
      out += `tcp        0      0 ${end(fields[1]!).padEnd(23)} ${end(fields[2]!).padEnd(23)} ${state.padEnd(11)} ${withProgram ? "-" : ""}\n`;
    }
  }
  if (every || options.has("x"))
    out += `Active UNIX domain sockets (${which})\nProto RefCnt Flags       Type       State         I-Node ${withProgram ? "PID/Program name    " : ""}Path\n`;
  yield* sys.write(1, out);
  return 0;
}

function* ipcalc(sys: Sys, args: readonly string[]): Task<number> {
  const options = parseOptions("ipcalc", args, "mbnphs", {
    netmask: "m",
    broadcast: "b",
    network: "n",
    prefix: "p",
    hostname: "h",
    silent: "s",
  });
  const [text, given] = options.operands;
  if (text === undefined) throw usageFault("ipcalc");
  const [ip = "", bitsText] = text.split("/");
  const valid = (one: string) =>
    /^(\d{1,3})(\.\d{1,3}){3}$/.test(one) && one.split(".").every((byte) => Number(byte) < 256);
  const bad = (what: string, value: string) => new Fault(options.has("s") ? "" : `ipcalc: bad ${what}: ${value}\n`);
  if (!valid(ip)) throw bad("IP address", text);
  if (given !== undefined && !valid(given)) throw bad("netmask", given);
  const first = Number(ip.split(".")[0]);
  const byClass = first < 128 ? 8 : first < 192 ? 16 : 24;
  const bits = bitsText !== undefined ? Number(bitsText) : given !== undefined ? bitsOf(given) : byClass;
  if (!(bits >= 0 && bits <= 32)) throw bad("IP prefix", bitsText ?? "");
  const network = toAddress(Math.floor(toNumber(ip) / 2 ** (32 - bits)) * 2 ** (32 - bits));
  if (!["m", "b", "n", "p", "h"].some((option) => options.has(option))) throw usageFault("ipcalc");
  let out = "";
  if (options.has("m")) out += `NETMASK=${maskOf(bits)}\n`;
  if (options.has("b")) out += `BROADCAST=${broadcast(ip, bits)}\n`;
  if (options.has("n")) out += `NETWORK=${network}\n`;
  if (options.has("p")) out += `PREFIX=${bits}\n`;
  yield* sys.write(1, out);
  return 0;
}

export const networkTableApplets: Readonly<Record<string, Program>> = {
  arp: applet("arp", function* (sys, args) {
    const options = parseOptions("arp", args, "A:p:H:t:i:adnDsv");
    if (options.has("d") || options.has("s"))
      throw new Fault("arp: changing the table is not modelled by this simulator\n");
    // Who was spoken to is not kept: the table is empty.
    if (options.operands.length > 0) yield* sys.write(1, `No match found in 0 entries\n`);
    return 0;
  }),
  ifconfig: applet("ifconfig", ifconfig),
  ip: applet("ip", ip),
  ipcalc: applet("ipcalc", ipcalc),
  netstat: applet("netstat", netstat),
  route: applet("route", route),
};
