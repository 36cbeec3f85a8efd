/** Probes, lifecycle hooks and their handlers. */
import type { Container, LifecycleHandler, Probe } from "../api/types.ts";
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from "./fieldError.ts";
import { isHeaderName, isPortName, isPortNumber, nonNegative } from "./formats.ts";

const handlerFields = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const;
type Handler = LifecycleHandler & Pick<Probe, "grpc">;

function validateProbe(probe: Probe | undefined, grace: number, path: string): FieldError[] {
  if (!probe) return [];
  const errors = validateHandler(probe as Handler, grace, path);
  for (const field of [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ] as const)
    if ((probe[field] ?? 0) < 0) errors.push(invalidValue(`${path}.${field}`, probe[field], nonNegative));
  const seconds = probe.terminationGracePeriodSeconds;
  if (seconds !== undefined && seconds <= 0)
    errors.push(invalidValue(`${path}.terminationGracePeriodSeconds`, seconds, "must be greater than 0"));
  return errors;
}

export function validateLivenessProbe(probe: Probe | undefined, grace: number, path: string): FieldError[] {
  return [
    ...validateProbe(probe, grace, path),
    ...(probe && probe.successThreshold !== 1
      ? [invalidValue(`${path}.successThreshold`, probe.successThreshold ?? 0, "must be 1")]
      : []),
  ];
}

export function validateReadinessProbe(probe: Probe | undefined, grace: number, path: string): FieldError[] {
  const seconds = probe?.terminationGracePeriodSeconds;
  return [
    ...validateProbe(probe, grace, path),
    ...(seconds === undefined
      ? []
      : [invalidValue(`${path}.terminationGracePeriodSeconds`, seconds, "must not be set for readinessProbes")]),
  ];
}

/** stopSignal is behind a gate that is off: it was dropped. */
export function validateLifecycle(
  { lifecycle }: Pick<Container, "lifecycle">,
  grace: number,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (lifecycle?.postStart) errors.push(...validateHandler(lifecycle.postStart, grace, `${path}.postStart`));
  if (lifecycle?.preStop) errors.push(...validateHandler(lifecycle.preStop, grace, `${path}.preStop`));
  return errors;
}

function validateHandler(handler: Handler, grace: number, path: string): FieldError[] {
  const errors: FieldError[] = [];
  let first = true;
  for (const name of handlerFields) {
    if (!handler[name]) continue;
    if (first) errors.push(...validateAction(name, handler, grace, `${path}.${name}`));
    else errors.push(forbiddenField(`${path}.${name}`, "may not specify more than 1 handler type"));
    first = false;
  }
  if (first) errors.push(required(path, "must specify a handler type"));
  return errors;
}

function validateAction(
  name: (typeof handlerFields)[number],
  handler: Handler,
  grace: number,
  path: string,
): FieldError[] {
  switch (name) {
    case "exec":
      return handler.exec!.command?.length ? [] : [required(`${path}.command`)];
    case "httpGet": {
      const action = handler.httpGet!;
      const errors = action.path ? [] : [required(`${path}.path`)];
      errors.push(...validatePort(action.port, `${path}.port`));
      if (action.scheme !== "HTTP" && action.scheme !== "HTTPS")
        errors.push(notSupported(`${path}.scheme`, action.scheme ?? "", ["HTTP", "HTTPS"]));
      for (const header of action.httpHeaders ?? [])
        for (const fault of isHeaderName(header.name))
          errors.push(invalidValue(`${path}.httpHeaders`, header.name, fault));
      return errors;
    }
    case "tcpSocket":
      return validatePort(handler.tcpSocket!.port, `${path}.port`);
    case "grpc":
      return validatePort(handler.grpc!.port, `${path}.port`);
    case "sleep": {
      const { seconds } = handler.sleep!;
      return seconds < 0 || seconds > grace
        ? [invalidValue(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)]
        : [];
    }
  }
}

function validatePort(port: number | string | undefined, path: string): FieldError[] {
  const value = port ?? 0;
  return (typeof value === "number" ? isPortNumber(value) : isPortName(value)).map((fault) =>
    invalidValue(path, value, fault),
  );
}
