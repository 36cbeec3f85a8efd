/** The server's exact words for faults, remarks and forbidden changes, one row a rule (pkg/apis/core/validation, pkg/api/pod/warnings.go). */
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
import { prepareForUpdate } from "../src/cluster/api/update.ts";
import type { FieldError } from "../src/cluster/validation/fieldError.ts";
import { validateEphemeralContainersUpdate, validateResize } from "../src/cluster/validation/podUpdate.ts";
import { warningsFor } from "../src/cluster/validation/warnings.ts";
import { Random } from "../src/time/random.ts";

const pod = (spec: object, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default", ...metadata },
  spec: { serviceAccountName: "default", containers: [{ name: "app", image: "i:1" }], ...spec },
});
const container = (parts: object, spec: object = {}) =>
  pod({ ...spec, containers: [{ name: "app", image: "i:1", ...parts }] });
const volume = (source: object) => pod({ volumes: [{ name: "v", ...source }] });
const object = (kind: string, parts: object, apiVersion = "v1") => ({
  apiVersion,
  kind,
  metadata: { name: "x", ...(kind === "PriorityClass" || kind === "Node" ? {} : { namespace: "default" }) },
  ...parts,
});

function withDefaults(value: unknown): ApiObject {
  const decoded = decodeObject(value);
  assert.ok("object" in decoded, "status" in decoded ? decoded.status.message : "");
  const copy = copyOf(decoded.object);
  setDefaults(copy);
  return copy;
}

const lines = (errors: readonly FieldError[]) => errors.map(({ field, body }) => `${field}: ${body}`);
const more = (field: string) => `spec.volumes[0].${field}: Forbidden: may not specify more than 1 volume type`;

