/**
 * Empties a namespace that is to go, then lets it go (kube-controller-manager: pkg/controller/namespace). What is in it is
 * deleted as anyone would delete it: Pods get their grace period.
 */
import type { Clock } from "../time/clock.ts";
import type { ApiServer } from "./apiServer.ts";
import { kindNamed } from "./api/kinds.ts";

/** The controller waits so long before it looks, for the sake of other API servers: namespaceDeletionGracePeriod. */
const graceMs = 5000;
/** It asks for each of some sixty types in turn, with a client that is held back; observed. */
const syncMs = 900;

interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

export class NamespaceController {
  readonly #clock: Clock;
  readonly #api: ApiServer;

  constructor(clock: Clock, api: ApiServer) {
    this.#clock = clock;
    this.#api = api;
    api.watch("Namespace", ({ type, object: { metadata }, old }) => {
      if (type === "MODIFIED" && metadata.deletionTimestamp && !old?.metadata.deletionTimestamp)
        this.#syncLater(metadata.name!);
    });
  }

  #syncLater(name: string): void {
    this.#clock.after(graceMs + syncMs, () => this.#sync(name));
  }

  #sync(name: string): void {
    if (!this.#api.get("Namespace", undefined, name)) return;
    const kinds = this.#api.kinds().filter((kind) => kindNamed(kind)?.namespaced);
    for (const kind of kinds)
      for (const { metadata } of this.#api.list(kind, name)) this.#api.delete(kind, name, metadata.name!);
    const left = kinds.flatMap((kind) => {
      const count = this.#api.list(kind, name).length;
      return count > 0 ? [`${kindNamed(kind)!.resource}. has ${count} resource instances`] : [];
    });
    if (left.length === 0) {
      this.#api.remove("Namespace", undefined, name);
      return;
    }
    this.#api.modify("Namespace", undefined, name, (old) => ({
      ...old,
      status: { ...(old.status as object), conditions: this.#conditions(left) },
    }));
    this.#syncLater(name);
  }

  #conditions(left: readonly string[]): (Condition & { lastTransitionTime: string })[] {
    const conditions: readonly Condition[] = [
      {
        type: "NamespaceDeletionDiscoveryFailure",
        status: "False",
        reason: "ResourcesDiscovered",
        message: "All resources successfully discovered",
      },
      {
        type: "NamespaceDeletionGroupVersionParsingFailure",
        status: "False",
        reason: "ParsedGroupVersions",
        message: "All legacy kube types successfully parsed",
      },
      {
        type: "NamespaceDeletionContentFailure",
        status: "False",
        reason: "ContentDeleted",
        message: "All content successfully deleted, may be waiting on finalization",
      },
      {
        type: "NamespaceContentRemaining",
        status: "True",
        reason: "SomeResourcesRemain",
        message: `Some resources are remaining: ${left.join(", ")}`,
      },
      {
        type: "NamespaceFinalizersRemaining",
        status: "False",
        reason: "ContentHasNoFinalizers",
        message: "All content-preserving finalizers finished",
      },
    ];
    return conditions.map((condition) => ({ ...condition, lastTransitionTime: this.#api.timestamp() }));
  }
}
