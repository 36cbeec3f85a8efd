/** Label selectors and field selectors (apimachinery: pkg/labels, pkg/fields). */
import { badRequest } from "../cluster/api/status.ts";
import type { KindInfo } from "../cluster/api/kinds.ts";
import type { ApiObject } from "./client.ts";
import { failWith } from "./failure.ts";
import { parseLabelSelector, SelectorFault } from "./labelSelector.ts";

export type Matcher = (object: ApiObject) => boolean;

export function selectorMatcher(info: KindInfo, labels: string, fields: string): Matcher {
  const refuse = (why: string): never =>
    failWith(
      badRequest(
        `Unable to find "${info.apiVersion.includes("/") ? info.apiVersion : `/${info.apiVersion}`}, Resource=${info.resource}" that match label selector "${labels}", field selector "${fields}": ${why}`,
      ),
    );
  const tests = [...labelTests(labels, refuse), ...fieldTests(info, fields, refuse)];
  return (object) => tests.every((test) => test(object));
}

function labelTests(text: string, refuse: (why: string) => never): Matcher[] {
  try {
    return parseLabelSelector(text).map(
      (matches) =>
        ({ metadata }) =>
          matches(metadata.labels ?? {}),
    );
  } catch (error) {
    if (error instanceof SelectorFault) return refuse(error.message);
    throw error;
  }
}

/** Fields that the API server has indexed for selectors, by resource. */
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  pods: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.podIPs",
    "status.nominatedNodeName",
  ],
  events: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  nodes: ["spec.unschedulable"],
  namespaces: ["status.phase"],
  secrets: ["type"],
  services: ["spec.clusterIP", "spec.type"],
};

function fieldTests(info: KindInfo, text: string, refuse: (why: string) => never): Matcher[] {
  if (text === "") return [];
  return text.split(",").map((part) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(part);
    if (!match) return refuse(`invalid selector: '${part}'; can't understand '${part}'`);
    const [, field, operator, value] = match;
    if (field !== "metadata.name" && field !== "metadata.namespace" && !fieldsOf[info.resource]?.includes(field!))
      return refuse(`field label not supported: ${field}`);
    return (object) => (fieldText(object, field!) === value) === (operator !== "!=");
  });
}

function fieldText(object: ApiObject, field: string): string {
  let value: unknown = object;
  for (const name of field.split(".")) value = (value as Record<string, unknown> | undefined)?.[name];
  if (value === undefined && (field === "spec.hostNetwork" || field === "spec.unschedulable")) return "false";
  if (field === "source" && typeof value === "object") return String((value as { component?: string }).component ?? "");
  return value === undefined || value === null ? "" : String(value);
}
