/** What a real API server takes is never refused: recorded objects, and Pods made up from what the API allows. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { type ApiObject, decodeObject, prepareForCreate } from "../src/cluster/api/index.ts";
import type { Pod } from "../src/cluster/api/types.ts";
import { stable } from "../src/cluster/validation/stable.ts";
import { Random } from "../src/time/random.ts";

/** The stored object; a refusal fails the test with the server's words. */
function accepted(value: unknown, others: readonly ApiObject[] = []): ApiObject {
  const decoded = decodeObject(value);
  assert.ok("object" in decoded, "status" in decoded ? decoded.status.message : "");
  const prepared = prepareForCreate(decoded.object, {
    now: 0,
    random: new Random(1),
    lookup: (kind, _namespace, name) => others.find((o) => o.kind === kind && o.metadata.name === name),
    list: (kind) => others.filter((o) => o.kind === kind),
  });
  assert.ok("object" in prepared, "status" in prepared ? prepared.status.message : "");
  return prepared.object;
}

const recordings = new URL("recordings/", import.meta.url);

interface Trace {
  readonly pod?: unknown;
  readonly objects?: readonly { kind: string; metadata: { name: string } }[];
  readonly static?: boolean;
  /** null when the server refused it or when it was gone at the end. */
  readonly watch?: readonly unknown[];
}

test("recorded Pods", () => {
  let count = 0;
  for (const group of readdirSync(new URL("traces/", recordings)))
    for (const file of readdirSync(new URL(`traces/${group}/`, recordings))) {
      const trace = JSON.parse(readFileSync(new URL(`traces/${group}/${file}`, recordings), "utf8")) as Trace;
      if (!trace.pod || trace.static || !trace.watch?.length) continue;
      const others = (trace.objects ?? []).flatMap((object) => {
        const decoded = decodeObject(object);
        return "object" in decoded ? [decoded.object] : [];
      });
      accepted(trace.pod, others);
      count++;
    }
  assert.ok(count > 20, `only ${count}`);
});

const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,10}[a-z0-9])?$/);
const path = fc.stringMatching(/^(\/[a-z0-9._-]{1,8}){1,3}$/).filter((text) => !text.includes(".."));
const relative = fc.stringMatching(/^[a-z0-9_-]{1,8}(\/[a-z0-9_-]{1,8})?$/);
const key = fc.stringMatching(/^([a-z]{1,5}\.[a-z]{2,3}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,10}[A-Za-z0-9])?$/);
const labelValue = fc.stringMatching(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,10}[A-Za-z0-9])?)?$/);
const seconds = fc.integer({ min: 0, max: 1000 });
const portNumber = fc.integer({ min: 1, max: 65535 });
const portName = fc.stringMatching(/^[a-z]([a-z0-9]{0,5}-)?[a-z0-9]{1,6}$/);
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);