const faults: readonly (readonly [string, object, readonly string[]])[] = [
  [
    "a second source under the server's own name",
    volume({ emptyDir: {}, cephfs: { monitors: ["m"] } }),
    [more("cephFS")],
  ],
  [
    "a downward file of what it does not know",
    volume({ downwardAPI: { items: [{ path: "../x", fieldRef: { fieldPath: "spec.nodeName" } }] } }),
    [
      "spec.volumes[0].downwardAPI.path: Invalid value: \"../x\": must not contain '..'",
      'spec.volumes[0].downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"',
    ],
  ],
  [
    "two files of a projected volume at one path",
    volume({ projected: { sources: [1, 2].map(() => ({ secret: { name: "s", items: [{ key: "k", path: "p" }] } })) } }),
    ['spec.volumes[0].projected: Invalid value: "s": conflicting duplicate paths'],
  ],
  [
    "a token that lives too short, without a path",
    volume({ projected: { sources: [{ serviceAccountToken: { expirationSeconds: 60 } }] } }),
    [
      "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes",
      "spec.volumes[0].projected.path: Required value",
    ],
  ],
  [
    "a source of two kinds",
    volume({ projected: { sources: [{ secret: { name: "s" }, configMap: { name: "c" } }] } }),
    ["spec.volumes[0].projected.sources[0]: Forbidden: may not specify more than 1 volume type per source"],
  ],
  [
    "nfs with a relative path",
    volume({ nfs: { server: "s", path: "x" } }),
    ['spec.volumes[0].nfs.path: Invalid value: "x": must be an absolute path'],
  ],
  [
    "a disk without a name",
    volume({ gcePersistentDisk: {} }),
    ["spec.volumes[0].persistentDisk.pdName: Required value"],
  ],
  [
    "iscsi all wrong",
    volume({ iscsi: { targetPortal: "p", iqn: "x", lun: 300 } }),
    [
      'spec.volumes[0].iscsi.iqn: Invalid value: "x": must be valid format starting with iqn, eui, or naa',
      "spec.volumes[0].iscsi.lun: Invalid value: 300: must be between 0 and 255, inclusive",
    ],
  ],
  [
    "a claim template",
    volume({ ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["Once"] } } } }),
    [
      'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Unsupported value: "Once": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      "spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value",
    ],
  ],
  [
    "a device of an emptyDir",
    container({ volumeDevices: [{ name: "v", devicePath: "/../x" }] }, { volumes: [{ name: "v", emptyDir: {} }] }),
    [
      'spec.containers[0].volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
      "spec.containers[0].volumeDevices[0].devicePath: Invalid value: \"/../x\": can not contain backsteps ('..')",
    ],
  ],
  [
    "a restart rule of an unknown action",
    container({
      restartPolicy: "Never",
      restartPolicyRules: [{ action: "Stop", exitCodes: { operator: "In", values: [1] } }],
    }),
    ['spec.containers[0].restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart"'],
  ],
  [
    "a divisor is looked at even when the resource is unknown to volumes",
    container({ env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu", divisor: "1Mi" } } }] }),
    [
      'spec.containers[0].env[0].valueFrom.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor\'s values 1m and 1 are supported with the cpu resource',
    ],
  ],
  [
    "a variable from a file of no emptyDir",
    container(
      { env: [{ name: "A", valueFrom: { fileKeyRef: { key: "k", path: "p", volumeName: "v" } } }] },
      { volumes: [{ name: "v", secret: { secretName: "s" } }] },
    ),
    [
      'spec.containers[0].env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "v": referenced volume must be of type emptyDir',
    ],
  ],
  [
    "a claim that the Pod does not have",
    container({ resources: { claims: [{ name: "gpu" }] } }),
    [
      'spec.containers[0].resources.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty',
    ],
  ],
  [
    "part of a huge page",
    container({ resources: { limits: { "hugepages-2Mi": "3Mi", cpu: 1 } } }),
    ["limits", "requests"].map(
      (list) =>
        `spec.containers[0].resources.${list}[hugepages-2Mi]: Invalid value: "3Mi": 3Mi is not positive integer multiple of hugepages-2Mi`,
    ),
  ],
  [
    "with a user namespace nothing of the host",
    pod({ hostUsers: false, hostPID: true, hostIPC: true }),
    ["HostPID", "HostIPC"].map((field) => `spec.${field}: Forbidden: when \`hostUsers\` is false`),
  ],
  [
    "windows options on linux",
    container({ securityContext: { windowsOptions: { runAsUserName: "a" } } }, { os: { name: "linux" } }),
    ["spec.containers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod"],
  ],
  [
    "an operator behind a gate",
    pod({ tolerations: [{ key: "a", operator: "Gt", value: "1" }] }),
    ['spec.tolerations[0].operator: Unsupported value: "Gt": supported values: "Equal", "Exists", "Lt", "Gt"'],
  ],
  [
    "keys to match without a selector",
    pod({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: "z", whenUnsatisfiable: "ScheduleAnyway", matchLabelKeys: ["a"] },
      ],
    }),
    [
      "spec.topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
    ],
  ],
  [
    "a finalizer without a domain",
    pod({}, { finalizers: ["mine"] }),
    [
      'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
    ],
  ],
  [
    "an AppArmor annotation of no container",
    pod({}, { annotations: { "container.apparmor.security.beta.kubernetes.io/other": "x" } }),
    [
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/other]: Invalid value: "other": container not found',
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/other]: Invalid value: "x": invalid AppArmor profile name: "x"',
    ],
  ],
  [
    "a port of a Service twice, and one of the node on a ClusterIP",
    object("Service", {
      spec: {
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 80, nodePort: 30000 },
        ],
      },
    }),
    [
      "spec.ports[1].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
  ],
  [
    "an external name that is an address of its own",
    object("Service", { spec: { type: "ExternalName", ipFamilies: ["IPv4"] } }),
    ["spec.ipFamilies: Forbidden: may not be set for ExternalName services", "spec.externalName: Required value"],
  ],
  [
    "what only load balancers have",
    object("Service", {
      spec: {
        ports: [{ port: 80 }],
        loadBalancerClass: "a/b",
        allocateLoadBalancerNodePorts: true,
        loadBalancerSourceRanges: ["x"],
      },
    }),
    [
      "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
      'spec.LoadBalancerSourceRanges[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      "spec.allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
  ],
  [
    "a Secret for TLS without its parts",
    object("Secret", { type: "kubernetes.io/tls" }),
    ["data[tls.crt]: Required value", "data[tls.key]: Required value"],
  ],
  [
    "a registry's password that is no JSON",
    object("Secret", { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": "e30x" } }),
    [
      "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": invalid character '1' after top-level value",
    ],
  ],
  [
    "a ConfigMap whose keys are used twice",
    object("ConfigMap", { data: { a: "x" }, binaryData: { a: "eA==" } }),
    ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
  ],
  [
    "a LimitRange upside down",
    object("LimitRange", { spec: { limits: [{ type: "Container", max: { cpu: 1 }, min: { cpu: 2 } }] } }),
    [
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
      'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
    ],
  ],
  [
    "a quota's scopes against each other",
    object("ResourceQuota", { spec: { hard: { memory: 1 }, scopes: ["BestEffort", "NotBestEffort"] } }),
    [
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: unsupported scope applied to resource',
      'spec.scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
    ],
  ],
  [
    "a priority above those of users",
    object("PriorityClass", { value: 1000000001 }, "scheduling.k8s.io/v1"),
    ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
  ],
  [
    "a node's taint twice",
    object("Node", { spec: { taints: [1, 2].map(() => ({ key: "a", effect: "NoSchedule" })) } }),
    [
      'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
    ],
  ],
];

for (const [name, value, wanted] of faults)
  test(`fault: ${name}`, () => assert.deepEqual(lines(validateObject(withDefaults(value))), wanted));

const remarks: readonly (readonly [string, object, readonly string[]])[] = [
  [
    "a port's name in two containers",
    pod({
      containers: ["a", "b"].map((name, i) => ({
        name,
        image: "i:1",
        ports: [{ name: "http", containerPort: 80 + i }],
      })),
    }),
    [
      'spec.containers[1].ports[0]: duplicate port name "http" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
    ],
  ],
  [
    "a port given twice, once on the node",
    container({ ports: [{ containerPort: 80, hostPort: 80 }, { containerPort: 80 }] }),
    ["spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]"],
  ],
  [
    "an address of the node without a port there",
    container({ ports: [{ containerPort: 80, hostIP: "1.2.3.4" }] }),
    [
      "spec.containers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:1.2.3.4}",
    ],
  ],
  [
    "variables that hide one another, and one that builds on the one before",
    container({ env: ["a", "b", "$(A)c", "$(A)"].map((value) => ({ name: "A", value })) }),
    [1, 3].map(
      (i) => `spec.containers[0].env[${i}]: hides previous definition of "A", which may be dropped when using apply`,
    ),
  ],
  [
    "an old label of nodes",
    pod({ nodeSelector: { "beta.kubernetes.io/os": "linux", "failure-domain.beta.kubernetes.io/zone": "a" } }),
    [
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.nodeSelector[failure-domain.beta.kubernetes.io/zone]: deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    ],
  ],
  [
    "files inside a file",
    volume({
      configMap: {
        name: "c",
        items: [
          { key: "a", path: "x" },
          { key: "b", path: "x/y" },
        ],
      },
    }),
    ['volume "v" (ConfigMap "c"): overlapping paths: "x/y" with "x"'],
  ],
  [
    "files of two sources",
    volume({
      projected: {
        sources: [
          { secret: { name: "s", items: [{ key: "a", path: "x" }] } },
          { serviceAccountToken: { path: "x/y" } },
          {},
        ],
      },
    }),
    [
      'volume "v" (Projected) has no sources provided',
      'volume "v" (Projected): overlapping paths: "x/y" (ServiceAccountToken) with "x" (Secret "s")',
    ],
  ],
  [
    "a constraint that selects nothing",
    pod({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "z", whenUnsatisfiable: "ScheduleAnyway" }] }),
    ["spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod"],
  ],
  [
    "a volume of old",
    volume({ gitRepo: { repository: "r" } }),
    ["spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+"],
  ],
  [
    "an alias of the host twice, in longhand",
    pod({ hostAliases: [1, 2].map(() => ({ ip: "0:0:0:0:0:0:0:1" })) }),
    [
      'spec.hostAliases[1].ip: duplicate ip "0:0:0:0:0:0:0:1"',
      ...[0, 1].map(
        (i) =>
          `spec.hostAliases[${i}].ip: IPv6 address "0:0:0:0:0:0:0:1" should be in RFC 5952 canonical format ("::1")`,
      ),
    ],
  ],
  [
    "a name that is no host's name",
    pod({}, { name: "a.b" }),
    [
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ],
  ],
  [
    "an external name on a Service that has none",
    object("Service", { spec: { ports: [{ port: 80 }], externalName: "a.b" } }),
    ['spec.externalName is ignored when spec.type is not "ExternalName"'],
  ],
];

