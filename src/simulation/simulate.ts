/** Runs a scenario on a simulated cluster: hands in the Pod, does what is to be done to it, looks, and tells what happened. */
import { type Clock, StepLimitExceeded } from "../time/clock.ts";
import { startTask, type Task } from "../time/task.ts";
import { type LogEntry, plainContainer } from "../runtime/cri.ts";
import { utf8Decode, utf8Encode } from "../runtime/bytes.ts";
import type { ApiObject } from "../cluster/apiServer.ts";
import { decodeObject, kubectlRefusal, type Refused, refused } from "../cluster/api/index.ts";
import type { Status } from "../cluster/api/status.ts";
import type { Event, Node, Pod } from "../cluster/api/types.ts";
import { type Cluster, manifestFolder } from "../cluster/cluster.ts";
import { containerLog, runtimeUid } from "../cluster/logs.ts";
import { applyJsonPatch } from "../cluster/patch/jsonPatch.ts";
import { describePod } from "../kubectl/describePod.ts";
import { eventColumns } from "../kubectl/eventTable.ts";
import { chooseContainer, type LogSource, podLogs } from "../kubectl/logs.ts";
import { kubectl } from "../kubectl/kubectl.ts";
import { podColumns } from "../kubectl/podTable.ts";
import { printTable } from "../kubectl/table.ts";
import { clusterFor } from "./clusterFor.ts";
import { apiClient } from "./apiClient.ts";
import { asRecorded } from "./recordedLog.ts";
import { notModelledIn } from "./notModelled.ts";
import { TraceRecorder } from "./traceRecorder.ts";
import type { Action, LogRow, Look, LookResult, Run, Scenario, Trace } from "./trace.ts";

/** Objects exist this long before the Pod. */
const leadMs = 3000;
/** How long an answer may take after the end of the run. */
const answerMs = 5000;
const defaultSeconds = 60;
const longestSeconds = 7 * 24 * 3600;

/** What else happens in the scenario's cluster; the function that it gives tells what came of it. */
export type Extension = (place: {
  readonly clock: Clock;
  readonly cluster: Cluster;
  /** Of virtual time, when the scenario's second 0 comes. */
  readonly leadMs: number;
}) => () => Partial<Run>;

export function simulate(scenario: Scenario, extension?: Extension): Run {
  const seconds = Math.min(Math.max(scenario.seconds ?? defaultSeconds, 0), longestSeconds);
  const begun = begin(scenario, extension);
  if ("refused" in begun) return notStarted(scenario, seconds, begun.refused);
  const { clock, world, recorder, logs, looks, outcome, extended } = begun;
  let stoppedBy: string | undefined;
  try {
    clock.runUntil(leadMs);
    if (outcome.refused) return notStarted(scenario, seconds, refused(outcome.refused));
    clock.runUntil(leadMs + seconds * 1000);
  } catch (error) {
    if (!(error instanceof StepLimitExceeded)) throw error;
    stoppedBy = error.message;
  }
  const object = world.pod() ?? null;
  // Printed when somebody reads them, which grading seldom does; at once when the cluster still has to answer.
  let texts: Trace["kubectl"] | undefined;
  const print = () => (texts ??= world.texts(recorder.podName));
  if (looks.open > 0) print();
  // Copies: what is asked at the very end is answered after it, and is no part of the trace.
  const trace: Trace = {
    seconds,
    static: scenario.static === true,
    watch: [...recorder.watch],
    events: [...recorder.events],
    phases: [...recorder.phases],
    conditions: [...recorder.conditions],
    containers: [...recorder.containers],
    object,
    get kubectl() {
      return print();
    },
  };
  const rows = logs.rows(leadMs);
  const restless = [...begun.cluster.runtimes.values()].flatMap((runtime) => [...(runtime.restless ?? [])]);
  const more = extended();
  stoppedBy ??= awaitAnswers(clock, looks);
  return {
    warnings: outcome.warnings,
    trace,
    logs: rows,
    looks: looks.results,
    notModelled: notModelledIn(scenario.pod),
    steps: clock.steps,
    ...more,
    ...(stoppedBy && { stoppedBy }),
    ...(restless.length > 0 && { restless }),
  };
}

