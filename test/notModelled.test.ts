import assert from "node:assert/strict";
import { test } from "node:test";
import { structNamed } from "../src/cluster/api/schema.ts";
import { isNotModelled, notModelledFields, notModelledIn } from "../src/simulation/notModelled.ts";

/** What the simulator acts on, or what changes nothing that anyone could see. By structure; `*`: all its fields. */
const modelled: Readonly<Record<string, string>> = {
  // Written by the server alone: the time and versions are kept as it would.
  ObjectMeta:
    "annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp generateName generation labels name " +
    "namespace resourceVersion selfLink uid",
  PodSpec:
    "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks " +
    "ephemeralContainers hostAliases hostNetwork hostPID hostname hostnameOverride imagePullSecrets initContainers " +
    "nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resources " +
    "restartPolicy schedulerName schedulingGates securityContext serviceAccount serviceAccountName setHostnameAsFQDN " +
    "shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes",
  "PodSpec.resources": "requests",
  PodSecurityContext: "fsGroup fsGroupChangePolicy runAsGroup runAsNonRoot runAsUser supplementalGroups sysctls",
  SecurityContext:
    "allowPrivilegeEscalation capabilities privileged readOnlyRootFilesystem runAsGroup runAsNonRoot runAsUser",
  Container:
    "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy " +
    "resources restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce terminationMessagePath " +
    "terminationMessagePolicy tty volumeMounts workingDir",
  // The API refuses what an ephemeral container may not have.
  EphemeralContainer:
    "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy " +
    "resources restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce terminationMessagePath " +
    "targetContainerName terminationMessagePolicy tty volumeMounts workingDir",
  Lifecycle: "postStart preStop",
  LifecycleHandler: "*",
  Probe: "*",
  GRPCAction: "*",
  ExecAction: "*",
  HTTPGetAction: "*",
  HTTPHeader: "*",
  TCPSocketAction: "*",
  SleepAction: "*",
  ContainerPort: "*",
  Capabilities: "*",
  ContainerResizePolicy: "*",
  ContainerRestartRule: "*",
  ContainerRestartRuleOnExitCodes: "*",
  ResourceRequirements: "limits requests",
  EnvVar: "*",
  EnvVarSource: "configMapKeyRef fieldRef resourceFieldRef secretKeyRef",
  EnvFromSource: "*",
  ConfigMapEnvSource: "*",
  SecretEnvSource: "*",
  ConfigMapKeySelector: "*",
  SecretKeySelector: "*",
  ObjectFieldSelector: "*",
  ResourceFieldSelector: "*",
  VolumeMount: "mountPath name readOnly subPath subPathExpr",
  Volume: "configMap downwardAPI emptyDir hostPath name projected secret",
  ConfigMapVolumeSource: "*",
  SecretVolumeSource: "*",
  DownwardAPIVolumeSource: "*",
  DownwardAPIVolumeFile: "*",
  EmptyDirVolumeSource: "*",
  HostPathVolumeSource: "*",
  ProjectedVolumeSource: "*",
  VolumeProjection: "configMap downwardAPI secret serviceAccountToken",
  ConfigMapProjection: "*",
  SecretProjection: "*",
  DownwardAPIProjection: "*",
  ServiceAccountTokenProjection: "*",
  KeyToPath: "*",
  Affinity: "*",
  NodeAffinity: "*",
  NodeSelector: "*",
  NodeSelectorTerm: "*",
  NodeSelectorRequirement: "*",
  PreferredSchedulingTerm: "*",
  PodAffinity: "*",
  PodAntiAffinity: "*",
  PodAffinityTerm: "*",
  WeightedPodAffinityTerm: "*",
  LabelSelector: "*",
  LabelSelectorRequirement: "*",
  TopologySpreadConstraint: "*",
  Toleration: "*",
  HostAlias: "*",
  LocalObjectReference: "*",
  PodDNSConfig: "*",
  PodDNSConfigOption: "*",
  PodOS: "*",
  PodReadinessGate: "*",
  PodSchedulingGate: "*",
  Sysctl: "*",
};

const isModelled = (struct: string, field: string, holder?: string): boolean =>
  [struct, holder ?? ""].some((key) => {
    const names = modelled[key]?.split(" ");
    return names?.includes(field) || names?.includes("*");
  });

test("every field of a Pod is modelled or is said not to be", () => {
  const unknown = new Set<string>();
  const twice = new Set<string>();
  const seen = new Set<string>();
  const walk = (struct: string, holder?: string): void => {
    const key = `${struct} ${holder && (modelled[holder] || notModelledFields[holder]) ? holder : ""}`;
    if (seen.has(key)) return;
    seen.add(key);
    for (const [field, schema] of Object.entries(structNamed(struct)?.fields ?? {})) {
      const not = isNotModelled(struct, field, holder);
      const does = isModelled(struct, field, holder);
      if (!not && !does) unknown.add(`${struct}.${field}`);
      // A holder may take a field out of what its structure has elsewhere.
      if (not && does && !holder) twice.add(`${struct}.${field}`);
      const inner = schema.ref ?? schema.items?.ref ?? schema.map?.ref;
      if (!not && inner) walk(inner, `${struct}.${field}`);
    }
  };
  walk("ObjectMeta");
  walk("PodSpec");
  assert.deepEqual([...unknown], []);
  assert.deepEqual([...twice], []);
});

test("the tables name real fields", () => {
  for (const [key, names] of [...Object.entries(notModelledFields), ...Object.entries(modelled)]) {
    const [struct, field] = key.split(".") as [string, string?];
    const schema = structNamed(struct)?.fields?.[field ?? ""];
    const fields = structNamed(field ? schema!.ref! : struct)?.fields ?? {};
    for (const name of names.split(" ")) if (name !== "*") assert.ok(name in fields, `${key}: ${name}`);
  }
});

const container = { name: "a", image: "busybox:1.36" };
const cases: readonly [spec: object, expected: string[]][] = [
  [{ containers: [container] }, []],
  [
    {
      containers: [{ ...container, securityContext: { seccompProfile: { type: "RuntimeDefault" }, runAsUser: 1000 } }],
    },
    ["spec.containers[0].securityContext.seccompProfile"],
  ],
  [{ hostIPC: false, containers: [container] }, []],
  [{ resources: { limits: { cpu: "1" }, requests: { cpu: "1" } }, containers: [container] }, ["spec.resources.limits"]],
  [{ containers: [{ ...container, resources: { limits: { cpu: "1" } } }] }, []],
  [
    { containers: [container], initContainers: [container, { ...container, lifecycle: { stopSignal: "SIGINT" } }] },
    ["spec.initContainers[1].lifecycle.stopSignal"],
  ],
  [
    {
      containers: [container],
      volumes: [
        { name: "v", emptyDir: {} },
        { name: "w", nfs: { server: "s", path: "/" } },
      ],
    },
    ["spec.volumes[1].nfs"],
  ],
];
for (const [spec, expected] of cases)
  test(JSON.stringify(spec).slice(0, 100), () => assert.deepEqual(notModelledIn({ spec }), expected));
