/** Names to addresses, as a C library does it: /etc/hosts, then the servers and search list of /etc/resolv.conf. */
import type { Task } from "../../time/task.ts";
import { type Sys, SysError } from "../sys.ts";

export function* readWholeFile(sys: Sys, path: string): Task<string | undefined> {
  let fd: number;
  try {
    fd = sys.open(path, { read: true });
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  }
  let text = "";
  try {
    for (;;) {
      const data = yield* sys.read(fd);
      if (data === "") return text;
      text += data;
    }
  } catch (error) {
    if (error instanceof SysError) return undefined;
    throw error;
  } finally {
    if (sys.isOpen(fd)) sys.close(fd);
  }
}

/** IPv4 addresses; undefined when the name is unknown or nobody answers. */
export function* resolveHost(sys: Sys, host: string): Task<readonly string[] | undefined> {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) return [host];
  const hosts = (yield* readWholeFile(sys, "/etc/hosts")) ?? "";
  const found = hosts.split("\n").flatMap((line) => {
    const [ip, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    return ip && names.includes(host) && ip.includes(".") ? [ip] : [];
  });
  if (found.length > 0) return found;
  if (host === "localhost") return ["127.0.0.1"];
  const conf = (yield* readWholeFile(sys, "/etc/resolv.conf")) ?? "";
  const servers: string[] = [];
  let search: string[] = [];
  let dots = 1;
  for (const line of conf.split("\n")) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === "nameserver" && rest[0]) servers.push(rest[0]);
    if (word === "search" || word === "domain") search = rest;
    if (word === "options") for (const option of rest) if (option.startsWith("ndots:")) dots = Number(option.slice(6));
  }
  const isAbsolute = host.endsWith(".");
  const name = isAbsolute ? host.slice(0, -1) : host;
  const expanded = isAbsolute ? [] : search.map((domain) => `${name}.${domain}`);
  const enough = name.split(".").length - 1 >= dots;
  for (const candidate of enough ? [name, ...expanded] : [...expanded, name])
    for (const server of servers) {
      const answer = yield* sys.dnsQuery(server, candidate, "A");
      if (!answer) continue;
      const addresses = answer.records.filter((one) => one.type === "A").map((one) => one.data);
      if (addresses.length > 0) return addresses;
      break;
    }
  return undefined;
}
