/** Reasons of events that a cluster emits about Pods and what they use. Kubelet: pkg/kubelet/events/event.go; the others are named. */
export const emittedReasons: ReadonlySet<string> = new Set(
  `Created Started Failed Killing Preempting BackOff ExceededGracePeriod FailedKillPod FailedCreatePodContainer
  NetworkNotReady Pulling Pulled ErrImageNeverPull InspectFailed NodeReady NodeNotReady NodeSchedulable NodeNotSchedulable Starting
  KubeletSetupFailed FailedAttachVolume FailedMount VolumeResizeFailed VolumeResizeSuccessful FileSystemResizeFailed
  FileSystemResizeSuccessful FailedMapVolume AlreadyMountedVolume SuccessfulAttachVolume SuccessfulMountVolume Rebooted
  NodeShutdown ContainerGCFailed ImageGCFailed FailedNodeAllocatableEnforcement NodeAllocatableEnforced SandboxChanged
  FailedCreatePodSandBox FailedPodSandBoxStatus FailedMountOnFilesystemMismatch FailedPrepareDynamicResources
  InvalidDiskCapacity FreeDiskSpaceFailed Unhealthy ProbeWarning FailedSync FailedValidation FailedPostStartHook FailedPreStopHook
  DeadlineExceeded Evicted OOMKilling SystemOOM CIDRNotAvailable HostPortConflict NodeAffinity OutOfcpu OutOfmemory OutOfpods
  UnexpectedAdmissionError InvalidNodeInfo MissingClusterDNS DNSConfigForming DNSSearchForming UnsupportedMountOption
  ResizeStarted ResizeCompleted ResizeDeferred ResizeInfeasible ResizeError
  Scheduled FailedScheduling Preempted WaitingForGates
  TaintManagerEviction TaintManagerMarkPodForDeletion NodeControllerEviction
  SuccessfulCreate SuccessfulDelete FailedCreate FailedDelete Completed BackoffLimitExceeded NoPods
  ProvisioningSucceeded ProvisioningFailed ExternalProvisioning WaitForFirstConsumer WaitForPodScheduled FailedBinding`.split(
    /\s+/,
  ),
);
