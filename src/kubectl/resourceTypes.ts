/** How resources may be called on the command line: plural, singular, short name, kind, with a group or without. */
import { allKinds, type KindInfo } from "../cluster/api/kinds.ts";
import { fail } from "./failure.ts";

const shortNames: Readonly<Record<string, readonly string[]>> = {
  componentstatuses: ["cs"],
  configmaps: ["cm"],
  endpoints: ["ep"],
  events: ["ev"],
  limitranges: ["limits"],
  namespaces: ["ns"],
  nodes: ["no"],
  persistentvolumeclaims: ["pvc"],
  persistentvolumes: ["pv"],
  pods: ["po"],
  replicationcontrollers: ["rc"],
  resourcequotas: ["quota"],
  serviceaccounts: ["sa"],
  services: ["svc"],
  deployments: ["deploy"],
  replicasets: ["rs"],
  statefulsets: ["sts"],
  daemonsets: ["ds"],
  cronjobs: ["cj"],
  horizontalpodautoscalers: ["hpa"],
  poddisruptionbudgets: ["pdb"],
  ingresses: ["ing"],
  networkpolicies: ["netpol"],
  storageclasses: ["sc"],
  priorityclasses: ["pc"],
  customresourcedefinitions: ["crd", "crds"],
};

export function shortNamesOf(resource: string): readonly string[] {
  return shortNames[resource] ?? [];
}

/** What `get all` shows, in this order. */
export const categoryAll = [
  "Pod",
  "ReplicationController",
  "Service",
  "DaemonSet",
  "Deployment",
  "ReplicaSet",
  "StatefulSet",
  "HorizontalPodAutoscaler",
  "CronJob",
  "Job",
];

export function findResource(word: string): KindInfo | undefined {
  const wanted = word.toLowerCase();
  return allKinds.find((info) => {
    const group = info.apiVersion.includes("/") ? info.apiVersion.split("/")[0] : "";
    const names = [info.resource, info.kind.toLowerCase(), ...shortNamesOf(info.resource)];
    return names.some((name) => name === wanted || (group && `${name}.${group}` === wanted));
  });
}

/** The command ends when there is no such type. */
export function resourceNamed(word: string): KindInfo {
  return findResource(word) ?? fail(`the server doesn't have a resource type "${word}"`);
}

/** `pod/web`, `deployment.apps/web` */
export function objectName(info: { readonly kind: string; readonly apiVersion: string }, name: string): string {
  const group = info.apiVersion.includes("/") ? `.${info.apiVersion.split("/")[0]}` : "";
  return `${info.kind.toLowerCase()}${group}/${name}`;
}

/** `pods/web` */
export function resourceName(info: KindInfo, name: string): string {
  const group = info.apiVersion.includes("/") ? `.${info.apiVersion.split("/")[0]}` : "";
  return `${info.resource}${group}/${name}`;
}
