/** What the registry sets on a new object of each kind (pkg/registry/core). Objects are changed in place. */
import { qosClassOf } from "./qos.ts";
import type { ApiObject } from "./object.ts";
import type { CreateContext } from "./prepare.ts";
import { quotaUsage } from "./resourceQuota.ts";
import { allocateServiceAddresses } from "./serviceAddresses.ts";
import type { Status } from "./status.ts";
import type { AppArmorProfile, Pod, PodAffinityTerm, PodSpec, ResourceQuota } from "./types.ts";
import { containersOf } from "../validation/operatingSystem.ts";
import { APPARMOR_CONTAINER } from "../validation/profileAnnotations.ts";

/** Answers a refusal that comes before validation, if any. */
export function prepareByKind(object: ApiObject, context: CreateContext): Status | undefined {
  switch (object.kind) {
    case "Pod":
      preparePod(object as unknown as Pod, context);
      return undefined;
    case "Service":
      object.status = { loadBalancer: {} };
      return allocateServiceAddresses(object, context);
    case "Namespace":
      object.spec = { ...(object.spec as object), finalizers: ["kubernetes"] };
      object.status = { phase: "Active" };
      return undefined;
    case "Secret":
      encodeStringData(object);
      return undefined;
    case "ResourceQuota": {
      const quota = object as unknown as ResourceQuota;
      quota.status = { hard: { ...quota.spec?.hard }, used: quotaUsage(quota, context) };
      return undefined;
    }
    case "PersistentVolumeClaim":
      object.status = { phase: "Pending" };
      return undefined;
    default:
      return undefined;
  }
}

const GATED = "Scheduling is blocked due to non-empty scheduling gates";

function preparePod(pod: Pod, { now }: CreateContext): void {
  pod.metadata.generation = 1;
  dropDisabledFields(pod.spec);
  copyAppArmorAnnotations(pod);
  const gated = (pod.spec.schedulingGates?.length ?? 0) > 0;
  pod.status = { phase: "Pending", qosClass: qosClassOf(pod.spec) } as Pod["status"];
  if (gated)
    pod.status.conditions = [
      {
        lastProbeTime: null as never,
        lastTransitionTime: timestamp(now),
        message: GATED,
        reason: "SchedulingGated",
        status: "False",
        type: "PodScheduled",
      },
    ];
  mergeMatchLabelKeys(pod);
}

/** Fields behind feature gates that are off in this version, as a new Pod loses them without a word (pkg/api/pod/util.go). */
function dropDisabledFields(spec: PodSpec): void {
  delete spec.schedulingGroup;
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
    delete container.lifecycle?.stopSignal;
  for (const { projected } of spec.volumes ?? [])
    for (const source of projected?.sources ?? []) {
      delete source.clusterTrustBundle;
      delete source.podCertificate;
    }
}

/** The annotation of old sets the field of today where that is missing. */
function copyAppArmorAnnotations({ metadata, spec }: Pod): void {
  if (spec.os?.name === "windows" || spec.securityContext?.appArmorProfile) return;
  for (const { container } of containersOf(spec, "spec")) {
    const annotation = metadata.annotations?.[APPARMOR_CONTAINER + container.name];
    const profile = annotation === undefined ? undefined : appArmorProfile(annotation);
    if (!profile || container.securityContext?.appArmorProfile) continue;
    container.securityContext = { ...container.securityContext, appArmorProfile: profile };
  }
}

function appArmorProfile(annotation: string): AppArmorProfile | undefined {
  if (annotation === "runtime/default") return { type: "RuntimeDefault" };
  if (annotation === "unconfined") return { type: "Unconfined" };
  const name = /^localhost\/(.+)$/s.exec(annotation)?.[1];
  return name === undefined ? undefined : { type: "Localhost", localhostProfile: name };
}

function timestamp(ms: number): string {
  return `${new Date(Math.floor(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** matchLabelKeys become requirements on the Pod's own values (STRAT: mutatePodAffinity, mutateTopologySpreadConstraints). */
function mergeMatchLabelKeys({ metadata, spec }: Pod): void {
  const labels = metadata.labels ?? {};
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  const terms: PodAffinityTerm[] = [podAffinity, podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
  for (const term of terms) {
    if (!term?.labelSelector) continue;
    for (const [keys, operator] of [
      [term.matchLabelKeys, "In"],
      [term.mismatchLabelKeys, "NotIn"],
    ] as const)
      for (const key of keys ?? [])
        if (labels[key] !== undefined)
          term.labelSelector.matchExpressions = [
            ...(term.labelSelector.matchExpressions ?? []),
            { key, operator, values: [labels[key]] },
          ];
  }
  for (const constraint of spec.topologySpreadConstraints ?? [])
    for (const key of constraint.matchLabelKeys ?? [])
      if (labels[key] !== undefined && constraint.labelSelector)
        constraint.labelSelector.matchExpressions = [
          ...(constraint.labelSelector.matchExpressions ?? []),
          { key, operator: "In", values: [labels[key]] },
        ];
}

/** stringData is written into data, and is never stored itself. */
function encodeStringData(secret: ApiObject): void {
  const strings = secret.stringData as Record<string, string> | undefined;
  if (!strings) return;
  secret.data = {
    ...(secret.data as object),
    ...Object.fromEntries(Object.entries(strings).map(([key, value]) => [key, toBase64(value)])),
  };
  delete secret.stringData;
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** UTF-8, then base64. */
function toBase64(text: string): string {
  const bytes = utf8(text);
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    const group = (a << 16) | (b << 8) | c;
    out += base64Alphabet[group >> 18]! + base64Alphabet[(group >> 12) & 63]!;
    out += i + 1 < bytes.length ? base64Alphabet[(group >> 6) & 63]! : "=";
    out += i + 2 < bytes.length ? base64Alphabet[group & 63]! : "=";
  }
  return out;
}

export function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.codePointAt(0)!;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}
