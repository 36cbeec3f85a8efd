/** resourceFieldRef: a container's requests and limits as whole numbers, rounded up (Kubernetes: pkg/api/v1/resource/helpers.go). */
import { milliValue } from "../api/quantity.ts";
import type { Container, Pod } from "../api/types.ts";

/** `resource`: `limits.cpu`, `requests.memory`…; a limit that is not set is what the node has. */
export function resourceFieldValue(
  pod: Pod,
  container: Container,
  resource: string,
  divisor: string | number | undefined,
  allocatable: Readonly<Record<string, string | number>>,
): string {
  const dot = resource.indexOf(".");
  const list = resource.slice(0, dot) as "limits" | "requests";
  const name = resource.slice(dot + 1);
  const own = container.resources?.[list]?.[name];
  const fallback = list === "limits" ? (pod.spec.resources?.limits?.[name] ?? allocatable[name]) : "0";
  const value = milliValue(own ?? fallback ?? "0");
  const unit = milliValue(divisor === undefined || milliValue(divisor) === 0 ? "1" : divisor);
  return String(Math.ceil(value / unit));
}
