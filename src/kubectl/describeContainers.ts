/** The container blocks of `kubectl describe pod`. */
import type {
  Container,
  ContainerState,
  ContainerStatus,
  EnvVar,
  EphemeralContainer,
  Pod,
  Probe,
  ResourceRequirements,
} from "../cluster/api/types.ts";
import { type DescribeWriter, rfc1123, sortedEntries } from "./describeWriter.ts";
import { resourceFieldValue } from "./resourceField.ts";

export function describeContainers(
  w: DescribeWriter,
  title: string,
  containers: readonly (Container | EphemeralContainer)[],
  statuses: readonly ContainerStatus[] | undefined,
  pod: Pod,
): void {
  w.line(0, `${title}:`);
  for (const container of containers) {
    const status = statuses?.find((s) => s.name === container.name);
    describeBasics(w, container, status);
    describeWords(w, "Command", container.command);
    describeWords(w, "Args", container.args);
    if (status) {
      describeState(w, "State", status.state ?? {});
      if (status.lastState?.terminated) describeState(w, "Last State", status.lastState);
      w.line(2, `Ready:\t${status.ready ? "True" : "False"}`);
      w.line(2, `Restart Count:\t${status.restartCount}`);
    }
    describeResources(w, 2, container.resources ?? {});
    if (container.livenessProbe) w.line(2, `Liveness:\t${probeText(container.livenessProbe)}`);
    if (container.readinessProbe) w.line(2, `Readiness:\t${probeText(container.readinessProbe)}`);
    if (container.startupProbe) w.line(2, `Startup:\t${probeText(container.startupProbe)}`);
    describeEnvironment(w, container, pod);
    describeMounts(w, container);
  }
}

/** `Limits:` and `Requests:`, each only when there is something in it. */
export function describeResources(w: DescribeWriter, level: number, resources: ResourceRequirements): void {
  for (const [title, list] of [
    ["Limits", resources.limits],
    ["Requests", resources.requests],
  ] as const) {
    const entries = sortedEntries(list);
    if (entries.length > 0) w.line(level, `${title}:`);
    for (const [name, quantity] of entries) w.line(level + 1, `${name}:\t${quantity}`);
  }
}

function describeBasics(
  w: DescribeWriter,
  container: Container | EphemeralContainer,
  status: ContainerStatus | undefined,
): void {
  w.line(1, `${container.name}:`);
  if (status) w.line(2, `Container ID:\t${status.containerID ?? ""}`);
  w.line(2, `Image:\t${container.image ?? ""}`);
  if (status) w.line(2, `Image ID:\t${status.imageID ?? ""}`);
  const ports = container.ports ?? [];
  const named = ports.map((p) => `${p.containerPort}/${p.protocol ?? "TCP"}${p.name ? ` (${p.name})` : ""}`).join(", ");
  const host = ports.map((p) => `${p.hostPort ?? 0}/${p.protocol ?? "TCP"}${p.name ? ` (${p.name})` : ""}`).join(", ");
  w.line(2, `${named.includes(",") ? "Ports" : "Port"}:\t${named || "<none>"}`);
  w.line(2, `${host.includes(",") ? "Host Ports" : "Host Port"}:\t${host || "<none>"}`);
  const seccomp = container.securityContext?.seccompProfile;
  if (seccomp) {
    w.line(2, `SeccompProfile:\t${seccomp.type}`);
    if (seccomp.type === "Localhost") w.line(3, `LocalhostProfile:\t${seccomp.localhostProfile ?? ""}`);
  }
}

function describeWords(w: DescribeWriter, title: string, words: readonly string[] | undefined): void {
  if (!words?.length) return;
  w.line(2, `${title}:`);
  for (const word of words) for (const line of word.split("\n")) w.line(3, line);
}

function describeState(w: DescribeWriter, title: string, state: ContainerState): void {
  const { running, waiting, terminated } = state;
  if (running) {
    w.line(2, `${title}:\tRunning`);
    w.line(3, `Started:\t${rfc1123(running.startedAt)}`);
  } else if (terminated) {
    w.line(2, `${title}:\tTerminated`);
    if (terminated.reason) w.line(3, `Reason:\t${terminated.reason}`);
    if (terminated.message) w.line(3, `Message:\t${terminated.message}`);
    w.line(3, `Exit Code:\t${terminated.exitCode}`);
    if (terminated.signal) w.line(3, `Signal:\t${terminated.signal}`);
    w.line(3, `Started:\t${rfc1123(terminated.startedAt)}`);
    w.line(3, `Finished:\t${rfc1123(terminated.finishedAt)}`);
  } else {
    w.line(2, `${title}:\tWaiting`);
    if (waiting?.reason) w.line(3, `Reason:\t${waiting.reason}`);
  }
}

