/**
 * What the schema does not say about the API's Go types (api: core/v1/types.go): the names of string types, which the
 * decoder's messages show, and which scalars are pointers, so that a zero is kept when an object is written.
 */

/** `Struct.field` → the type's name in messages; for lists and maps, of their elements. */
const namedTypes: Readonly<Record<string, string>> = {
  "AppArmorProfile.type": "v1.AppArmorProfileType",
  "AzureDiskVolumeSource.cachingMode": "v1.AzureDataDiskCachingMode",
  "AzureDiskVolumeSource.kind": "v1.AzureDataDiskKind",
  "Capabilities.add": "v1.Capability",
  "Capabilities.drop": "v1.Capability",
  "Container.imagePullPolicy": "v1.PullPolicy",
  "Container.restartPolicy": "v1.ContainerRestartPolicy",
  "Container.terminationMessagePolicy": "v1.TerminationMessagePolicy",
  "ContainerPort.protocol": "v1.Protocol",
  "ContainerResizePolicy.resourceName": "v1.ResourceName",
  "ContainerResizePolicy.restartPolicy": "v1.ResourceResizeRestartPolicy",
  "ContainerRestartRule.action": "v1.ContainerRestartRuleAction",
  "ContainerRestartRuleOnExitCodes.operator": "v1.ContainerRestartRuleOnExitCodesOperator",
  "EmptyDirVolumeSource.medium": "v1.StorageMedium",
  "EndpointPort.protocol": "v1.Protocol",
  "EphemeralContainer.imagePullPolicy": "v1.PullPolicy",
  "EphemeralContainer.restartPolicy": "v1.ContainerRestartPolicy",
  "EphemeralContainer.terminationMessagePolicy": "v1.TerminationMessagePolicy",
  "HTTPGetAction.scheme": "v1.URIScheme",
  "HostPathVolumeSource.type": "v1.HostPathType",
  "ImageVolumeSource.pullPolicy": "v1.PullPolicy",
  "LabelSelectorRequirement.operator": "v1.LabelSelectorOperator",
  "Lifecycle.stopSignal": "v1.Signal",
  "LimitRangeItem.type": "v1.LimitType",
  "ManagedFieldsEntry.operation": "v1.ManagedFieldsOperationType",
  "NamespaceSpec.finalizers": "v1.FinalizerName",
  "NodeCondition.status": "v1.ConditionStatus",
  "NodeCondition.type": "v1.NodeConditionType",
  "NodeSelectorRequirement.operator": "v1.NodeSelectorOperator",
  "NodeStatus.phase": "v1.NodePhase",
  "ObjectMeta.uid": "types.UID",
  "ObjectReference.uid": "types.UID",
  "OwnerReference.uid": "types.UID",
  "PersistentVolumeClaimSpec.accessModes": "v1.PersistentVolumeAccessMode",
  "PersistentVolumeClaimSpec.volumeMode": "v1.PersistentVolumeMode",
  "PodCondition.status": "v1.ConditionStatus",
  "PodCondition.type": "v1.PodConditionType",
  "PodOS.name": "v1.OSName",
  "PodReadinessGate.conditionType": "v1.PodConditionType",
  "PodSecurityContext.fsGroupChangePolicy": "v1.PodFSGroupChangePolicy",
  "PodSecurityContext.seLinuxChangePolicy": "v1.PodSELinuxChangePolicy",
  "PodSecurityContext.supplementalGroupsPolicy": "v1.SupplementalGroupsPolicy",
  "PodSpec.dnsPolicy": "v1.DNSPolicy",
  "PodSpec.preemptionPolicy": "v1.PreemptionPolicy",
  "PodSpec.restartPolicy": "v1.RestartPolicy",
  "PodStatus.phase": "v1.PodPhase",
  "PodStatus.qosClass": "v1.PodQOSClass",
  "ResourceQuotaSpec.scopes": "v1.ResourceQuotaScope",
  "ScopedResourceSelectorRequirement.operator": "v1.ScopeSelectorOperator",
  "ScopedResourceSelectorRequirement.scopeName": "v1.ResourceQuotaScope",
  "SeccompProfile.type": "v1.SeccompProfileType",
  "Secret.type": "v1.SecretType",
  "SecurityContext.procMount": "v1.ProcMountType",
  "ServicePort.protocol": "v1.Protocol",
  "ServiceSpec.externalTrafficPolicy": "v1.ServiceExternalTrafficPolicy",
  "ServiceSpec.internalTrafficPolicy": "v1.ServiceInternalTrafficPolicy",
  "ServiceSpec.ipFamilies": "v1.IPFamily",
  "ServiceSpec.ipFamilyPolicy": "v1.IPFamilyPolicy",
  "ServiceSpec.sessionAffinity": "v1.ServiceAffinity",
  "ServiceSpec.type": "v1.ServiceType",
  "Taint.effect": "v1.TaintEffect",
  "Toleration.effect": "v1.TaintEffect",
  "Toleration.operator": "v1.TolerationOperator",
  "TopologySpreadConstraint.nodeAffinityPolicy": "v1.NodeInclusionPolicy",
  "TopologySpreadConstraint.nodeTaintsPolicy": "v1.NodeInclusionPolicy",
  "TopologySpreadConstraint.whenUnsatisfiable": "v1.UnsatisfiableConstraintAction",
  "VolumeMount.mountPropagation": "v1.MountPropagationMode",
  "VolumeMount.recursiveReadOnly": "v1.RecursiveReadOnlyMode",
};

