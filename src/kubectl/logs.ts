/** `kubectl logs`: which container is meant, and what the API server and the kubelet answer in place of a log. */
import type { ContainerStatus, Pod } from "../cluster/api/types.ts";

/** Where logs are kept. Undefined: no such run of the container. */
export interface LogSource {
  /** The log of the container's newest run, or with `previous` of the dead run before it. */
  read(pod: Pod, container: string, previous: boolean): string | undefined;
}

export interface ContainerChoice {
  readonly container: string;
  /** kubectl says on stderr which container it took when there are several. */
  readonly notice: string;
}

export type LogsAnswer = { readonly text: string } | { readonly error: string };

const defaultContainerAnnotation = "kubectl.kubernetes.io/default-container";

/** The container meant by `-c wanted`, or the default one; kubectl (cmd/util/podcmd) decides it without the server. */
export function chooseContainer(pod: Pod, wanted?: string): ContainerChoice | { readonly error: string } {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const names = [...containers, ...ephemeralContainers, ...initContainers].map((container) => container.name);
  if (wanted) {
    if (names.includes(wanted)) return { container: wanted, notice: "" };
    return { error: `error: container ${wanted} is not valid for pod ${pod.metadata.name}` };
  }
  const annotated = pod.metadata.annotations?.[defaultContainerAnnotation];
  if (annotated && names.includes(annotated)) return { container: annotated, notice: "" };
  const container = containers[0]?.name ?? "";
  if (names.length === 1) return { container, notice: "" };
  return { container, notice: `Defaulted container "${container}" out of: ${allContainerNames(pod)}` };
}

/** `app, dbg (ephem), setup (init)` */
export function allContainerNames({ spec }: Pod): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = spec;
  return [
    ...containers.map((c) => c.name),
    ...ephemeralContainers.map((c) => `${c.name} (ephem)`),
    ...initContainers.map((c) => `${c.name} (init)`),
  ].join(", ");
}

/** The log, or the line kubectl prints on stderr before it exits 1. */
export function podLogs(pod: Pod, container: string, previous: boolean, source: LogSource): LogsAnswer {
  if (!pod.spec.nodeName) return { text: "" };
  const refusal = kubeletRefusal(pod, container, previous);
  if (refusal !== undefined) return { error: `Error from server (BadRequest): ${refusal}` };
  const text = source.read(pod, container, previous);
  if (text !== undefined) return { text };
  // The kubelet keeps one dead run: an older one is gone although the status still names it.
  const status = statusOf(pod, container);
  const id = (previous ? status?.lastState?.terminated : status?.state?.terminated)?.containerID ?? status?.containerID;
  return { text: `unable to retrieve container logs for ${id ?? ""}` };
}

/** kubelet_pods.go: validateContainerLogStatus. */
function kubeletRefusal(pod: Pod, container: string, previous: boolean): string | undefined {
  const where = `container "${container}" in pod "${pod.metadata.name}"`;
  const status = statusOf(pod, container);
  if (!status) return `${where} is not available`;
  const { waiting, running, terminated } = status.state ?? {};
  const last = status.lastState?.terminated;
  if (previous) {
    return last?.containerID ? undefined : `previous terminated ${where} not found`;
  }
  if (running) return undefined;
  if (terminated) return terminated.containerID || last?.containerID ? undefined : `${where} is terminated`;
  if (last) return last.containerID ? undefined : `${where} is terminated`;
  if (!waiting) return `${where} is waiting to start - no logs yet`;
  return `${where} is waiting to start: ${waitingTexts[waiting.reason ?? ""] ?? waiting.reason ?? ""}`;
}

const waitingTexts: Record<string, string> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: "trying and failing to pull image",
};

function statusOf({ status = {} }: Pod, name: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find((s) => s.name === name);
}