/** Fields that may be there or not. */
const fields = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(shape, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;

const exec = fc.record({ command: fc.array(fc.string(), { minLength: 1, maxLength: 3 }) });
const port = fc.oneof(portNumber, portName);
const httpGet = fields({
  path: fc.string(),
  host: name,
  scheme: oneOf("HTTP", "HTTPS"),
  httpHeaders: fc.array(fc.record({ name: fc.stringMatching(/^[A-Za-z][-A-Za-z0-9]{0,8}$/), value: fc.string() }), {
    maxLength: 2,
  }),
}).chain((action) => port.map((value) => ({ ...action, port: value })));
const handler = fc.oneof(
  exec.map((action) => ({ exec: action })),
  httpGet.map((action) => ({ httpGet: action })),
  port.map((value) => ({ tcpSocket: { port: value } })),
);
const probe = fc
  .tuple(
    fc.oneof(
      handler,
      portNumber.map((value) => ({ grpc: { port: value } })),
    ),
    fields({
      initialDelaySeconds: seconds,
      timeoutSeconds: seconds,
      periodSeconds: seconds,
      failureThreshold: seconds,
    }),
  )
  .map(([how, when]) => ({ ...how, ...when }));
const hook = fc.oneof(
  handler,
  fc.integer({ min: 0, max: 30 }).map((s) => ({ sleep: { seconds: s } })),
);

const cpu = oneOf<string | number>("100m", "0.5", "1", 2, 0.25, "1500m", "2e3", 0);
const bytes = oneOf<string | number>("64Mi", "1Gi", "128974848", "129e6", "129M", 1024, "1.5Gi");
/** Requests no higher than limits: one of the two, or the same. */
const resources = fc
  .record({ cpu, memory: bytes, which: oneOf("requests", "limits", "both") })
  .map(({ which, ...amounts }) => (which === "both" ? { requests: amounts, limits: amounts } : { [which]: amounts }));

const envSource = fc.oneof(
  oneOf("metadata.name", "metadata.uid", "status.podIP", "metadata.labels['app']", "spec.nodeName").map(
    (fieldPath) => ({
      fieldRef: { fieldPath },
    }),
  ),
  oneOf("limits.cpu", "requests.memory").map((resource) => ({ resourceFieldRef: { resource } })),
  fc
    .record({ name, key: fc.stringMatching(/^[A-Za-z0-9_.-]{1,8}$/) })
    .map((ref) =>
      ref.key.startsWith("..") || ref.key === "."
        ? { secretKeyRef: { name: ref.name, key: "k" } }
        : { secretKeyRef: ref },
    ),
  fc.record({ name, key: fc.constant("key"), optional: fc.boolean() }).map((ref) => ({ configMapKeyRef: ref })),
);
const env = fc.tuple(
  fc.stringMatching(/^[ -<>-~]{1,10}$/),
  fc.oneof(
    fc.string().map((value) => ({ value })),
    envSource.map((valueFrom) => ({ valueFrom })),
    fc.constant({}),
  ),
);

const securityContext = fields({
  runAsUser: seconds,
  runAsGroup: seconds,
  runAsNonRoot: fc.boolean(),
  readOnlyRootFilesystem: fc.boolean(),
  privileged: fc.boolean(),
  capabilities: fields({ add: fc.array(oneOf("NET_ADMIN", "SYS_TIME")), drop: fc.constant(["ALL"]) }),
  seccompProfile: oneOf({ type: "RuntimeDefault" }, { type: "Localhost", localhostProfile: "p/a.json" }),
});

const volumes: readonly fc.Arbitrary<object>[] = [
  fc.constant({}),
  fields({ medium: oneOf("", "Memory", "HugePages"), sizeLimit: bytes }).map((emptyDir) => ({ emptyDir })),
  fields({ type: oneOf("", "Directory", "File", "Socket") }).chain((source) =>
    path.map((target) => ({ hostPath: { ...source, path: target } })),
  ),
  fc
    .tuple(name, fields({ optional: fc.boolean(), defaultMode: fc.integer({ min: 0, max: 0o777 }) }), relative)
    .map(([of, more, target]) => ({ configMap: { name: of, ...more, items: [{ key: "a", path: target }] } })),
  name.map((secretName) => ({ secret: { secretName } })),
  name.map((claimName) => ({ persistentVolumeClaim: { claimName } })),
  oneOf("metadata.labels", "metadata.annotations", "metadata.name").map((fieldPath) => ({
    downwardAPI: { items: [{ path: "x", fieldRef: { fieldPath } }] },
  })),
  name.map((of) => ({
    projected: {
      sources: [
        { configMap: { name: of } },
        { serviceAccountToken: { path: "token", expirationSeconds: 600 } },
        { downwardAPI: { items: [{ path: "y", fieldRef: { fieldPath: "metadata.name" } }] } },
      ],
    },
  })),
  name.map((server) => ({ nfs: { server, path: "/x" } })),
  fc.constant({ csi: { driver: "example.com" } }),
  fc.constant({ image: { reference: "busybox:1.28" } }),
  fc.constant({
    ephemeral: {
      volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    },
  }),
];

const containerParts = fields({
  command: fc.array(fc.string(), { maxLength: 3 }),
  args: fc.array(fc.string(), { maxLength: 3 }),
  workingDir: path,
  imagePullPolicy: oneOf("Always", "IfNotPresent", "Never"),
  terminationMessagePath: path,
  terminationMessagePolicy: oneOf("File", "FallbackToLogsOnError"),
  stdin: fc.boolean(),
  stdinOnce: fc.boolean(),
  tty: fc.boolean(),
  resources,
  securityContext,
  env: fc
    .uniqueArray(env, { maxLength: 3, selector: ([of]) => of })
    .map((list) => list.map(([of, more]) => ({ name: of, ...more }))),
  envFrom: fc.array(
    fc.oneof(
      name.map((of) => ({ configMapRef: { name: of } })),
      name.map((of) => ({ prefix: "P_", secretRef: { name: of, optional: true } })),
    ),
    { maxLength: 2 },
  ),
  ports: fc
    .uniqueArray(fc.tuple(portNumber, portName, oneOf("TCP", "UDP", "SCTP")), {
      maxLength: 3,
      selector: ([, of]) => of,
    })
    .map((list) => list.map(([containerPort, of, protocol]) => ({ containerPort, name: of, protocol }))),
});
const running = fields({
  livenessProbe: probe,
  startupProbe: probe,
  readinessProbe: fc.tuple(probe, seconds).map(([one, successThreshold]) => ({ ...one, successThreshold })),
  lifecycle: fields({ postStart: hook, preStop: hook }),
});
const image = oneOf("busybox", "nginx:1.27", "registry.example.com:5000/a/b@sha256:abc", "Not A Name");

const requirement = fc
  .tuple(key, fc.array(labelValue, { minLength: 1, maxLength: 2 }))
  .chain(([of, values]) =>
    oneOf<object>(
      { key: of, operator: "In", values },
      { key: of, operator: "NotIn", values },
      { key: of, operator: "Exists" },
    ),
  );
const selector = fc.oneof(
  fc.dictionary(key, labelValue, { maxKeys: 2 }).map((matchLabels) => ({ matchLabels })),
  fc.array(requirement, { maxLength: 2 }).map((matchExpressions) => ({ matchExpressions })),
);
const podTerm = fc.tuple(selector, key).map(([labelSelector, topologyKey]) => ({ labelSelector, topologyKey }));
const affinity = fields({
  nodeAffinity: fc.array(requirement, { minLength: 1, maxLength: 2 }).map((matchExpressions) => ({
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: { matchExpressions } }],
  })),
  podAffinity: podTerm.map((term) => ({ requiredDuringSchedulingIgnoredDuringExecution: [term] })),
  podAntiAffinity: podTerm.map((podAffinityTerm) => ({
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm }],
  })),
});

