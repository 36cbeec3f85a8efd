/** Which Pod `exec`, `attach`, `logs` and `port-forward` mean by `web`, `pod/web`, `service/web`, and which container of it. */
import type { KindInfo } from "../cluster/api/kinds.ts";
import { notFound } from "../cluster/api/status.ts";
import type { Pod } from "../cluster/api/types.ts";
import type { ApiObject } from "./client.ts";
import { fail, Failure, failureOf } from "./failure.ts";
import { allContainerNames, chooseContainer } from "./logs.ts";
import { resourceNamed } from "./resourceTypes.ts";
import type { Session } from "./session.ts";

export const asPod = (object: ApiObject) => object as unknown as Pod;

export interface NamedObject {
  readonly info: KindInfo;
  readonly object: ApiObject;
}

/** The object meant by a word, a Pod unless it says otherwise. */
export function namedObject({ client, namespace }: Session, word: string): NamedObject {
  const [type, name, more] = word.includes("/") ? word.split("/") : ["pods", word];
  if (more !== undefined) return fail("arguments in resource/name form may not have more than one slash");
  if (!type || !name) return fail("arguments in resource/name form must have a single resource and name");
  const info = resourceNamed(type);
  const object = client.get(info.kind, info.namespaced ? namespace : undefined, name);
  if (!object) throw failureOf(notFound(info.kind, name));
  return { info, object };
}

/** The Pod itself, or one of those that the object selects: the running and ready ones first. */
export function podOf(session: Session, { info, object }: NamedObject): Pod {
  return podsOf(session, { info, object })[0]!;
}

/** Never empty. */
export function podsOf({ client, namespace }: Session, { info, object }: NamedObject): Pod[] {
  if (info.kind === "Pod") return [asPod(object)];
  const selector = (object.spec as { selector?: Record<string, string> } | undefined)?.selector;
  if (info.kind !== "Service")
    return fail(`cannot attach to *v1.${info.kind}: selector for *v1.${info.kind} not implemented`);
  if (!selector || Object.keys(selector).length === 0)
    return fail(
      `cannot attach to *v1.Service: invalid service '${object.metadata.name}': Service is defined without a selector`,
    );
  const pods = client
    .list("Pod", namespace)
    .map(asPod)
    .filter(({ metadata }) => Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value));
  if (pods.length === 0) return fail("timed out waiting for the condition");
  return pods.sort((a, b) => rank(a) - rank(b));
}

/** kubectl's podutils.ActivePods, as far as it tells Pods apart here. */
function rank({ spec, status }: Pod): number {
  const ready = status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True");
  return (spec.nodeName ? 0 : 4) + (status.phase === "Running" ? 0 : 2) + (ready ? 0 : 1);
}

/** The container meant; kubectl's notice of its choice goes to stderr. */
export function containerOf({ io }: Session, pod: Pod, wanted: string | undefined, quiet = false): string {
  const choice = chooseContainer(pod, wanted);
  if ("error" in choice) throw new Failure(`${choice.error} out of: ${allContainerNames(pod)}`);
  if (choice.notice && !quiet) io.err(`${choice.notice}\n`);
  return choice.container;
}