/** One line: `exec [cat /tmp/healthy] delay=5s timeout=1s period=5s #success=1 #failure=3`. */
function probeText(probe: Probe): string {
  const { initialDelaySeconds = 0, timeoutSeconds = 0, periodSeconds = 0 } = probe;
  const { successThreshold = 0, failureThreshold = 0 } = probe;
  const times = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s`;
  return `${handlerText(probe)} ${times} #success=${successThreshold} #failure=${failureThreshold}`;
}

function handlerText({ exec, httpGet, tcpSocket, grpc }: Probe): string {
  if (exec) return `exec [${(exec.command ?? []).join(" ")}]`;
  if (httpGet) {
    const { scheme = "HTTP", host = "", port, path = "" } = httpGet;
    const at = port === "" ? host : `${host}:${port}`;
    return `http-get ${scheme.toLowerCase()}://${at}${path.startsWith("/") || path === "" ? "" : "/"}${path}`;
  }
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ""}:${tcpSocket.port}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ""}`;
  return "unknown";
}

function describeEnvironment(w: DescribeWriter, container: Container | EphemeralContainer, pod: Pod): void {
  if (container.envFrom?.length) {
    w.line(2, "Environment Variables from:");
    for (const { configMapRef, secretRef, prefix } of container.envFrom) {
      const from = (configMapRef ? "ConfigMap" : "Secret") + (prefix ? ` with prefix '${prefix}'` : "");
      const ref = configMapRef ?? secretRef ?? {};
      w.line(3, `${ref.name ?? ""}\t${from}\tOptional: ${ref.optional ?? false}`);
    }
  }
  w.line(2, `Environment:${container.env?.length ? "" : "\t<none>"}`);
  for (const variable of container.env ?? []) describeVariable(w, variable, container, pod);
}

function describeVariable(
  w: DescribeWriter,
  { name, value = "", valueFrom }: EnvVar,
  container: Container,
  pod: Pod,
): void {
  if (!valueFrom) {
    value.split("\n").forEach((line, i) => {
      w.line(3, i === 0 ? `${name}:\t${line}` : `\t${line}`);
    });
    return;
  }
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef) {
    w.line(
      3,
      `${name}:\t${fieldValue(pod, fieldRef.fieldPath)} (${fieldRef.apiVersion ?? "v1"}:${fieldRef.fieldPath})`,
    );
  } else if (resourceFieldRef) {
    w.line(3, `${name}:\t${resourceFieldValue(resourceFieldRef, container)} (${resourceFieldRef.resource})`);
  } else if (secretKeyRef) {
    const what = `<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name ?? ""}'>`;
    w.line(3, `${name}:\t${what}\tOptional: ${secretKeyRef.optional ?? false}`);
  } else if (configMapKeyRef) {
    const what = `<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name ?? ""}'>`;
    w.line(3, `${name}:\t${what}\tOptional: ${configMapKeyRef.optional ?? false}`);
  }
}

/** kubectl resolves whole metadata fields only: spec, status and a single label or annotation show an empty value. */
function fieldValue({ metadata }: Pod, path: string): string {
  if (path === "metadata.name") return metadata.name;
  if (path === "metadata.namespace") return metadata.namespace ?? "";
  if (path === "metadata.uid") return metadata.uid ?? "";
  return "";
}

function describeMounts(w: DescribeWriter, container: Container | EphemeralContainer): void {
  const mounts = [...(container.volumeMounts ?? [])].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1));
  w.line(2, `Mounts:${mounts.length > 0 ? "" : "\t<none>"}`);
  for (const mount of mounts) {
    const flags = (mount.readOnly ? "ro" : "rw") + (mount.subPath ? `,path="${mount.subPath}"` : "");
    w.line(3, `${mount.mountPath} from ${mount.name} (${flags})`);
  }
  if (!container.volumeDevices?.length) return;
  w.line(2, "Devices:");
  const devices = [...container.volumeDevices].sort((a, b) => (a.devicePath < b.devicePath ? -1 : 1));
  for (const device of devices) w.line(3, `${device.devicePath} from ${device.name}`);
}