const podParts = fields({
  restartPolicy: oneOf("Always", "OnFailure", "Never"),
  terminationGracePeriodSeconds: fc.integer({ min: 30, max: 600 }),
  activeDeadlineSeconds: fc.integer({ min: 1, max: 2147483647 }),
  dnsPolicy: oneOf("ClusterFirst", "ClusterFirstWithHostNet", "Default"),
  dnsConfig: fields({
    nameservers: fc.array(fc.ipV4(), { maxLength: 3 }),
    searches: fc.array(oneOf("a.b", "_x.y", ".", "svc.cluster.local."), { maxLength: 3 }),
    options: fc.constant([{ name: "ndots", value: "2" }]),
  }),
  nodeSelector: fc.dictionary(key, labelValue, { maxKeys: 2 }),
  automountServiceAccountToken: fc.boolean(),
  hostname: name,
  subdomain: name,
  enableServiceLinks: fc.boolean(),
  shareProcessNamespace: fc.boolean(),
  hostAliases: fc.array(fc.record({ ip: fc.ipV4(), hostnames: fc.array(name, { maxLength: 2 }) }), { maxLength: 2 }),
  tolerations: fc.array(
    fc.oneof(
      key.map((of) => ({ key: of, operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 })),
      fc.tuple(key, labelValue).map(([of, value]) => ({ key: of, value })),
      fc.constant({ operator: "Exists" }),
    ),
    { maxLength: 2 },
  ),
  affinity,
  topologySpreadConstraints: fc
    .tuple(key, some(selector))
    .map(([topologyKey, labelSelector]) => [
      { maxSkew: 1, topologyKey, whenUnsatisfiable: "ScheduleAnyway", ...(labelSelector ? { labelSelector } : {}) },
    ]),
  readinessGates: key.map((conditionType) => [{ conditionType }]),
  schedulingGates: key.map((of) => [{ name: of }]),
  imagePullSecrets: fc.array(
    name.map((of) => ({ name: of })),
    { maxLength: 2 },
  ),
  os: oneOf({ name: "linux" }),
  securityContext: fields({
    runAsUser: seconds,
    fsGroup: seconds,
    supplementalGroups: fc.array(seconds, { maxLength: 2 }),
    fsGroupChangePolicy: oneOf("Always", "OnRootMismatch"),
    sysctls: fc.constant([{ name: "net.core.somaxconn", value: "1024" }]),
  }),
});

const pods = fc
  .record({
    name: fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,10}[a-z0-9])?$/).filter((text) => !/\.[-.]|-\./.test(text)),
    labels: fc.dictionary(key, labelValue, { maxKeys: 3 }),
    annotations: fc.dictionary(key, fc.string(), { maxKeys: 3 }),
    spec: podParts,
    volumes: fc.array(fc.oneof(...volumes), { maxLength: 3 }),
    containers: fc.array(fc.tuple(image, containerParts, running), { minLength: 1, maxLength: 3 }),
    init: fc.array(fc.tuple(image, containerParts, some(running)), { maxLength: 2 }),
    mounts: fc.boolean(),
  })
  .map(({ name: of, labels, annotations, spec, containers, init, mounts, volumes: list }) => {
    const volumeMounts = list.map((_, i) => ({ name: `v${i}`, mountPath: `/mnt/${i}`, readOnly: i === 1 }));
    const more = mounts ? { volumeMounts } : {};
    return {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: of, labels, annotations },
      spec: {
        ...spec,
        volumes: list.map((source, i) => ({ name: `v${i}`, ...source })),
        containers: containers.map(([one, parts, lives], i) => ({
          name: `c${i}`,
          image: one,
          ...parts,
          ...lives,
          ...more,
        })),
        initContainers: init.map(([one, parts, lives], i) => ({
          name: `i${i}`,
          image: one,
          ...parts,
          ...(lives ? { ...lives, restartPolicy: "Always" } : {}),
        })),
      },
    };
  });

test("Pods made up from what the API allows, and what was stored of them handed in again", () => {
  fc.assert(
    fc.property(pods, (value) => {
      const stored = accepted(value);
      const again = accepted({ ...stored, metadata: { ...stored.metadata, uid: undefined } }) as unknown as Pod;
      assert.equal(stable(again.spec), stable((stored as unknown as Pod).spec), "defaults are set once");
    }),
    { numRuns: 150, seed: 1 },
  );
});
