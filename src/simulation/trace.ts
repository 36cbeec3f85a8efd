/**
 * What goes into a simulation and what comes out: plain data, the recorded format of a run on a real cluster with a
 * little more. Times are seconds since the Pod was handed in.
 */
import type { Pod } from "../cluster/api/types.ts";

export type ApiObject = {
  apiVersion?: string;
  kind: string;
  metadata: { name: string; namespace?: string; [field: string]: unknown };
  [field: string]: unknown;
};

/** Something done to the cluster from outside, `at` seconds after the Pod. */
export type Action =
  | { at: number; delete: string; grace?: number }
  | { at: number; apply: ApiObject }
  | { at: number; patch: [pod: string, jsonPatch: string] }
  | { at: number; labelNode: string }
  | { at: number; staticRemove: string }
  | { at: number; staticWrite: ApiObject }
  | { at: number; killSandbox: string }
  | { at: number; killContainer: [pod: string, container: string] };

/** Something looked at during the run, without disturbing it (but an exec runs a process in the container). */
export type Look =
  | { at: number; exec: string[]; pod?: string; container?: string }
  /** A command run in a busybox Pod beside the learner's: `["wget", "-qO-", "http://POD_IP:80/"]`; POD_IP is replaced. */
  | { at: number; client: string[] }
  /** kubectl's arguments: `["get", "pods"]`, `["describe", "pod", "web"]`, `["logs", "web"]`. */
  | { at: number; kubectl: string[] };

export interface LookResult {
  readonly at: number;
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Something that somebody does at the shell beside the cluster. `at`: the virtual second; absent: as soon as the shell
 * waits for a line.
 */
export type SessionInput =
  | { readonly at?: number; readonly line: string }
  /** A file in the folder where the shell starts. */
  | { readonly at?: number; readonly write: string; readonly text: string }
  | { readonly at: number; readonly key: "interrupt" | "end of input" };

export interface Session {
  readonly inputs: readonly SessionInput[];
  /** When the first input that has no time of its own is due. */
  readonly from?: number;
  /** What the editor gave, each time it was opened; null: it was left without saving. */
  readonly edits?: readonly (string | null)[];
}

/** What came of a session. */
export interface SessionRun {
  readonly commands: readonly { readonly t: number; readonly line: string; readonly status: number }[];
  /** What was said with `answer TEXT`. */
  readonly answers: readonly { readonly t: number; readonly text: string }[];
  /** All that the shell showed. */
  readonly output: string;
}

export interface Scenario {
  /**
   * Not yet decoded: what the API server (or, for a static Pod, the kubelet) makes of it is part of the run. Absent when
   * somebody at the shell makes it, or there is none: then `about` names the Pod that the trace is about.
   */
  readonly pod?: unknown;
  readonly about?: string;
  readonly session?: Session;
  readonly objects?: readonly unknown[];
  readonly actions?: readonly Action[];
  readonly looks?: readonly Look[];
  /** How long to watch; 60 when absent. */
  readonly seconds?: number;
  readonly static?: boolean;
  /** Changes to the node `minikube`: {labels, taints, capacity, allocatable, unschedulable}; a string is a node's name in recordings and means the usual one. */
  readonly node?: string | Record<string, unknown>;
  readonly nodeImages?: readonly string[];
  readonly seed?: number;
  /** Overrides of images: {"nginx:1.27": {pullSeconds: 20}}. */
  readonly images?: Record<string, { pullSeconds?: number; missing?: boolean }>;
}

export interface TraceEvent {
  t: number;
  type: "Normal" | "Warning";
  reason: string;
  /** `Pod/web` */
  object: string;
  /** `spec.containers{app}` or "" */
  field: string;
  from: string;
  message: string;
}

export type WatchRow =
  | { t: number; pod: string; ready: string; status: string; restarts: number }
  | { t: number; pod: string; gone: true };

export interface ContainerRow {
  t: number;
  name: string;
  state: "waiting" | "running" | "terminated";
  reason?: string;
  exitCode?: number;
  signal?: number;
  ready: boolean;
  restarts: number;
  started?: boolean;
}

export interface ConditionRow {
  t: number;
  type: string;
  status: string;
  reason?: string;
}

/** One line that a container wrote. */
export interface LogRow {
  t: number;
  container: string;
  /** 0 for the first run of the container. */
  restart: number;
  stream: "stdout" | "stderr";
  text: string;
}

export interface Trace {
  readonly seconds: number;
  readonly static: boolean;
  watch: WatchRow[];
  events: TraceEvent[];
  phases: { t: number; phase: string }[];
  conditions: ConditionRow[];
  containers: ContainerRow[];
  object: Pod | null;
  kubectl: {
    get: string;
    wide: string;
    describe: string;
    events: string;
    logs: Record<string, string>;
    previous: Record<string, string>;
    logsDefault: string;
  };
}

/** Why nothing ran: the words of kubectl and the API server. */
export interface Rejection {
  readonly message: string;
  /** Go field paths of the faults where the server names them: `spec.containers[0].image`. */
  readonly fields: readonly string[];
}

export interface Run {
  /** Set when the Pod was refused; the trace is empty then. */
  readonly rejected?: Rejection;
  readonly warnings: readonly string[];
  readonly trace: Trace;
  readonly logs: readonly LogRow[];
  readonly looks: readonly LookResult[];
  readonly session?: SessionRun;
  /** Fields that the Pod uses and the simulator does not model: `spec.containers[0].volumeDevices`. */
  readonly notModelled: readonly string[];
  /** Turns of the clock: what the run cost, roughly. */
  readonly steps: number;
  /** Set when a limit ended the run early; says which, for people. */
  readonly stoppedBy?: string;
  /** Containers that never rested and were slowed down for it. */
  readonly restless?: readonly string[];
}

/** `src/simulation/simulate.ts` exports `simulate: Simulate`. Never throws for what a learner wrote. */
export type Simulate = (scenario: Scenario) => Run;