for (const [name, value, wanted] of remarks)
  test(`warning: ${name}`, () => {
    const checked = withDefaults(value);
    assert.deepEqual(lines(validateObject(checked)), []);
    assert.deepEqual(warningsFor(checked), wanted);
  });

/** As stored: with a resourceVersion. */
const stored = (value: object) => {
  const made = withDefaults(value);
  made.metadata.resourceVersion = "1";
  return made;
};

const changes: readonly (readonly [string, object, object, readonly string[]])[] = [
  ["another image", container({ image: "i:1" }), container({ image: "i:2" }), []],
  ["one more toleration", pod({}), pod({ tolerations: [{ operator: "Exists" }] }), []],
  ["a gate lifted", pod({ schedulingGates: [{ name: "a" }] }), pod({}), []],
  [
    "a negative grace period mended",
    pod({ terminationGracePeriodSeconds: -1 }),
    pod({ terminationGracePeriodSeconds: 1 }),
    [],
  ],
  [
    "a gate put up",
    pod({}),
    pod({ schedulingGates: [{ name: "a" }] }),
    ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'a'"],
  ],
  [
    "a toleration taken away",
    pod({ tolerations: [{ operator: "Exists" }] }),
    pod({}),
    ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
  ],
  [
    "a gated Pod's selector changed",
    pod({ schedulingGates: [{ name: "a" }], nodeSelector: { a: "b" } }),
    pod({ schedulingGates: [{ name: "a" }], nodeSelector: { a: "c" } }),
    [
      'spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed (no mutations or deletions)',
    ],
  ],
  [
    "an immutable ConfigMap",
    object("ConfigMap", { immutable: true, data: { a: "1" } }),
    object("ConfigMap", { data: { a: "2" } }),
    ["immutable", "data"].map((field) => `${field}: Forbidden: field is immutable when \`immutable\` is set`),
  ],
  [
    "another type of Secret",
    object("Secret", { type: "a" }),
    object("Secret", { type: "b" }),
    ['type: Invalid value: "b": field is immutable'],
  ],
  [
    "other scopes",
    object("ResourceQuota", { spec: { hard: { pods: 1 } } }),
    object("ResourceQuota", { spec: { hard: { pods: 1 }, scopes: ["Terminating"] } }),
    ['spec.scopes: Invalid value: ["Terminating"]: field is immutable'],
  ],
];