interface Begun {
  readonly clock: Clock;
  readonly cluster: Cluster;
  readonly world: World;
  readonly recorder: TraceRecorder;
  readonly logs: LogCollector;
  readonly looks: ReturnType<typeof planLooks>;
  /** Known once second 0 has come. */
  readonly outcome: { readonly warnings: readonly string[]; readonly refused?: Status };
  /** What the extension tells. */
  readonly extended: () => Partial<Run>;
}

/** A scenario at virtual time 0: all that will happen is planned, nothing has happened yet. */
export function begin(scenario: Scenario, extension?: Extension): Begun | { readonly refused: Refused } {
  const isStatic = scenario.static === true;
  const unsent = isStatic || scenario.pod === undefined ? undefined : kubectlRefusal(scenario.pod);
  if (unsent) return { refused: { message: unsent, fields: [] } };
  const decoded = scenario.pod === undefined ? undefined : decodeObject(scenario.pod);
  if (!isStatic && decoded && "status" in decoded) return { refused: refused(decoded.status) };
  const { clock, cluster, nodeName } = clusterFor(scenario);
  const rawName = scenario.pod === undefined ? (scenario.about ?? "") : nameOf(scenario.pod);
  const podName = isStatic ? `${rawName}-${nodeName}` : rawName;
  const world = new World(cluster, podName, rawName, nodeName);
  if (decoded && !("status" in decoded)) world.lastSpec = (decoded.object as unknown as Pod).spec;
  const recorder = new TraceRecorder(cluster.api, podName, () => (clock.now - leadMs) / 1000);
  const outcome: { warnings: readonly string[]; refused?: Status } = { warnings: [] };
  for (const object of scenario.objects ?? []) world.apply(object);
  clock.after(leadMs, () => {
    if (isStatic) return world.writeStatic(scenario.pod);
    if (!decoded || "status" in decoded) return;
    const created = cluster.api.create(decoded.object as ApiObject);
    if ("status" in created) outcome.refused = created.status;
    else outcome.warnings = created.warnings;
  });
  for (const action of scenario.actions ?? []) clock.after(leadMs + action.at * 1000, () => world.act(action));
  const looks = planLooks(world, clock, scenario.looks ?? []);
  const logs = new LogCollector(cluster, podName);
  const extended = extension?.({ clock, cluster, leadMs }) ?? (() => ({}));
  return { clock, cluster, world, recorder, logs, looks, outcome, extended };
}

function notStarted(scenario: Scenario, seconds: number, rejected: Refused): Run {
  const kubectl = { get: "", wide: "", describe: "", events: "", logs: {}, previous: {}, logsDefault: "" };
  const trace: Trace = {
    seconds,
    static: scenario.static === true,
    watch: [],
    events: [],
    phases: [],
    conditions: [],
    containers: [],
    object: null,
    kubectl,
  };
  return {
    rejected,
    warnings: [],
    trace,
    logs: [],
    looks: (scenario.looks ?? []).map(({ at }) => ({ at, exit: 1, stdout: "", stderr: "" })),
    notModelled: [],
    steps: 0,
  };
}

function nameOf(pod: unknown): string {
  const name = (pod as { metadata?: { name?: unknown } } | null)?.metadata?.name;
  return typeof name === "string" ? name : "";
}

/** The scenario's hands and eyes in the cluster. */
class World implements LogSource {
  readonly #cluster: Cluster;
  readonly #podName: string;
  /** As in the manifest. */
  readonly #rawName: string;
  readonly #nodeName: string;
  /** The container that requests are made from, once there is one. */
  #client: string | undefined;
  /** Of a Pod that is gone, to know its containers' names. */
  lastSpec: Pod["spec"] | undefined;