const pointers = new Set([
  ...of("AppArmorProfile", "localhostProfile"),
  ...of("AzureDiskVolumeSource", "cachingMode fsType readOnly kind"),
  ...of("CSIVolumeSource", "readOnly fsType"),
  ...of("ClientIPConfig", "timeoutSeconds"),
  ...of("ClusterTrustBundleProjection", "name signerName optional"),
  ...of("ConfigMap", "immutable"),
  ...of("ConfigMapEnvSource", "optional"),
  ...of("ConfigMapKeySelector", "optional"),
  ...of("ConfigMapProjection", "optional"),
  ...of("ConfigMapVolumeSource", "defaultMode optional"),
  ...of("Container", "restartPolicy"),
  ...of("ContainerStatus", "started stopSignal"),
  ...of("DeleteOptions", "gracePeriodSeconds propagationPolicy"),
  ...of("DownwardAPIVolumeFile", "mode"),
  ...of("DownwardAPIVolumeSource", "defaultMode"),
  ...of("EmptyDirVolumeSource", "sizeLimit"),
  ...of("EndpointAddress", "nodeName"),
  ...of("EndpointPort", "appProtocol"),
  ...of("EphemeralContainer", "restartPolicy"),
  ...of("FCVolumeSource", "lun"),
  ...of("FileKeySelector", "optional"),
  ...of("GRPCAction", "service"),
  ...of("HostPathVolumeSource", "type"),
  ...of("ISCSIVolumeSource", "initiatorName"),
  ...of("KeyToPath", "mode"),
  ...of("Lifecycle", "stopSignal"),
  ...of("LoadBalancerIngress", "ipMode"),
  ...of("ObjectMeta", "deletionGracePeriodSeconds"),
  ...of("OwnerReference", "controller blockOwnerDeletion"),
  ...of("PersistentVolumeClaimSpec", "storageClassName volumeMode volumeAttributesClassName"),
  ...of("PodCertificateProjection", "maxExpirationSeconds"),
  ...of("PodDNSConfigOption", "value"),
  ...of("PodResourceClaim", "resourceClaimName resourceClaimTemplateName"),
  ...of("PodSchedulingGroup", "podGroupName"),
  ...of(
    "PodSecurityContext",
    "runAsUser runAsGroup runAsNonRoot fsGroup fsGroupChangePolicy seLinuxChangePolicy supplementalGroupsPolicy",
  ),
  ...of(
    "PodSpec",
    "activeDeadlineSeconds terminationGracePeriodSeconds automountServiceAccountToken enableServiceLinks hostUsers hostnameOverride preemptionPolicy priority runtimeClassName setHostnameAsFQDN shareProcessNamespace",
  ),
  ...of("PriorityClass", "preemptionPolicy"),
  ...of("Probe", "terminationGracePeriodSeconds"),
  ...of("ProjectedVolumeSource", "defaultMode"),
  ...of("SeccompProfile", "localhostProfile"),
  ...of("Secret", "immutable"),
  ...of("SecretEnvSource", "optional"),
  ...of("SecretKeySelector", "optional"),
  ...of("SecretProjection", "optional"),
  ...of("SecretVolumeSource", "defaultMode optional"),
  ...of(
    "SecurityContext",
    "privileged runAsUser runAsGroup runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation procMount",
  ),
  ...of("ServiceAccount", "automountServiceAccountToken"),
  ...of("ServiceAccountTokenProjection", "expirationSeconds"),
  ...of("ServicePort", "appProtocol"),
  ...of(
    "ServiceSpec",
    "allocateLoadBalancerNodePorts internalTrafficPolicy ipFamilyPolicy loadBalancerClass trafficDistribution",
  ),
  ...of("Toleration", "tolerationSeconds"),
  ...of("TopologySpreadConstraint", "minDomains nodeAffinityPolicy nodeTaintsPolicy"),
  ...of("TypedLocalObjectReference", "apiGroup"),
  ...of("TypedObjectReference", "apiGroup namespace"),
  ...of("VolumeMount", "mountPropagation recursiveReadOnly"),
  ...of("WindowsSecurityContextOptions", "gmsaCredentialSpecName gmsaCredentialSpec runAsUserName hostProcess"),
]);

