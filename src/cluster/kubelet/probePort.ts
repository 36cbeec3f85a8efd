/** The port that a probe or hook means (kubelet: pkg/probe/util.go). */
import type { Container } from "../api/types.ts";

/** A number, or the error's text. Named ports are the container's own, not its neighbours'. */
export function resolvePort(port: string | number, container: Container): number | string {
  const named = typeof port === "string" ? container.ports?.find((p) => p.name === port)?.containerPort : undefined;
  if (typeof port === "string" && named === undefined && !/^\d+$/.test(port))
    return `strconv.Atoi: parsing "${port}": invalid syntax`;
  const number = named ?? Number(port);
  return number > 0 && number < 65536 ? number : `invalid port number: ${number}`;
}