  constructor(cluster: Cluster, podName: string, rawName: string, nodeName: string) {
    this.#cluster = cluster;
    this.#podName = podName;
    this.#rawName = rawName;
    this.#nodeName = nodeName;
    cluster.api.watch<Pod>("Pod", ({ object }) => {
      if (object.metadata.name === podName) this.lastSpec = object.spec;
    });
  }

  get #runtime() {
    return this.#cluster.runtimes.get(this.#nodeName)!;
  }

  pod(name = this.#podName): Pod | undefined {
    return this.#cluster.api.get<Pod>("Pod", "default", name);
  }

  /** Creates an object as `kubectl create -f` would: one that exists already stays as it is. */
  apply(object: unknown): void {
    const decoded = decodeObject(object);
    if ("object" in decoded) this.#cluster.api.create(decoded.object as ApiObject);
  }

  writeStatic(pod: unknown): void {
    this.#runtime.nodeFiles.writeFile(`${manifestFolder}/${nameOf(pod)}.yaml`, utf8Encode(JSON.stringify(pod)), {
      mode: 0o644,
    });
  }

  act(action: Action): void {
    const { api } = this.#cluster;
    if ("delete" in action)
      api.delete("Pod", "default", action.delete, action.grace === undefined ? {} : { grace: action.grace });
    else if ("apply" in action) this.apply(action.apply);
    else if ("patch" in action) this.#patch(action.patch[0], action.patch[1]);
    else if ("labelNode" in action) this.#labelNode(action.labelNode);
    else if ("staticRemove" in action) this.#runtime.nodeFiles.remove(`${manifestFolder}/${action.staticRemove}.yaml`);
    else if ("staticWrite" in action) this.writeStatic(action.staticWrite);
    else if ("killSandbox" in action) {
      const pod = this.pod(action.killSandbox);
      const uid = pod && runtimeUid(pod);
      const sandbox = uid && this.#runtime.sandboxes(uid).find((s) => s.ready);
      if (sandbox) this.#runtime.killSandbox(sandbox.id);
    } else {
      const pod = this.pod(action.killContainer[0]);
      const uid = pod && runtimeUid(pod);
      const container =
        uid && this.#runtime.containers(uid).find((c) => c.name === action.killContainer[1] && c.state === "running");
      if (container) this.#runtime.killContainer(container.id);
    }
  }

  #patch(name: string, text: string): void {
    const pod = this.pod(name);
    if (!pod) return;
    const patched = applyJsonPatch(pod, text);
    if ("error" in patched) return;
    const decoded = decodeObject(patched.value);
    if ("status" in decoded) return;
    this.#cluster.api.update(decoded.object as ApiObject);
  }

  #labelNode(text: string): void {
    this.#cluster.api.modify<Node>("Node", undefined, this.#nodeName, (node) => {
      const labels = { ...node.metadata.labels };
      if (text.endsWith("-")) delete labels[text.slice(0, -1)];
      else labels[text.slice(0, text.indexOf("="))] = text.slice(text.indexOf("=") + 1);
      return { ...node, metadata: { ...node.metadata, labels } };
    });
  }

  read(pod: Pod, container: string, previous: boolean): string | undefined {
    return containerLog(this.#cluster, pod, container, { previous });
  }

  logsText(
    name: string,
    container: string | undefined,
    previous: boolean,
  ): { stdout: string; stderr: string; failed?: boolean } {
    const pod = this.pod(name);
    if (!pod)
      return {
        stdout: "",
        stderr: `error: error from server (NotFound): pods "${name}" not found in namespace "default"\n`,
        failed: true,
      };
    const choice = chooseContainer(pod, container);
    if ("error" in choice) return { stdout: "", stderr: `${choice.error}\n` };
    const nodeGone = pod.spec.nodeName && !this.#cluster.runtimes.has(pod.spec.nodeName);
    const answer = nodeGone
      ? { error: `Error from server (NotFound): pods "${pod.spec.nodeName}" not found` }
      : podLogs(pod, choice.container, previous, this);
    const notice = choice.notice ? `${choice.notice}\n` : "";
    return "error" in answer
      ? { stdout: "", stderr: `${notice}${answer.error}\n`, failed: true }
      : { stdout: answer.text, stderr: notice };
  }

  describeText(name: string): { stdout: string; stderr: string } {
    const pod = this.pod(name);
    if (!pod) return { stdout: "", stderr: `Error from server (NotFound): pods "${name}" not found\n` };
    return { stdout: describePod(pod, this.#eventsOf(pod), this.#cluster.api.now()), stderr: "" };
  }

  #eventsOf(pod: Pod): Event[] {
    const uid = pod.metadata.annotations?.["kubernetes.io/config.mirror"] ?? pod.metadata.uid;
    return this.#cluster.api.list<Event>("Event", "default").filter((e) => e.involvedObject.uid === uid);
  }

  texts(name: string): Trace["kubectl"] {
    const { api } = this.#cluster;
    const now = api.now();
    const pods = api.list<Pod>("Pod", "default");
    const pod = this.pod(name);
    const join = ({ stdout, stderr }: { stdout: string; stderr: string }) => stdout + stderr;
    const spec = pod?.spec ?? this.lastSpec;
    const names = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map((c) => c.name);
    const events = api.list<Event>("Event", "default");
    const defaultLogs = this.logsText(name, undefined, false);
    return {
      get: pods.length > 0 ? printTable(podColumns, pods, now) : "",
      wide: pods.length > 0 ? printTable(podColumns, pods, now, { wide: true }) : "",
      describe: join(this.describeText(name)),
      events: events.length > 0 ? printTable(eventColumns, events, now) : "",
      logs: Object.fromEntries(names.map((c) => [c, asRecorded(join(this.logsText(name, c, false)))])),
      previous: Object.fromEntries(names.map((c) => [c, asRecorded(join(this.logsText(name, c, true)))])),
      // On success only stdout was recorded.
      logsDefault: asRecorded(defaultLogs.failed ? defaultLogs.stderr : defaultLogs.stdout),
    };
  }

  *look(look: Look): Task<{ exit: number; stdout: string; stderr: string }> {
    if ("kubectl" in look) return yield* this.#kubectl(look.kubectl);
    if ("client" in look) {
      const ip = this.pod()?.status.podIP ?? "";
      const container = yield* this.#clientContainer();
      const command = look.client.map((word) => utf8Encode(word.replaceAll("POD_IP", ip)));
      return toText(yield* this.#runtime.exec(container, command, 600_000));
    }
    // A static Pod goes by the name in its file as well.
    const pod = this.pod(look.pod) ?? (look.pod === this.#rawName ? this.pod() : undefined);
    const name = look.container ?? pod?.spec.containers[0]?.name;
    const instance =
      pod &&
      this.#cluster
        .runtimeOf(pod)
        ?.containers(runtimeUid(pod))
        .find((c) => c.name === name && c.state === "running");
    if (!instance)
      return { exit: 1, stdout: "", stderr: `error: unable to upgrade connection: container not found ("${name}")\n` };
    return toText(yield* this.#runtime.exec(instance.id, look.exec.map(utf8Encode), 600_000));
  }

  *#clientContainer(): Task<string> {
    if (this.#client) return this.#client;
    const runtime = this.#runtime;
    runtime.preloadImage("busybox:1.36");
    const dns = {
      servers: ["10.96.0.10"],
      searches: ["default.svc.cluster.local", "svc.cluster.local", "cluster.local"],
      options: ["ndots:5"],
    };
    const sandbox = yield* runtime.runPodSandbox({
      podName: "client",
      podNamespace: "default",
      podUid: "client",
      attempt: 0,
      hostname: "client",
      hostNetwork: false,
      shareProcessNamespace: false,
      dns,
    });
    if (!sandbox.ok) return "";
    const created = yield* runtime.createContainer(
      sandbox.sandbox.id,
      plainContainer({
        name: "client",
        image: "busybox:1.36",
        command: ["sleep", "1000000"],
        logPath: "/var/log/pods/client/0.log",
      }),
    );
    if (!created.ok) return "";
    yield* runtime.startContainer(created.id);
    this.#client = created.id;
    return created.id;
  }

  *#kubectl(words: readonly string[]): Task<{ exit: number; stdout: string; stderr: string }> {
    const printed = { stdout: "", stderr: "" };
    const exit = yield* kubectl(
      words,
      {
        out: (text) => void (printed.stdout += text),
        err: (text) => void (printed.stderr += text),
        stdin: () => undefined,
        readFile: () => undefined,
        writeFile: () => false,
      },
      apiClient(this.#cluster),
    );
    return { exit, ...printed };
  }
}

function toText(result: {
  exitCode?: number;
  stdout: string;
  stderr: string;
  timedOut: boolean;
  error?: { message: string };
}): { exit: number; stdout: string; stderr: string } {
  const stderr =
    utf8Decode(result.stderr) + (result.error ? `error: Internal error occurred: ${result.error.message}\n` : "");
  return { exit: result.exitCode ?? 1, stdout: utf8Decode(result.stdout), stderr };
}

interface PlannedLooks {
  readonly results: LookResult[];
  /** How many have begun and are not answered. */
  open: number;
}

/** Each look begins at its time; the answers come in the order asked. */
function planLooks(world: World, clock: Clock, looks: readonly Look[]): PlannedLooks {
  const results: LookResult[] = looks.map(({ at }) => ({
    at,
    exit: 1,
    stdout: "",
    stderr: "the run ended before an answer came\n",
  }));
  const planned: PlannedLooks = { results, open: 0 };
  looks.forEach((look, i) => {
    clock.after(leadMs + look.at * 1000, () => {
      planned.open++;
      startTask(clock, world.look(look), (answer) => {
        planned.open--;
        results[i] = { at: look.at, ...answer };
      });
    });
  });
  return planned;
}

/** A question asked at the end of the run still gets its answer. Returns why the run had to be stopped, if it had to. */
function awaitAnswers(clock: Clock, looks: PlannedLooks): string | undefined {
  const end = clock.now + answerMs;
  try {
    while (looks.open > 0 && clock.now < end) clock.runUntil(clock.now + 100);
    return undefined;
  } catch (error) {
    if (!(error instanceof StepLimitExceeded)) throw error;
    return error.message;
  }
}

/** Collects what containers write before the kubelet removes old runs. */
class LogCollector {
  readonly #entries = new Map<
    string,
    { container: string; restart: number; lines: () => readonly LogEntry[]; kept?: readonly LogEntry[] }
  >();
  readonly #cluster: Cluster;

  constructor(cluster: Cluster, podName: string) {
    this.#cluster = cluster;
    cluster.api.watch<Pod>("Pod", ({ object }) => {
      if (object.metadata.name === podName) this.#note(object);
    });
  }

  #note(pod: Pod): void {
    const runtime = this.#cluster.runtimeOf(pod);
    const uid = runtimeUid(pod);
    for (const instance of runtime?.containers(uid) ?? []) {
      const known = this.#entries.get(instance.id);
      if (!known)
        this.#entries.set(instance.id, {
          container: instance.name,
          restart: instance.attempt,
          lines: () => runtime!.log(instance.id),
        });
      // An ended run's log no longer changes; its container may go soon.
      const entry = this.#entries.get(instance.id)!;
      entry.kept = runtime!.log(instance.id);
    }
  }

  rows(startMs: number): LogRow[] {
    const rows = [...this.#entries.values()].flatMap(({ container, restart, lines, kept }) => {
      const now = lines();
      const entries = now.length >= (kept?.length ?? 0) ? now : kept!;
      return entries.map(({ ms, stream, text }) => ({
        t: Math.round((ms - startMs) / 100) / 10,
        container,
        restart,
        stream,
        text: utf8Decode(text),
      }));
    });
    return rows.sort((a, b) => a.t - b.t);
  }
}
