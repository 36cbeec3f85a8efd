/** Waiting for an object to become as wanted. */
import { Signal, type Task, wait, withTimeout } from "../time/task.ts";
import type { ApiClient, ApiObject } from "./client.ts";

/**
 * True once `right` holds for the object (undefined: it is gone); false when `end` (ms since the epoch) came first.
 * Nothing is looked at but when the object changes.
 */
export function* until(
  { client }: { readonly client: ApiClient },
  kind: string,
  { metadata }: { readonly metadata: { readonly name?: string; readonly namespace?: string } },
  right: (now: ApiObject | undefined) => boolean,
  end = Number.POSITIVE_INFINITY,
): Task<boolean> {
  const { name, namespace } = metadata;
  if (right(client.get(kind, namespace, name!))) return true;
  const left = end - client.now();
  if (left <= 0) return false;
  const changed = new Signal<void>();
  // What came and went between two looks counts too: each change is shown to `right` as it was.
  let met = false;
  const stop = client.watch(kind, ({ type, object }) => {
    if (object.metadata.name !== name || object.metadata.namespace !== namespace || met) return;
    if (right(type === "DELETED" ? undefined : (object as ApiObject))) met = true;
    if (met) changed.fire();
  });
  try {
    if (left === Number.POSITIVE_INFINITY) yield* wait(changed.asWait());
    else yield* withTimeout(left, changed.next());
    return met;
  } finally {
    stop();
  }
}
