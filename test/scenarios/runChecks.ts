/** Expectations about what happened up to a moment: events, output, variables, order and timing. */
import { utf8Decode } from "../../src/runtime/bytes.ts";
import type { View } from "./expectations.ts";
import { asList, check, equal, inRange, type Json, NotModelled, onlyKeys, show } from "./format.ts";
import type { ContainerRun, SeenEvent } from "./observation.ts";
import { podIn, statusesOf, valueAt } from "./stateChecks.ts";

type RunCheck = (view: View, value: Json) => void;

function eventsOf({ world, name, at }: View): SeenEvent[] {
  return world.seen.events.filter((event) => event.pod === name && event.t <= at);
}

function findEvent(view: View, wanted: Json): SeenEvent | undefined {
  onlyKeys(wanted, ["reason", "container", "source", "type", "message", "messageContains", "messageMatches"], "events");
  return eventsOf(view).find(
    (event) =>
      (["reason", "container", "source", "type", "message"] as const).every(
        (key) => wanted[key] === undefined || event[key] === wanted[key],
      ) &&
      (wanted.messageContains === undefined || event.message.includes(wanted.messageContains)) &&
      (wanted.messageMatches === undefined || new RegExp(wanted.messageMatches).test(event.message)),
  );
}

function logOf({ world, name, at }: View, container: string): string {
  const until = world.clock.now - (world.seconds - at) * 1000;
  const runs = world.seen.runsOf(container, name);
  return utf8Decode(
    runs
      .flatMap((run) => run.log)
      .filter(({ ms }) => ms <= until)
      .map(({ text }) => text)
      .join(""),
  );
}

const shortened = (text: string) => JSON.stringify(text.slice(-300));

const inLogs =
  (wanted: (log: string, text: string) => boolean, words: string): RunCheck =>
  (view, value) => {
    for (const [container, texts] of Object.entries(value))
      for (const text of asList<string>(texts as string[]))
        check(
          wanted(logOf(view, container), text),
          `the log of ${container} ${words} ${JSON.stringify(text)}: ${shortened(logOf(view, container))}`,
        );
  };

function variablesOf({ world, name }: View, container: string): Map<string, string> {
  const config = world.seen.configs.get(`${name}/${container}`);
  check(config, `container ${container} was never made`);
  return new Map(config.env.map((e) => [utf8Decode(e.name), utf8Decode(e.value)]));
}

