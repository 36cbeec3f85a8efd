/** Objects and changes of objects that the API server takes or refuses. */
import { decodeObject, validateUpdate } from "../../../src/cluster/api/index.ts";
import { type ApiObject, ApiServer, type Outcome } from "../../../src/cluster/apiServer.ts";
import { applyMergePatch } from "../../../src/cluster/patch/mergePatch.ts";
import type { Pod } from "../../../src/cluster/api/types.ts";
import { validateEphemeralContainersUpdate, validateResize } from "../../../src/cluster/validation/podUpdate.ts";
import { Clock } from "../../../src/time/clock.ts";
import { Random } from "../../../src/time/random.ts";
import { equal, type Json, NotModelled, onlyKeys } from "../format.ts";
import {
  accepted,
  checkRefusal,
  type Refusal,
  refusalKeys,
  refusalOf,
  refusalOfErrors,
  withDefaults,
} from "../refusal.ts";
import type { Table } from "./table.ts";

const emptyServer = () => new ApiServer(new Clock(), new Random(1), 0);

function create(api: ApiServer, object: unknown): Refusal {
  const decoded = decodeObject(object);
  if ("status" in decoded) return refusalOf(decoded.status, object);
  const outcome = api.create(decoded.object as ApiObject);
  return "status" in outcome ? refusalOf(outcome.status, object) : accepted;
}

const updates: Readonly<Record<string, (next: ApiObject, old: ApiObject) => ReturnType<typeof validateUpdate>>> = {
  "": (next, old) => validateUpdate(old.kind, next, old),
  ephemeralcontainers: (next, old) => validateEphemeralContainersUpdate(next as unknown as Pod, old as unknown as Pod),
  resize: (next, old) => validateResize(next as unknown as Pod, old as unknown as Pod),
};

export const submitted: Table = {
  when: ["operation"],
  input: ["operation", "object", "pod", "oldPod", "newPod", "oldObject", "newObject", "subresource", "objects"],
  expect: refusalKeys,
  check(input, expect) {
    if (input.operation === "create") {
      const api = emptyServer();
      for (const object of input.objects ?? []) create(api, object);
      return checkRefusal(create(api, input.object ?? input.pod ?? input.newPod), expect);
    }
    const update = updates[input.subresource ?? ""];
    if (input.operation !== "update" || !update)
      throw new NotModelled(`operation ${input.operation} ${input.subresource}`);
    // Both carry the same identity: the tables compare what a user may write.
    const metadata = (object: Json) => ({ ...object, metadata: { resourceVersion: "1", ...object.metadata } });
    const old = withDefaults(metadata(input.oldPod ?? input.oldObject));
    const next = withDefaults(metadata(input.newPod ?? input.newObject));
    checkRefusal(refusalOfErrors(update(next, old)), expect);
  },
};

/** One object and what is done to it in turn. */
export const operations: Table = {
  when: ["operations"],
  input: ["object", "operations"],
  expect: ["accepted"],
  check({ object, operations }, expect) {
    const api = emptyServer();
    const outcome = create(api, object);
    if (outcome.message !== "") throw new NotModelled(`the object was refused: ${outcome.message}`);
    const { kind, metadata } = withDefaults(object);
    const got = operations.map((operation: Json) => {
      onlyKeys(operation, ["set", "delete", "patch"], "operation");
      const stored = api.get(kind, metadata.namespace, metadata.name!)!;
      if (operation.delete) return !("status" in api.delete(kind, metadata.namespace, metadata.name!));
      const patch = operation.patch ?? nested(operation.set);
      const decoded = decodeObject(applyMergePatch(stored, patch));
      return "object" in decoded && wasTaken(api.update(decoded.object as ApiObject));
    });
    equal(got, expect.accepted, "accepted");
  },
};

const wasTaken = (outcome: Outcome) => "object" in outcome;

/** `{"data.key": 1}` → `{data: {key: 1}}` */
function nested(set: Readonly<Record<string, unknown>>): Json {
  const out: Json = {};
  for (const [path, value] of Object.entries(set)) {
    const steps = path.split(".");
    let at = out;
    for (const step of steps.slice(0, -1)) at = at[step] ??= {};
    at[steps.at(-1)!] = value;
  }
  return out;
}
