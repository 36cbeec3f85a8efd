/** Names to addresses, as the C library resolves them: /etc/hosts, then DNS with /etc/resolv.conf's search list. */
import type { Task } from "../../time/task.ts";
import type { Sys } from "../sys.ts";
import { readIfPresent } from "./streams.ts";

export interface ResolverConfig {
  readonly nameservers: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
  /** ms for one try. */
  readonly timeout: number;
  readonly attempts: number;
}

function parseResolvConf(text: string): ResolverConfig {
  const nameservers: string[] = [];
  let search: string[] = [];
  let ndots = 1;
  let timeout = 5000;
  let attempts = 2;
  for (const line of text.split("\n")) {
    const [word, ...values] = line.split(/[#;]/)[0]!.trim().split(/\s+/);
    if (word === "nameserver" && values[0] !== undefined && nameservers.length < 3) nameservers.push(values[0]);
    else if (word === "search" || word === "domain") search = values;
    else if (word === "options") {
      for (const option of values) {
        const [name, value] = option.split(":");
        const number = Number(value);
        if (!Number.isInteger(number) || number < 0) continue;
        if (name === "ndots") ndots = Math.min(number, 15);
        else if (name === "timeout") timeout = Math.min(number, 30) * 1000;
        else if (name === "attempts") attempts = Math.min(number, 5);
      }
    }
  }
  return { nameservers: nameservers.length === 0 ? ["127.0.0.1"] : nameservers, search, ndots, timeout, attempts };
}

export function* readResolvConf(sys: Sys): Task<ResolverConfig> {
  return parseResolvConf((yield* readIfPresent(sys, "/etc/resolv.conf")) ?? "");
}

export function isIPv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) < 256);
}

/** The names that are asked for, in order. */
export function candidates(name: string, config: ResolverConfig): string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const dots = name.split(".").length - 1;
  const searched = config.search.map((domain) => `${name}.${domain.replace(/\.$/, "")}`);
  return dots >= config.ndots ? [name, ...searched] : [...searched, name];
}

/** The address that /etc/hosts has for a name. */
function lookUpHosts(hosts: string, name: string): string | undefined {
  for (const line of hosts.split("\n")) {
    const [ip, ...names] = line.split("#")[0]!.trim().split(/\s+/);
    if (ip && isIPv4(ip) && names.some((one) => one.toLowerCase() === name.toLowerCase())) return ip;
  }
  return undefined;
}

/** The IPv4 addresses of a host; none when the name is not known or nobody answers. */
export function* resolveAll(sys: Sys, name: string): Task<readonly string[]> {
  if (isIPv4(name)) return [name];
  if (name === "") return [];
  const listed = lookUpHosts((yield* readIfPresent(sys, "/etc/hosts")) ?? "", name);
  if (listed !== undefined) return [listed];
  const config = yield* readResolvConf(sys);
  for (const candidate of candidates(name, config)) {
    const addresses = yield* ask(sys, config, candidate);
    if (addresses.length > 0) return addresses;
  }
  return [];
}

export function* resolve(sys: Sys, name: string): Task<string | undefined> {
  return (yield* resolveAll(sys, name))[0];
}

function* ask(sys: Sys, config: ResolverConfig, name: string): Task<readonly string[]> {
  for (let attempt = 0; attempt < config.attempts; attempt++) {
    for (const server of config.nameservers) {
      const answer = yield* sys.dnsQuery(server, name, "A");
      if (answer === undefined || answer.status === "SERVFAIL") continue;
      return answer.records.filter((record) => record.type === "A").map((record) => record.data);
    }
  }
  return [];
}

/** The name that an address has, in /etc/hosts or by DNS. */
export function* reverseName(sys: Sys, ip: string): Task<string | undefined> {
  for (const line of ((yield* readIfPresent(sys, "/etc/hosts")) ?? "").split("\n")) {
    const [address, name] = line.split("#")[0]!.trim().split(/\s+/);
    if (address === ip && name) return name;
  }
  const { nameservers } = yield* readResolvConf(sys);
  const asked = `${ip.split(".").reverse().join(".")}.in-addr.arpa`;
  const answer = yield* sys.dnsQuery(nameservers[0]!, asked, "PTR");
  return answer?.records.find(({ type }) => type === "PTR")?.data.replace(/\.$/, "");
}
