/** What a filter of the scheduler sees, and how it refuses (Kubernetes: pkg/scheduler/framework/types.go). */
import type { Node, Pod } from "../api/types.ts";

export interface PlacedPod {
  readonly pod: Pod;
  readonly node: Node;
}

export interface FilterInputs {
  readonly pod: Pod;
  readonly node: Node;
  /** Pods on this node that have not ended. */
  readonly onNode: readonly Pod[];
  /** All Pods on nodes, with their nodes, for rules between Pods. */
  readonly everywhere: readonly PlacedPod[];
  /** Those of them that have affinity or anti-affinity rules of their own. */
  readonly social: readonly PlacedPod[];
  readonly nodes: readonly Node[];
  /** A namespace's labels. */
  namespaceLabels(namespace: string): Readonly<Record<string, string>>;
}

export interface Reason {
  readonly text: string;
  /** Evicting Pods could help. */
  readonly curable: boolean;
}

export type Filter = (inputs: FilterInputs) => Reason[];

export const reason = (text: string, curable = false): Reason[] => [{ text, curable }];
