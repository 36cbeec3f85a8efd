/** postStart and preStop handlers (kubelet: pkg/kubelet/lifecycle/handlers.go). */
import { sleep, type Task } from "../../time/task.ts";
import type { ContainerRuntime } from "../../runtime/cri.ts";
import type { Container, LifecycleHandler, Pod } from "../api/types.ts";
import { podId } from "./names.ts";

/** Undefined when all went well, else the error's text. An exec hook has no time limit of its own. */
export function* runHook(
  runtime: ContainerRuntime,
  pod: Pod,
  container: Container,
  containerId: string,
  handler: LifecycleHandler,
  podIp: string,
): Task<string | undefined> {
  const where = `for Container "${container.name}" in Pod "${podId(pod)}" failed - error`;
  if (handler.exec) {
    const command = handler.exec.command ?? [];
    const words = command.join(" ");
    const result = yield* runtime.exec(containerId, command, Number.POSITIVE_INFINITY);
    if (result.exitCode === 0) return undefined;
    const error = result.error
      ? result.error.message
      : `command '${words}' exited with ${result.exitCode}: ${result.stderr}`;
    return `Exec lifecycle hook ([${words}]) ${where}: ${error}, message: ${JSON.stringify(result.combined)}`;
  }
  if (handler.httpGet) {
    const { path = "/", port, host, scheme, httpHeaders = [] } = handler.httpGet;
    const named = container.ports?.find((p) => p.name === port)?.containerPort;
    const number = typeof port === "number" ? port : (named ?? (Number(port) || 80));
    const request = {
      host: host || podIp,
      port: number,
      path: path || "/",
      scheme: scheme === "HTTPS" ? "HTTPS" : "HTTP",
      headers: httpHeaders,
    } as const;
    const outcome = yield* runtime.http(request, 30_000);
    // Any answer will do, whatever its status.
    return outcome.ok ? undefined : `HTTP lifecycle hook (${path}) ${where}: ${outcome.error}`;
  }
  if (handler.sleep) {
    yield* sleep(handler.sleep.seconds * 1000);
    return undefined;
  }
  if (handler.tcpSocket) return undefined;
  return `Invalid handler: ${JSON.stringify(handler)}`;
}
