/** Validation: Kubernetes' own cases, and the exact words of what those cases leave open. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ApiObject,
  copyOf,
  decodeObject,
  prepareForCreate,
  setDefaults,
  validateObject,
  validateUpdate,
} from "../src/cluster/api/index.ts";
import type { Pod } from "../src/cluster/api/types.ts";
import type { FieldError } from "../src/cluster/validation/fieldError.ts";
import { Random } from "../src/time/random.ts";

function decoded(value: unknown): ApiObject {
  const result = decodeObject(value);
  assert.ok("object" in result, JSON.stringify(result));
  return result.object;
}

function withDefaults(value: unknown): ApiObject {
  const object = copyOf(decoded(value));
  setDefaults(object);
  return object;
}

function create(value: unknown, objects: readonly ApiObject[] = []): ReturnType<typeof prepareForCreate> {
  return prepareForCreate(decoded(value), {
    now: 0,
    random: new Random(1),
    lookup: (kind, _namespace, name) => objects.find((o) => o.kind === kind && o.metadata.name === name),
    list: (kind) => objects.filter((o) => o.kind === kind),
  });
}

const textOf = (errors: readonly FieldError[]) => errors.map(({ field, body }) => `${field}: ${body}`).join(", ");

function podWith(spec: object, metadata: object = {}): unknown {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "default", ...metadata },
    spec: { containers: [{ name: "app", image: "nginx" }], ...spec },
  };
}

const withContainer = (container: object) => podWith({ containers: [{ name: "app", image: "nginx", ...container }] });
const errorsOf = (value: unknown) => textOf(validateObject(withDefaults(value)));

const words: readonly [string, unknown, string][] = [
  [
    "both faults of a short resource name, on limits and the requests made from them",
    withContainer({ resources: { limits: { gpu: 1 } } }),
    ["limits", "requests"]
      .flatMap((list) =>
        ["must be a standard resource type or fully qualified", "must be a standard resource for containers"].map(
          (why) => `spec.containers[0].resources.${list}[gpu]: Invalid value: "gpu": ${why}`,
        ),
      )
      .join(", "),
  ],
  [
    "a second handler",
    withContainer({ livenessProbe: { exec: { command: ["ls"] }, httpGet: { port: 80 } } }),
    "spec.containers[0].livenessProbe.httpGet: Forbidden: may not specify more than 1 handler type",
  ],
  [
    "a deadline of nothing",
    podWith({ activeDeadlineSeconds: 0 }),
    "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive",
  ],
  [
    "DNS policy None alone",
    podWith({ dnsPolicy: "None" }),
    "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
  ],
  [
    "a spread constraint twice",
    podWith({
      topologySpreadConstraints: [1, 2].map((maxSkew) => ({
        maxSkew,
        topologyKey: "zone",
        whenUnsatisfiable: "DoNotSchedule",
      })),
    }),
    'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"',
  ],
  [
    "a host port of two containers",
    podWith({
      containers: ["a", "b"].map((name) => ({ name, image: "i", ports: [{ containerPort: 80, hostPort: 8080 }] })),
    }),
    'spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//8080"',
  ],
  [
    "a mode beyond 0777",
    podWith({ volumes: [{ name: "v", configMap: { name: "c", defaultMode: 512 } }] }),
    "spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive",
  ],
  [
    "a divisor that cpu does not take",
    withContainer({
      env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1k" } } }],
    }),
    'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
  ],
];

for (const [name, value, wanted] of words) test(`words: ${name}`, () => assert.equal(errorsOf(value), wanted));

test("nothing that a server accepts is refused", () => {
  for (const value of [
    podWith({ terminationGracePeriodSeconds: -1 }),
    podWith({ volumes: [{ name: "v" }] }),
    podWith({ tolerations: [{ operator: "Exists" }] }),
    podWith({ restartPolicy: "Never", hostNetwork: true }),
    podWith({ nodeSelector: { disk: "ssd" }, hostAliases: [{ ip: "::1", hostnames: ["a.b"] }] }),
    withContainer({ image: "Not A Name" }),
    withContainer({ ports: [{ containerPort: 80 }, { containerPort: 80 }] }),
    withContainer({ env: [{ name: "A B!", value: "" }, { name: "A B!" }] }),
    withContainer({ livenessProbe: { httpGet: { port: "web" }, initialDelaySeconds: 0 } }),
    withContainer({ resources: { requests: { cpu: 0 }, limits: { memory: "1e3" } } }),
    withContainer({ lifecycle: { preStop: { sleep: { seconds: 30 } } } }),
    podWith({}, { labels: { a: "", "example.com/b": "x_y.z" }, annotations: { "UPPER/Case": "x".repeat(1000) } }),
  ])
    assert.equal(errorsOf(value), "", JSON.stringify(value));
});

test("a change of anything but the image shows what changed", () => {
  const old = withDefaults(withContainer({ command: ["a"] }));
  const changed = withDefaults(withContainer({ command: ["b"] }));
  const [error] = validateUpdate("Pod", changed, old);
  assert.ok(error);
  assert.match(error.body, /^Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,/);
  const [, ...lines] = error.detail.split("\n");
  assert.deepEqual(
    lines.filter((line) => /^[-+]/.test(line)),
    ['-    "a"', '+    "b"'],
  );
  assert.match(lines[0]!, /^@@ -\d+,7 \+\d+,7 @@$/);
});

test("a LimitRange's defaults and bounds", () => {
  const range = decoded({
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: "r", namespace: "default" },
    spec: { limits: [{ type: "Container", max: { cpu: 1 }, default: { cpu: "500m" } }] },
  });
  const filled = create(
    podWith({}),
    [copyOf(range)].map((object) => (setDefaults(object), object)),
  );
  assert.ok("object" in filled);
  const [container] = (filled.object as unknown as Pod).spec.containers;
  assert.deepEqual(container!.resources, { requests: { cpu: "500m" }, limits: { cpu: "500m" } });
  assert.equal(
    filled.object.metadata.annotations?.["kubernetes.io/limit-ranger"],
    "LimitRanger plugin set: cpu request for container app; cpu limit for container app",
  );
  const refused = create(withContainer({ resources: { limits: { cpu: 2 } } }), [range]);
  assert.ok("status" in refused);
  assert.equal(refused.status.message, 'pods "web" is forbidden: maximum cpu usage per Container is 1, but limit is 2');
});

test("a quota that is used up", () => {
  const quota = decoded({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "q", namespace: "default" },
    spec: { hard: { pods: "1", "requests.cpu": "1" } },
  });
  const first = create(withContainer({ resources: { requests: { cpu: "500m" } } }), [quota]);
  assert.ok("object" in first);
  const second = create(podWith({ containers: [{ name: "b", image: "i", resources: { requests: { cpu: 1 } } }] }), [
    quota,
    first.object,
  ]);
  assert.ok("status" in second);
  assert.equal(
    second.status.message,
    'pods "web" is forbidden: exceeded quota: q, requested: pods=1,requests.cpu=1, used: pods=1,requests.cpu=500m, limited: pods=1,requests.cpu=1',
  );
  const silent = create(podWith({}), [quota]);
  assert.ok("status" in silent);
  assert.equal(silent.status.message, 'pods "web" is forbidden: failed quota: q: must specify requests.cpu for: app');
});