/** Structures held by value: written even when empty. */
const heldByValue = new Set([
  ...of("Pod", "spec status"),
  ...of("Service", "spec status"),
  ...of("Node", "spec status"),
  ...of("Namespace", "spec status"),
  ...of("LimitRange", "spec"),
  ...of("ResourceQuota", "spec status"),
  ...of("PersistentVolumeClaim", "spec status"),
  "Container.resources",
  "NodeStatus.daemonEndpoints",
  "NodeStatus.nodeInfo",
  "PersistentVolumeClaimSpec.resources",
  "PodTemplateSpec.metadata",
  "PodTemplateSpec.spec",
  "ResourceFieldSelector.divisor",
  "ServiceStatus.loadBalancer",
]);

/** Maps that have a name of their own in Go. */
const resourceLists = new Set([
  "limits",
  "requests",
  "hard",
  "used",
  "capacity",
  "allocatable",
  "overhead",
  "default",
  "defaultRequest",
  "max",
  "min",
  "maxLimitRequestRatio",
  "allocatedResources",
]);

function of(struct: string, fields: string): string[] {
  return fields.split(" ").map((field) => `${struct}.${field}`);
}

/** Structures that another one is made of: messages name them on the way to the field. */
const embedded: Readonly<Record<string, readonly [part: string, fields: (field: string) => boolean]>> = {
  Probe: ["ProbeHandler", among("exec httpGet tcpSocket grpc")],
  Volume: ["VolumeSource", (field) => field !== "name"],
  EphemeralContainer: ["EphemeralContainerCommon", (field) => field !== "targetContainerName"],
  ...Object.fromEntries(
    [
      "ConfigMapEnvSource",
      "ConfigMapKeySelector",
      "ConfigMapProjection",
      "ConfigMapVolumeSource",
      "SecretEnvSource",
      "SecretKeySelector",
      "SecretProjection",
    ].map((struct) => [struct, ["LocalObjectReference", among("name")] as const]),
  ),
};

function among(fields: string): (field: string) => boolean {
  const names = fields.split(" ");
  return (field) => names.includes(field);
}

/** The embedded structure that has the field, if any. */
export function embeddedPart(struct: string, field: string): string | undefined {
  const found = embedded[struct];
  return found?.[1](field) ? found[0] : undefined;
}

export function namedType(struct: string, field: string): string | undefined {
  return namedTypes[`${struct}.${field}`];
}

export function isPointer(struct: string, field: string): boolean {
  return pointers.has(`${struct}.${field}`);
}

export function isHeldByValue(struct: string, field: string): boolean {
  return heldByValue.has(`${struct}.${field}`);
}

export function isResourceList(field: string): boolean {
  return resourceLists.has(field);
}
