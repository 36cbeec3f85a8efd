/**
 * Parts of a Pod in the JSON of the API server's own Go types: capitalised names, every field, nil as null. Refusals
 * show it: whole structures as values, and the difference of two specs after a forbidden change (pkg/apis/core/types.go).
 */
import { goJson } from "./fieldError.ts";

/** `name` or `name:Struct`, `name:[]Struct`, `name=zero`; the API's name in brackets where it is another. */
type Fields = readonly Field[];
interface Field {
  readonly go: string;
  readonly api: string;
  readonly struct?: string;
  readonly zero: unknown;
}

const structs: Record<string, Fields> = {
  PodSpec: fields(
    "Volumes:Volume InitContainers:Container Containers:Container EphemeralContainers:EphemeralContainer RestartPolicy='' TerminationGracePeriodSeconds ActiveDeadlineSeconds DNSPolicy(dnsPolicy)='' NodeSelector ServiceAccountName='' AutomountServiceAccountToken NodeName='' SecurityContext:PodSecurityContext ImagePullSecrets:LocalObjectReference Hostname='' Subdomain='' SetHostnameAsFQDN HostnameOverride Affinity:Affinity SchedulerName='' Tolerations:Toleration HostAliases:HostAlias PriorityClassName='' Priority PreemptionPolicy DNSConfig(dnsConfig):PodDNSConfig ReadinessGates:PodReadinessGate RuntimeClassName Overhead EnableServiceLinks TopologySpreadConstraints:TopologySpreadConstraint OS(os):PodOS SchedulingGates:PodSchedulingGate ResourceClaims:PodResourceClaim Resources:ResourceRequirements SchedulingGroup:PodSchedulingGroup",
  ),
  PodSecurityContext: fields(
    "HostNetwork=false HostPID(hostPID)=false HostIPC(hostIPC)=false ShareProcessNamespace HostUsers SELinuxOptions(seLinuxOptions):SELinuxOptions WindowsOptions:WindowsOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups SupplementalGroupsPolicy FSGroup(fsGroup) FSGroupChangePolicy(fsGroupChangePolicy) Sysctls:Sysctl SeccompProfile:SeccompProfile AppArmorProfile:SeccompProfile SELinuxChangePolicy(seLinuxChangePolicy)",
  ),
  Container: fields(
    "Name='' Image='' Command Args WorkingDir='' Ports:ContainerPort EnvFrom:EnvFromSource Env:EnvVar Resources:ResourceRequirements! ResizePolicy:ContainerResizePolicy RestartPolicy RestartPolicyRules:ContainerRestartRule VolumeMounts:VolumeMount VolumeDevices:VolumeDevice LivenessProbe:Probe ReadinessProbe:Probe StartupProbe:Probe Lifecycle:Lifecycle TerminationMessagePath='' TerminationMessagePolicy='' ImagePullPolicy='' SecurityContext:SecurityContext Stdin=false StdinOnce=false TTY(tty)=false",
  ),
  ContainerPort: fields("Name='' HostPort=0 ContainerPort=0 Protocol='' HostIP(hostIP)=''"),
  EnvFromSource: fields("Prefix='' ConfigMapRef:LocalObjectReferenceOptional SecretRef:LocalObjectReferenceOptional"),
  LocalObjectReferenceOptional: fields("Name='' Optional"),
  LocalObjectReference: fields("Name=''"),
  EnvVar: fields("Name='' Value='' ValueFrom:EnvVarSource"),
  EnvVarSource: fields(
    "FieldRef:ObjectFieldSelector ResourceFieldRef:ResourceFieldSelector ConfigMapKeyRef:KeySelector SecretKeyRef:KeySelector FileKeyRef:FileKeySelector",
  ),
  ObjectFieldSelector: fields("APIVersion(apiVersion)='' FieldPath=''"),
  ResourceFieldSelector: fields("ContainerName='' Resource='' Divisor='0'"),
  KeySelector: fields("Name='' Key='' Optional"),
  FileKeySelector: fields("VolumeName='' Path='' Key='' Optional"),
  ResourceRequirements: fields("Limits Requests Claims:ResourceClaim"),
  ResourceClaim: fields("Name='' Request=''"),
  ContainerRestartRule: fields("Action='' ExitCodes:ContainerRestartRuleOnExitCodes"),
  ContainerRestartRuleOnExitCodes: fields("Operator='' Values"),
  PodSchedulingGroup: fields("PodGroupName"),
  ContainerResizePolicy: fields("ResourceName='' RestartPolicy=''"),
  VolumeMount: fields(
    "Name='' ReadOnly=false RecursiveReadOnly MountPath='' SubPath='' MountPropagation SubPathExpr=''",
  ),
  VolumeDevice: fields("Name='' DevicePath=''"),
  Probe: fields(
    "Exec:ExecAction HTTPGet(httpGet):HTTPGetAction TCPSocket(tcpSocket):TCPSocketAction GRPC(grpc):GRPCAction InitialDelaySeconds=0 TimeoutSeconds=0 PeriodSeconds=0 SuccessThreshold=0 FailureThreshold=0 TerminationGracePeriodSeconds",
  ),
  ExecAction: fields("Command"),
  HTTPGetAction: fields("Path='' Port=0 Host='' Scheme='' HTTPHeaders(httpHeaders):HTTPHeader"),
  HTTPHeader: fields("Name='' Value=''"),
  TCPSocketAction: fields("Port=0 Host=''"),
  GRPCAction: fields("Port=0 Service"),
  SleepAction: fields("Seconds=0"),
  Lifecycle: fields("PostStart:LifecycleHandler PreStop:LifecycleHandler StopSignal"),
  LifecycleHandler: fields(
    "Exec:ExecAction HTTPGet(httpGet):HTTPGetAction TCPSocket(tcpSocket):TCPSocketAction Sleep:SleepAction",
  ),
  SecurityContext: fields(
    "Capabilities:Capabilities Privileged SELinuxOptions(seLinuxOptions):SELinuxOptions WindowsOptions:WindowsOptions RunAsUser RunAsGroup RunAsNonRoot ReadOnlyRootFilesystem AllowPrivilegeEscalation ProcMount SeccompProfile:SeccompProfile AppArmorProfile:SeccompProfile",
  ),
  Capabilities: fields("Add Drop"),
  SELinuxOptions: fields("User='' Role='' Type='' Level=''"),
  WindowsOptions: fields(
    "GMSACredentialSpecName(gmsaCredentialSpecName) GMSACredentialSpec(gmsaCredentialSpec) RunAsUserName HostProcess",
  ),
  SeccompProfile: fields("Type='' LocalhostProfile"),
  Sysctl: fields("Name='' Value=''"),
  Toleration: fields("Key='' Operator='' Value='' Effect='' TolerationSeconds"),
  HostAlias: fields("IP(ip)='' Hostnames"),
  PodDNSConfig: fields("Nameservers Searches Options:PodDNSConfigOption"),
  PodDNSConfigOption: fields("Name='' Value"),
  PodReadinessGate: fields("ConditionType=''"),
  PodOS: fields("Name=''"),
  PodSchedulingGate: fields("Name=''"),
  TopologySpreadConstraint: fields(
    "MaxSkew=0 TopologyKey='' WhenUnsatisfiable='' LabelSelector MinDomains NodeAffinityPolicy NodeTaintsPolicy MatchLabelKeys",
  ),
  Affinity: fields("NodeAffinity:NodeAffinity PodAffinity:PodAffinity PodAntiAffinity:PodAffinity"),
  NodeAffinity: fields(
    "RequiredDuringSchedulingIgnoredDuringExecution:NodeSelector PreferredDuringSchedulingIgnoredDuringExecution:PreferredSchedulingTerm",
  ),
  NodeSelector: fields("NodeSelectorTerms:NodeSelectorTerm"),
  NodeSelectorTerm: fields("MatchExpressions:NodeSelectorRequirement MatchFields:NodeSelectorRequirement"),
  NodeSelectorRequirement: fields("Key='' Operator='' Values"),
  PreferredSchedulingTerm: fields("Weight=0 Preference:NodeSelectorTerm!"),
  PodAffinity: fields(
    "RequiredDuringSchedulingIgnoredDuringExecution:PodAffinityTerm PreferredDuringSchedulingIgnoredDuringExecution:WeightedPodAffinityTerm",
  ),
  PodAffinityTerm: fields("LabelSelector Namespaces TopologyKey='' NamespaceSelector MatchLabelKeys MismatchLabelKeys"),
  WeightedPodAffinityTerm: fields("Weight=0 PodAffinityTerm:PodAffinityTerm!"),
  Volume: fields(
    "Name='' HostPath:HostPathVolumeSource EmptyDir:EmptyDirVolumeSource GCEPersistentDisk(gcePersistentDisk) AWSElasticBlockStore(awsElasticBlockStore) GitRepo Secret:SecretVolumeSource NFS(nfs):NFSVolumeSource ISCSI(iscsi) Glusterfs PersistentVolumeClaim:PersistentVolumeClaimVolumeSource RBD(rbd) Quobyte FlexVolume Cinder CephFS(cephfs) Flocker DownwardAPI(downwardAPI):DownwardAPIVolumeSource FC(fc) AzureFile ConfigMap:ConfigMapVolumeSource VsphereVolume AzureDisk PhotonPersistentDisk Projected:ProjectedVolumeSource PortworxVolume ScaleIO(scaleIO) StorageOS(storageos) CSI(csi) Ephemeral Image:ImageVolumeSource",
  ),
  HostPathVolumeSource: fields("Path='' Type"),
  EmptyDirVolumeSource: fields("Medium='' SizeLimit"),
  SecretVolumeSource: fields("SecretName='' Items:KeyToPath DefaultMode Optional"),
  ConfigMapVolumeSource: fields("Name='' Items:KeyToPath DefaultMode Optional"),
  KeyToPath: fields("Key='' Path='' Mode"),
  NFSVolumeSource: fields("Server='' Path='' ReadOnly=false"),
  PersistentVolumeClaimVolumeSource: fields("ClaimName='' ReadOnly=false"),
  DownwardAPIVolumeSource: fields("Items:DownwardAPIVolumeFile DefaultMode"),
  DownwardAPIVolumeFile: fields("Path='' FieldRef:ObjectFieldSelector ResourceFieldRef:ResourceFieldSelector Mode"),
  ProjectedVolumeSource: fields("Sources:VolumeProjection DefaultMode"),
  VolumeProjection: fields(
    "Secret:SecretProjection DownwardAPI(downwardAPI):DownwardAPIProjection ConfigMap:SecretProjection ServiceAccountToken:ServiceAccountTokenProjection ClusterTrustBundle PodCertificate",
  ),
  SecretProjection: fields("Name='' Items:KeyToPath Optional"),
  DownwardAPIProjection: fields("Items:DownwardAPIVolumeFile"),
  ServiceAccountTokenProjection: fields("Audience='' ExpirationSeconds=0 Path=''"),
  ImageVolumeSource: fields("Reference='' PullPolicy=''"),
  PersistentVolumeClaimSpec: fields(
    "AccessModes Selector Resources:VolumeResourceRequirements! VolumeName='' StorageClassName VolumeMode DataSource:TypedLocalObjectReference DataSourceRef:TypedObjectReference VolumeAttributesClassName",
  ),
  VolumeResourceRequirements: fields("Limits Requests"),
  TypedLocalObjectReference: fields("APIGroup(apiGroup) Kind='' Name=''"),
  TypedObjectReference: fields("APIGroup(apiGroup) Kind='' Name='' Namespace"),
  PodResourceClaim: fields("Name='' ResourceClaimName ResourceClaimTemplateName"),
  ServicePort: fields("Name='' Protocol='' AppProtocol Port=0 TargetPort=0 NodePort=0"),
  ScopeSelector: fields("MatchExpressions:ScopedResourceSelectorRequirement"),
  ScopedResourceSelectorRequirement: fields("ScopeName='' Operator='' Values"),
  Taint: fields("Key='' Value='' Effect='' TimeAdded"),
};
// An ephemeral container is a container that may aim at another.
structs.EphemeralContainer = [...structs.Container!, ...fields("TargetContainerName=''")];