for (const [name, before, after, wanted] of changes)
  test(`change: ${name}`, () => {
    const old = stored(before);
    assert.deepEqual(lines(validateUpdate(old.kind, stored(after), old)), wanted);
  });

const undecodable: readonly (readonly [string, object, string])[] = [
  [
    "a structure inside another is named on the way",
    container({ livenessProbe: { exec: ["ls"] } }),
    "json: cannot unmarshal array into Go struct field Probe.spec.containers.livenessProbe.ProbeHandler.exec of type v1.ExecAction",
  ],
  [
    "so is a volume's source",
    volume({ emptyDir: "x" }),
    "json: cannot unmarshal string into Go struct field Volume.spec.volumes.VolumeSource.emptyDir of type v1.EmptyDirVolumeSource",
  ],
  [
    "so is the name of what is referred to",
    container({ envFrom: [{ configMapRef: { name: 1 } }] }),
    "json: cannot unmarshal number into Go struct field ConfigMapEnvSource.spec.containers.envFrom.configMapRef.LocalObjectReference.name of type string",
  ],
];

for (const [name, value, wanted] of undecodable)
  test(`decoding: ${name}`, () => {
    const decoded = decodeObject(value);
    assert.ok("status" in decoded);
    assert.equal(decoded.status.message, `Pod in version "v1" cannot be handled as a Pod: ${wanted}`);
  });

