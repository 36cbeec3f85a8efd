/**
 * What the kubelet knows of a Pod's containers from its last look at the runtime (its PLEG cache), and small questions
 * about it. Containers come newest first.
 */
import type { Container as RuntimeContainer, Sandbox } from "../../runtime/cri.ts";
import type { Container, Pod } from "../api/types.ts";

export interface PodRuntime {
  readonly containers: readonly RuntimeContainer[];
  /** Newest first. */
  readonly sandboxes: readonly Sandbox[];
}

export const nothingRuns: PodRuntime = { containers: [], sandboxes: [] };

/** The newest instance of a container. */
export function findContainer(runtime: PodRuntime, name: string): RuntimeContainer | undefined {
  return runtime.containers.find((c) => c.name === name);
}

export function isSidecar(container: Container): boolean {
  return container.restartPolicy === "Always";
}

/** What a container's restart rules say about how it ended; undefined: no rule speaks. */
function matchingRule(container: Container, exitCode: number): string | undefined {
  for (const rule of container.restartPolicyRules ?? []) {
    const { operator, values = [] } = rule.exitCodes ?? { operator: "" };
    const matches = operator === "In" ? values.includes(exitCode) : operator === "NotIn" && !values.includes(exitCode);
    if (matches) return rule.action;
  }
  return undefined;
}

/** True when this ended container asks for all containers of its Pod to start again. */
export function asksForRestartOfAll(container: Container, ended: RuntimeContainer): boolean {
  return ended.state === "exited" && matchingRule(container, ended.exitCode) === "RestartAllContainers";
}

function ableToRestartAll({ spec: { containers, initContainers = [] } }: Pod): Container[] {
  return [...containers, ...initContainers].filter((c) =>
    c.restartPolicyRules?.some((rule) => rule.action === "RestartAllContainers"),
  );
}

export const mayRestartAll = (pod: Pod): boolean => ableToRestartAll(pod).length > 0;

/** Whether a container's end restarts all of them now; undefined when no container has such a rule. */
export function restartOfAll(pod: Pod, runtime: PodRuntime): boolean | undefined {
  const able = ableToRestartAll(pod);
  if (able.length === 0) return undefined;
  return able.some((c) => {
    const status = findContainer(runtime, c.name);
    return status !== undefined && asksForRestartOfAll(c, status);
  });
}

/** Whether an ended container runs again under its own or its Pod's policy (kubelet: pkg/api/v1/pod/util.go). */
export function policyRestarts(pod: Pod, container: Container, exitCode: number): boolean {
  if (container.restartPolicy && matchingRule(container, exitCode)) return true;
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}

/** Whether a container that failed a probe runs again: no exit code yet, so no rules. */
export function policyRestartsAfterProbe(pod: Pod, container: Container): boolean {
  return (container.restartPolicy ?? pod.spec.restartPolicy ?? "Always") !== "Never";
}

/** kubelet: ShouldContainerBeRestarted. */
export function shouldBeRestarted(pod: Pod, container: Container, runtime: PodRuntime): boolean {
  if (pod.metadata.deletionTimestamp) return false;
  const status = findContainer(runtime, container.name);
  if (!status) return true;
  if (status.state === "running") return false;
  if (status.state === "unknown" || status.state === "created") return true;
  return policyRestarts(pod, container, status.exitCode);
}

/** A plain init container that must not be repeated ended badly. OOMKilled counts as failure whatever the code says. */
export function initFailed(status: RuntimeContainer): boolean {
  return (
    status.state === "unknown" ||
    (status.state === "exited" && (status.exitCode !== 0 || status.reason === "OOMKilled"))
  );
}

/** The kubelet restarts a container in place when its name or image changes, nothing else. */
export function containerHash(container: Container): string {
  return `${container.name}|${container.image ?? ""}`;
}