function fields(text: string): Fields {
  return text.split(" ").map((part) => {
    const [, go = "", api, struct, zero] = /^(\w+)(?:\((\w+)\))?(?::(\w+!?))?(?:=(.+))?$/.exec(part)!;
    const value = struct?.endsWith("!")
      ? {}
      : zero === undefined
        ? null
        : zero === "false"
          ? false
          : zero === "0"
            ? 0
            : zero.slice(1, -1);
    return {
      go,
      api: api ?? go[0]!.toLowerCase() + go.slice(1),
      ...(struct ? { struct: struct.replace("!", "") } : {}),
      zero: value,
    };
  });
}

function internal(struct: string, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((item) => internal(struct, item));
  const shape = structs[struct];
  if (!shape || typeof value !== "object") return value;
  const given = value as Record<string, unknown>;
  const out: Record<string, unknown> = {};
  for (const { go, api, struct: inner, zero } of shape) {
    const own = given[api] ?? zero;
    out[go] = inner ? internal(inner, own) : sortedMap(own);
  }
  return out;
}

/** Go writes maps with their keys in order. */
function sortedMap(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** On one line, as values are shown. */
export function internalJson(struct: string, value: unknown): string {
  return goJson(internal(struct, value));
}

/** Over many lines, indented by one space: what differences are taken of. */
export function internalText(struct: string, value: unknown): string {
  return JSON.stringify(internal(struct, value), null, 1);
}

/** A Pod's spec over many lines. */
export function internalPodSpec(spec: object): string {
  const given = spec as Record<string, unknown>;
  // These stand in the security context inside the server.
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace, hostUsers } = given;
  const securityContext = {
    ...(given.securityContext as object),
    hostNetwork,
    hostPID,
    hostIPC,
    shareProcessNamespace,
    hostUsers,
  };
  return internalText("PodSpec", { ...given, securityContext });
}
