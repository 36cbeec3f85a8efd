/** postStart and preStop handlers (kubelet: pkg/kubelet/lifecycle/handlers.go). */
import { sleep, type Task } from "../../time/task.ts";
import type { ContainerRuntime, HttpOutcome } from "../../runtime/cri.ts";
import type { Container, LifecycleHandler, Pod } from "../api/types.ts";
import { type EventRecorder, podReference } from "../eventRecorder.ts";
import { podId } from "./names.ts";
import { resolvePort } from "./probePort.ts";

export interface HookInputs {
  readonly runtime: ContainerRuntime;
  readonly recorder: EventRecorder;
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  readonly podIp: string;
}

/** Go's words when a server that was asked in TLS answers in the clear. */
const plainAnswer = "http: server gave HTTP response to HTTPS client";

/** Undefined when all went well, else the error's text. No hook has a time limit of its own. */
export function* runHook(inputs: HookInputs, handler: LifecycleHandler): Task<string | undefined> {
  if (handler.exec) return yield* runCommand(inputs, handler.exec.command ?? []);
  if (handler.httpGet) return yield* request(inputs, handler.httpGet);
  if (handler.sleep) {
    yield* sleep(handler.sleep.seconds * 1000);
    return undefined;
  }
  // tcpSocket is accepted by the API, and no kubelet can run it.
  const { port, host = "" } = handler.tcpSocket ?? {};
  const portText = typeof port === "number" ? `{0 ${port} }` : `{1 0 ${port}}`;
  const socket = handler.tcpSocket ? `&TCPSocketAction{Port:${portText},Host:${host},}` : "nil";
  return `Cannot run handler: invalid handler: &LifecycleHandler{Exec:nil,HTTPGet:nil,TCPSocket:${socket},Sleep:nil,}`;
}

const where = ({ pod, container }: HookInputs) =>
  `for Container "${container.name}" in Pod "${podId(pod)}" failed - error`;

function* runCommand(inputs: HookInputs, command: readonly string[]): Task<string | undefined> {
  const words = command.join(" ");
  const result = yield* inputs.runtime.exec(inputs.containerId, command, Number.POSITIVE_INFINITY);
  if (result.exitCode === 0) return undefined;
  const error = result.error
    ? result.error.message
    : `command '${words}' exited with ${result.exitCode}: ${result.stderr}`;
  return `Exec lifecycle hook ([${words}]) ${where(inputs)}: ${error}, message: ${JSON.stringify(result.combined)}`;
}

/** Any answer will do, whatever its status; a server without TLS is asked again without. */
function* request(inputs: HookInputs, action: NonNullable<LifecycleHandler["httpGet"]>): Task<string | undefined> {
  const { runtime, recorder, pod, container, podIp } = inputs;
  const path = action.path || "/";
  const failed = (error: string) => `HTTP lifecycle hook (${path}) ${where(inputs)}: ${error}`;
  const port = resolvePort(action.port, container);
  if (typeof port === "string") return failed(port);
  const host = action.host || podIp;
  const ask = (scheme: "HTTP" | "HTTPS"): Task<HttpOutcome> =>
    runtime.http({ host, port, path, scheme, headers: action.httpHeaders ?? [] }, Number.POSITIVE_INFINITY);
  const isTls = action.scheme === "HTTPS";
  const outcome = yield* ask(isTls ? "HTTPS" : "HTTP");
  if (outcome.ok) return undefined;
  if (isTls && outcome.error.includes(plainAnswer) && (yield* ask("HTTP")).ok) {
    const text = `request to HTTPS lifecycle hook ${host}:${port} got HTTP response, retry with HTTP succeeded`;
    recorder.record(podReference(pod), "Warning", "LifecycleHTTPFallback", text);
    return undefined;
  }
  return failed(outcome.error);
}