/** `start:C`, `exit:C#2`, `postStartBegin:C` … → seconds; undefined: it did not happen. */
function timeOf({ world }: View, token: string): number | undefined {
  const match = /^(start|exit|postStartBegin|postStartEnd|preStopBegin|preStopEnd):(.+?)(?:#(\d+))?$/.exec(token);
  if (!match) throw new NotModelled(`token ${token}`);
  const [, what, container, number] = match as unknown as [string, string, string, string | undefined];
  const n = Number(number ?? 1) - 1;
  const { seen } = world;
  if (what === "start") return seen.runsOf(container)[n]?.started;
  if (what === "exit") return seen.runsOf(container)[n]?.exited;
  const hook = seen.hooksOf(what.startsWith("post") ? "postStart" : "preStop", container)[n];
  return what.endsWith("Begin") ? hook?.begin : hook?.end;
}

const between =
  (from: "start" | "exit", to: "start" | "exit"): RunCheck =>
  (view, value) => {
    for (const { first, then, ...range } of asList<Json>(value)) {
      const [a, b] = [timeOf(view, `${from}:${first}`), timeOf(view, `${to}:${then}`)];
      check(a !== undefined && b !== undefined, `${from}:${first} at ${a}, ${to}:${then} at ${b}`);
      inRange(b - a, range, `from ${from}:${first} to ${to}:${then}`);
    }
  };

const spread =
  (token: string): RunCheck =>
  (view, value) => {
    for (const { containers, ...range } of asList<Json>(value)) {
      const times = (containers as string[]).map((c) => timeOf(view, `${token}:${c}`));
      check(!times.includes(undefined), `${token}: ${show(times)}`);
      inRange(Math.max(...(times as number[])) - Math.min(...(times as number[])), range, `spread of ${token}`);
    }
  };

/** From a container's exit to its next start, seconds. */
function gapsOf(view: View, container: string): { after: number; seconds: number }[] {
  const runs = view.world.seen.runsOf(container, view.name);
  return runs.slice(1).map((run, i) => ({
    after: runs[i]!.exited ?? run.started,
    seconds: run.started - (runs[i]!.exited ?? run.started),
  }));
}

function restartGap(view: View, container: string, wanted: Json): void {
  onlyKeys(wanted, ["capSeconds", "toleranceSeconds", "minSeconds", "maxSeconds", "afterImageUpdate"], "restartGap");
  const gaps = gapsOf(view, container);
  check(gaps.length > 0, `container ${container} was never restarted`);
  const longest = Math.max(...gaps.map(({ seconds }) => seconds));
  if (wanted.capSeconds !== undefined) {
    const cap = wanted.capSeconds + (wanted.toleranceSeconds ?? 0);
    check(longest <= cap, `a gap of ${container} is ${longest}s, above ${cap}s`);
  }
  if (wanted.minSeconds !== undefined || wanted.maxSeconds !== undefined)
    inRange(longest, { min: wanted.minSeconds, max: wanted.maxSeconds }, `the longest gap of ${container}`);
  if (!wanted.afterImageUpdate) return;
  onlyKeys(wanted.afterImageUpdate, ["notAboveFactorOfEarlierGap"], "afterImageUpdate");
  const updated = view.world.scenario.actions?.find((action) => action.patchContainerImage)?.at;
  const earlier = gaps.filter(({ after }) => after < updated).map(({ seconds }) => seconds);
  const later = gaps.find(({ after }) => after > updated);
  check(later && earlier.length > 0, `gaps of ${container}: ${show(gaps)}`);
  const limit = wanted.afterImageUpdate.notAboveFactorOfEarlierGap * Math.max(...earlier);
  check(later.seconds <= limit, `the gap after the update is ${later.seconds}s, above ${limit}s`);
}

/** Seconds at which a container's status flag is true for the first time. */
function flagTime(view: View, container: string, flag: "ready" | "started"): number | undefined {
  return view.world.seen.versions
    .get(view.name)
    ?.find(({ pod }) => pod && statusesOf(pod).some((s) => s.name === container && s[flag]))?.t;
}

const sinceReady =
  (from: (view: View, container: string) => number | undefined): RunCheck =>
  (view, value) => {
    for (const [container, range] of Object.entries(value)) {
      const [begun, ready] = [from(view, container), flagTime(view, container, "ready")];
      check(begun !== undefined && ready !== undefined, `${container} is not ready`);
      inRange(ready - begun, range, `seconds until ${container} is ready`);
    }
  };

const runsAt = (run: ContainerRun, other: ContainerRun) =>
  run.started < (other.exited ?? Number.POSITIVE_INFINITY) && other.started < (run.exited ?? Number.POSITIVE_INFINITY);

export const runChecks: Readonly<Record<string, RunCheck>> = {
  events(view, value) {
    for (const wanted of value)
      check(
        findEvent(view, wanted),
        `no event ${show(wanted)} among ${show([...new Set(eventsOf(view).map((e) => e.reason))])}`,
      );
  },
  eventsAbsent(view, value) {
    for (const wanted of value) {
      const found = findEvent(view, wanted);
      check(!found, `event ${found?.reason} at ${found?.t}s: ${found?.message}`);
    }
  },
  eventReasonOrder(view, value) {
    let next = 0;
    for (const { reason } of eventsOf(view)) if (reason === value[next]) next++;
    check(
      next === value.length,
      `${value[next]} does not come in its turn among ${eventsOf(view).map((e) => e.reason)}`,
    );
  },
  logsContain: inLogs((log, text) => log.includes(text), "lacks"),
  logsNotContain: inLogs((log, text) => !log.includes(text), "has"),
  logsMatch: inLogs((log, text) => new RegExp(text, "m").test(log), "does not match"),
  env(view, value) {
    for (const [container, wanted] of Object.entries(value))
      for (const [name, text] of Object.entries(wanted as object))
        equal(variablesOf(view, container).get(name) ?? null, text, `${container}: ${name}`);
  },
  envAbsent(view, value) {
    for (const [container, names] of Object.entries(value))
      for (const name of names as string[]) check(!variablesOf(view, container).has(name), `${container} has ${name}`);
  },
  envAbsentPrefix(view, value) {
    for (const [container, prefixes] of Object.entries(value))
      for (const prefix of asList<string>(prefixes as string[]))
        check(
          ![...variablesOf(view, container).keys()].some((name) => name.startsWith(prefix)),
          `${container} has ${prefix}…`,
        );
  },
  envEqualsStatus(view, value) {
    for (const [container, wanted] of Object.entries(value))
      for (const [name, path] of Object.entries<string>(wanted as never)) {
        const status = valueAt(podIn(view).status, path);
        equal(
          variablesOf(view, container).get(name),
          Array.isArray(status) ? status.map((one) => one.ip).join(",") : status,
          name,
        );
      }
  },
  effectiveCommand({ world, name }, value) {
    for (const [container, words] of Object.entries(value)) {
      const config = world.seen.configs.get(`${name}/${container}`);
      check(config, `container ${container} was never made`);
      const image = world.imageOf(config.image);
      const argv =
        config.command.length > 0
          ? [...config.command, ...config.args]
          : [...image.entrypoint, ...(config.args.length > 0 ? config.args : image.cmd)];
      equal(argv.map(utf8Decode), words, `command of ${container}`);
    }
  },
  gone({ world, name, at }, value) {
    const versions = world.seen.versions.get(name) ?? [];
    const t = versions.find(({ pod }) => !pod)?.t;
    if (typeof value === "boolean") return equal(world.seen.at(name, at) === undefined, value, "gone");
    onlyKeys(value, ["after", "by"], "gone");
    check(t !== undefined, "the Pod is still there");
    inRange(t, { min: value.after ?? 0, max: value.by ?? at }, "time of removal");
  },
  phaseReached({ world, name }, value) {
    onlyKeys(value, ["phase", "by", "after"], "phaseReached");
    const t = world.seen.versions.get(name)?.find(({ pod }) => pod?.status.phase === value.phase)?.t;
    inRange(t, { min: value.after ?? 0, max: value.by }, `time of phase ${value.phase}`);
  },
  eventOrder(view, value) {
    for (const [a, b] of value) {
      const [before, after] = [timeOf(view, a), timeOf(view, b)];
      check(before !== undefined && after !== undefined && before <= after, `${a} at ${before}s, ${b} at ${after}s`);
    }
  },
  overlap({ world }, value) {
    for (const [a, b] of value)
      check(
        world.seen.runsOf(a).some((run) => world.seen.runsOf(b).some((other) => runsAt(run, other))),
        `${a} and ${b} never run at the same time`,
      );
  },
  startAfterStart: between("start", "start"),
  startAfterExit: between("exit", "start"),
  exitAfterExit: between("exit", "exit"),
  exitAfterStart: between("start", "exit"),
  exitSpread: spread("exit"),
  startSpread: spread("start"),
  preStopBeginSpread: spread("preStopBegin"),
  restartGap(view, value) {
    for (const [container, wanted] of Object.entries(value)) restartGap(view, container, wanted);
  },
  readyAfterStarted: sinceReady((view, container) => view.world.seen.runsOf(container, view.name)[0]?.started),
  readyAfterStartupPassed: sinceReady((view, container) => flagTime(view, container, "started")),
  /** Restart counts never go down. */
  monotonic({ world, name }) {
    const last = new Map<string, number>();
    for (const { pod } of world.seen.versions.get(name) ?? [])
      for (const { name: container, restartCount } of pod ? statusesOf(pod) : []) {
        check(restartCount >= (last.get(container) ?? 0), `restartCount of ${container} went down`);
        last.set(container, restartCount);
      }
  },
  probesDuringPreStop({ world, name }, value) {
    const wanted: Readonly<Record<string, Json>> = typeof value === "object" && !Array.isArray(value) ? value : {};
    const containers =
      typeof value === "object"
        ? Array.isArray(value)
          ? value
          : Object.keys(wanted)
        : [...new Set(world.seen.runs.map((run) => run.container))];
    const counts = containers.map((container) => {
      const hooks = world.seen.hooksOf("preStop", container);
      const probes = world.seen.spans.filter((s) => s.kind === "probe" && s.pod === name && s.what === container);
      return probes.filter((p) => hooks.some((h) => p.begin > h.begin && p.begin < (h.end ?? Number.POSITIVE_INFINITY)))
        .length;
    });
    if (typeof value === "boolean")
      return equal(
        counts.some((n) => n > 0),
        value,
        "probesDuringPreStop",
      );
    containers.forEach((container, i) => {
      const range = wanted[container] ?? true;
      if (typeof range === "boolean") equal(counts[i]! > 0, range, `probes of ${container} during its preStop hook`);
      else inRange(counts[i], range, `probes of ${container} during its preStop hook`);
    });
  },
  pullsOverlap({ world }, value) {
    const pulls = world.seen.spans.filter((span) => span.kind === "pull");
    const overlap = pulls.some((a, i) =>
      pulls.slice(i + 1).some((b) => a.begin < (b.end ?? 1e9) && b.begin < (a.end ?? 1e9)),
    );
    equal(overlap, value, "pullsOverlap");
  },
  requestsReceived({ world }, value) {
    for (const [container, paths] of Object.entries(value)) {
      const pods = new Set(world.seen.runsOf(container).map((run) => run.pod));
      const ips = new Set([...pods].flatMap((pod) => world.seen.latest(pod)?.status.podIP ?? []));
      const got = world.seen.requests.filter(({ ip }) => ips.has(ip)).map(({ path }) => path);
      for (const path of asList<string>(paths as string[]))
        check(got.includes(path), `${container} got ${show([...new Set(got)])}, not ${path}`);
    }
  },
  mirrorPod({ world, name, at }, value) {
    if (value === null) return check(!world.seen.at(name, at), `there is a mirror Pod ${name}`);
    const pod = world.seen.at(value, at);
    check(pod?.metadata.annotations?.["kubernetes.io/config.mirror"], `there is no mirror Pod ${value}`);
  },
  mirrorUIDChanged({ world, name }, value) {
    const uids = new Set((world.seen.versions.get(name) ?? []).flatMap(({ pod }) => pod?.metadata.uid ?? []));
    equal(uids.size > 1, value, "mirrorUIDChanged");
  },
};