test("the subresources have rules of their own", () => {
  const debug = (image: string) => ({ ephemeralContainers: [{ name: "d", image }] });
  const old = stored(pod(debug("a:1"))) as unknown as Pod;
  const changed = validateEphemeralContainersUpdate(stored(pod(debug("a:2"))) as unknown as Pod, old);
  assert.equal(changed.length, 1);
  assert.match(
    changed[0]!.body,
    /^Forbidden: existing ephemeral containers "d" may not be changed\n@@ -1,6 \+1,6 @@\n \{\n {2}"Name": "d",\n- "Image": "a:1",\n\+ "Image": "a:2",\n/,
  );
  const sized = (cpu: string) =>
    stored(container({ resources: { requests: { cpu, memory: "1Mi" } } })) as unknown as Pod;
  assert.deepEqual(lines(validateResize(sized("2"), sized("1"))), []);
  assert.deepEqual(lines(validateResize(stored(container({})) as unknown as Pod, sized("1"))), [
    'spec: Invalid value: "": Pod QOS Class may not change as a result of resizing',
    "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
  ]);
});

test("fields behind gates that are off are dropped without a word", () => {
  const decoded = decodeObject(
    container({ lifecycle: { stopSignal: "SIGUSR1" } }, { schedulingGroup: { podGroupName: "g" } }),
  );
  assert.ok("object" in decoded);
  const created = prepareForCreate(decoded.object, {
    now: 0,
    random: new Random(1),
    lookup: () => undefined,
    list: () => [],
  });
  assert.ok("object" in created);
  const { spec } = created.object as unknown as Pod;
  assert.deepEqual([spec.containers[0]!.lifecycle, spec.schedulingGroup], [{}, undefined]);
});

test("a Service keeps its address, and loses with its type what belonged to it", () => {
  const context = { now: 0, random: new Random(1), lookup: () => undefined, list: () => [] };
  const service = (spec: object) => withDefaults(object("Service", { spec }));
  const created = prepareForCreate(service({ type: "NodePort", ports: [{ port: 80 }] }), context);
  assert.ok("object" in created);
  const old: ApiObject = {
    ...created.object,
    metadata: { ...created.object.metadata, resourceVersion: "1" },
  };
  const address = (old.spec as { clusterIP: string }).clusterIP;
  const update = (spec: object) => prepareForUpdate(service(spec), old, context);
  const plain = update({ ports: [{ port: 80 }] });
  assert.ok("object" in plain);
  assert.deepEqual(plain.object.spec, {
    type: "ClusterIP",
    sessionAffinity: "None",
    internalTrafficPolicy: "Cluster",
    ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
    clusterIP: address,
    clusterIPs: [address],
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
  });
  const external = update({ type: "ExternalName", externalName: "a.b" });
  assert.ok("object" in external);
  assert.equal((external.object.spec as { clusterIP?: string }).clusterIP, undefined);
  const moved = update({ clusterIP: "10.96.0.9", ports: [{ port: 80 }] });
  assert.ok("status" in moved);
  assert.match(
    moved.status.message,
    /spec\.clusterIPs\[0\]: Invalid value: \["10\.96\.0\.9"\]: may not change once set/,
  );
});
