/**
 * A Pod's volumes on the node (kubelet: pkg/kubelet/volumemanager, pkg/volume): set up before its sandbox, refreshed when
 * the objects behind them change, removed with it.
 */
import type { Clock } from "../../time/clock.ts";
import { Signal, sleep, type Task, wait } from "../../time/task.ts";
import type { ContainerRuntime, Mount } from "../../runtime/cri.ts";
import { utf8Encode } from "../../runtime/bytes.ts";
import type { ApiServer } from "../apiServer.ts";
import type {
  Quantity,
  ConfigMap,
  Container,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  PodStatus,
  Secret,
  Volume,
} from "../api/types.ts";
import { wholeValue } from "../api/quantity.ts";
import { podLimits } from "../api/resources.ts";
import { sameValue } from "../api/sameValue.ts";
import { type EventRecorder, podReference } from "../eventRecorder.ts";
import { fileContents, fieldValue } from "./environment.ts";
import { expand } from "./expansion.ts";
import { resourceFieldValue } from "./resourceField.ts";

/** kubelet: volumemanager podAttachAndMountRetryInterval, podAttachAndMountTimeout. */
const pollMs = 300;
const timeoutMs = 123_000;
/** util/goroutinemap/exponentialbackoff: first wait, longest wait. */
const firstRetryMs = 500;
const longestRetryMs = 122_000;
/** The reconciler finds a new Pod's volumes after about this long. */
const setUpMs = 250;

/** `content`: bytes. */
type FileEntry = { readonly path: string; readonly content: string; readonly mode: number };
type Content = { readonly files: FileEntry[] } | { readonly error: string };

interface PodVolumes {
  ready: Set<string>;
  failures: Map<string, { wait: number; next: number }>;
  changed: Signal;
  stopped: boolean;
}

export class VolumeManager {
  readonly #clock: Clock;
  readonly #api: ApiServer;
  readonly #runtime: ContainerRuntime;
  readonly #recorder: EventRecorder;
  readonly #allocatable: Readonly<Record<string, string | number>>;
  readonly #pods = new Map<string, PodVolumes>();
  /** By the volume's path: what was written there last. */
  readonly #published = new Map<string, readonly FileEntry[]>();
  #serial = 0;

  constructor(
    clock: Clock,
    api: ApiServer,
    runtime: ContainerRuntime,
    recorder: EventRecorder,
    allocatable: Readonly<Record<string, string | number>>,
  ) {
    this.#clock = clock;
    this.#api = api;
    this.#runtime = runtime;
    this.#recorder = recorder;
    this.#allocatable = allocatable;
  }

  /** Waits until all volumes that containers mount are there; false when 2m3s were not enough. */
  *waitForMounts(pod: Pod): Task<boolean> {
    const uid = pod.metadata.uid!;
    const known = this.#pods.get(uid);
    if (known) {
      this.refresh(pod);
      if (this.#allReady(pod, known)) return true;
    } else {
      const state: PodVolumes = { ready: new Set(), failures: new Map(), changed: new Signal(), stopped: false };
      this.#pods.set(uid, state);
      this.#clock.after(setUpMs, () => this.#reconcile(pod, state));
    }
    const state = this.#pods.get(uid)!;
    const deadline = this.#clock.now + timeoutMs;
    while (!this.#allReady(pod, state)) {
      if (this.#clock.now >= deadline) return false;
      const left = deadline - this.#clock.now;
      const before = this.#clock.now;
      yield* wait<void>({
        start: (clock, done) => {
          let abandon = () => {};
          const timer = clock.after(left, () => {
            abandon();
            done();
          });
          abandon = state.changed.asWait().start(clock, () => {
            clock.cancel(timer);
            clock.after(0, done as () => void);
          });
          return () => {
            clock.cancel(timer);
            abandon();
          };
        },
      });
      // The waiting worker only looks every 300 ms.
      const late = (this.#clock.now - before) % pollMs;
      if (late > 0) yield* sleep(pollMs - late);
    }
    return true;
  }

  /** Writes changed ConfigMaps, Secrets and labels into mounted volumes: part of each sync. */
  refresh(pod: Pod): void {
    const state = this.#pods.get(pod.metadata.uid!);
    if (!state) return;
    for (const volume of pod.spec.volumes ?? []) {
      if (!state.ready.has(volume.name)) continue;
      const content = this.#contentOf(pod, volume);
      if (content && "files" in content) this.#publish(pod, volume, content.files);
    }
  }

  /** The mounts of a container, or why there can be none. */
  mountsOf(pod: Pod, container: Container, env: ReadonlyMap<string, string>): { mounts: Mount[] } | { error: string } {
    const mounts: Mount[] = [];
    for (const mount of container.volumeMounts ?? []) {
      const volume = pod.spec.volumes?.find((v) => v.name === mount.name);
      if (!volume) return { error: `cannot find volume "${mount.name}" to mount into container "${container.name}"` };
      let subPath = mount.subPath ?? "";
      if (mount.subPathExpr) {
        let missing = "";
        subPath = expand(mount.subPathExpr, (name) => {
          const value = env.get(name);
          if (!value) missing = missing || name;
          return value ?? "";
        });
        if (missing) return { error: `missing value for "${missing}"` };
        if (subPath.startsWith("/")) return { error: `error SubPath \`${subPath}\` must not be an absolute path` };
        if (subPath.split("/").includes("..")) return { error: `error SubPath \`${subPath}\` must not contain ".."` };
      }
      const root = this.#pathOf(pod, volume);
      const hostPath = subPath ? `${root}/${subPath}` : root;
      if (subPath && !this.#prepareSubPath(root, subPath))
        return { error: `failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"` };
      const readOnly = mount.readOnly === true || isReadOnlyVolume(volume);
      mounts.push({
        containerPath: mount.mountPath.startsWith("/") ? mount.mountPath : `/${mount.mountPath}`,
        hostPath,
        readOnly,
      });
    }
    return { mounts };
  }

  /**
   * Makes a missing subPath. It gets the volume's own permissions, and those who may write into the volume may write
   * there (kubelet: kubelet_pods.go, makeMounts; pkg/volume/util/subpath, SafeMakeDir). False: a file is in the way.
   */
  #prepareSubPath(root: string, subPath: string): boolean {
    const files = this.#runtime.nodeFiles;
    if (files.typeOf(`${root}/${subPath}`) !== undefined) return true;
    let parent = root;
    for (const name of subPath.split("/")) {
      const type = files.typeOf(parent);
      if (type === undefined) break;
      if (type !== "directory") return false;
      parent = `${parent}/${name}`;
    }
    const { mode = 0o755, gid = 0 } = files.ownerOf(root) ?? {};
    files.mkdir(`${root}/${subPath}`, { mode, ...(mode & 0o2000 && { gid }) });
    return true;
  }

  remove(pod: Pod): void {
    const uid = pod.metadata.uid!;
    const state = this.#pods.get(uid);
    if (state) state.stopped = true;
    this.#pods.delete(uid);
    for (const volume of pod.spec.volumes ?? []) this.#published.delete(this.#pathOf(pod, volume));
    this.#runtime.nodeFiles.remove(`/var/lib/kubelet/pods/${uid}`);
  }

  /** Bytes in a volume. */
  usedBytes(pod: Pod, name: string): number {
    const volume = pod.spec.volumes?.find((v) => v.name === name);
    return volume ? (this.#runtime.nodeFiles.usedBytes?.(this.#pathOf(pod, volume)) ?? 0) : 0;
  }

  /** What the volumes of a Pod that failed to set up are called. */
  unmounted(pod: Pod): string[] {
    const state = this.#pods.get(pod.metadata.uid!);
    return wanted(pod).flatMap((v) => (state?.ready.has(v.name) ? [] : [v.name]));
  }

  #allReady(pod: Pod, state: PodVolumes): boolean {
    return wanted(pod).every((v) => state.ready.has(v.name));
  }

  #reconcile(pod: Pod, state: PodVolumes): void {
    if (state.stopped) return;
    let next = Number.POSITIVE_INFINITY;
    for (const volume of wanted(pod)) {
      if (state.ready.has(volume.name)) continue;
      const failure = state.failures.get(volume.name);
      if (failure && failure.next > this.#clock.now) {
        next = Math.min(next, failure.next);
        continue;
      }
      const error = this.#setUp(pod, volume);
      if (error === undefined) {
        state.ready.add(volume.name);
        state.failures.delete(volume.name);
        continue;
      }
      const waitMs = failure ? Math.min(failure.wait * 2, longestRetryMs) : firstRetryMs;
      const again = this.#clock.now + waitMs;
      state.failures.set(volume.name, { wait: waitMs, next: again });
      next = Math.min(next, again);
      this.#recorder.record(
        podReference(pod),
        "Warning",
        "FailedMount",
        `MountVolume.SetUp failed for volume "${volume.name}" : ${error}`,
      );
    }
    if (next !== Number.POSITIVE_INFINITY)
      this.#clock.after(next - this.#clock.now + 100, () => this.#reconcile(pod, state));
    if (this.#allReady(pod, state)) this.#clock.after(0, () => state.changed.fire());
  }

  /** The error's text, or undefined. */
  #setUp(pod: Pod, volume: Volume): string | undefined {
    const files = this.#runtime.nodeFiles;
    const path = this.#pathOf(pod, volume);
    if (volume.hostPath) return this.#checkHostPath(volume.hostPath.path, volume.hostPath.type ?? "");
    if (volume.emptyDir) {
      const group = pod.spec.securityContext?.fsGroup;
      const mode = group === undefined ? 0o777 : 0o2777;
      if (volume.emptyDir.medium === "Memory") {
        const sizeBytes = memoryVolumeBytes(pod, volume.emptyDir.sizeLimit, wholeValue(this.#allocatable.memory));
        files.mkdir(path, { mode: 0o777 });
        files.mountTmpfs(path, { mode: mode | 0o1000, ...(sizeBytes && { sizeBytes }) });
      } else files.mkdir(path, { mode, ...(group !== undefined && { gid: group }) });
      return undefined;
    }
    const content = this.#contentOf(pod, volume);
    if (content) {
      if ("error" in content) return content.error;
      files.mkdir(path, { mode: 0o777 });
      if (volume.secret || volume.projected) files.mountTmpfs(path, { mode: 0o1777 });
      this.#publish(pod, volume, content.files);
      return undefined;
    }
    if (volume.persistentVolumeClaim)
      return `persistentvolumeclaim "${volume.persistentVolumeClaim.claimName}" not found`;
    files.mkdir(path, { mode: 0o755 });
    return undefined;
  }

  #checkHostPath(path: string, type: string): string | undefined {
    const files = this.#runtime.nodeFiles;
    const found = files.typeOf(path);
    if (type === "DirectoryOrCreate" && found === undefined) {
      files.mkdir(path, { mode: 0o755 });
      return undefined;
    }
    if (type === "FileOrCreate" && found === undefined) {
      files.writeFile(path, "", { mode: 0o644 });
      return undefined;
    }
    const expected: Record<string, [type: string, words: string]> = {
      Directory: ["directory", "a directory"],
      DirectoryOrCreate: ["directory", "a directory"],
      File: ["file", "a file"],
      FileOrCreate: ["file", "a file"],
      Socket: ["socket", "a socket file"],
      CharDevice: ["chardev", "a character device"],
      BlockDevice: ["blockdev", "a block device"],
    };
    const wantedType = expected[type];
    if (wantedType && found !== wantedType[0]) return `hostPath type check failed: ${path} is not ${wantedType[1]}`;
    // Without a type the runtime makes a missing directory when it mounts it.
    if (!wantedType && found === undefined) files.mkdir(path, { mode: 0o755 });
    return undefined;
  }

  #pathOf(pod: Pod, volume: Volume): string {
    if (volume.hostPath) return volume.hostPath.path;
    const plugin = volume.emptyDir
      ? "empty-dir"
      : volume.configMap
        ? "configmap"
        : volume.secret
          ? "secret"
          : volume.projected
            ? "projected"
            : volume.downwardAPI
              ? "downward-api"
              : "volume";
    return `/var/lib/kubelet/pods/${pod.metadata.uid}/volumes/kubernetes.io~${plugin}/${volume.name}`;
  }

  /** Undefined for volumes without generated files. */
  #contentOf(pod: Pod, volume: Volume): Content | undefined {
    if (volume.configMap)
      return this.#keys(
        pod,
        "ConfigMap",
        volume.configMap.name!,
        volume.configMap,
        volume.configMap.defaultMode ?? 0o644,
      );
    if (volume.secret)
      return this.#keys(pod, "Secret", volume.secret.secretName!, volume.secret, volume.secret.defaultMode ?? 0o644);
    if (volume.downwardAPI)
      return { files: this.#downward(pod, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? 0o644) };
    if (!volume.projected) return undefined;
    const mode = volume.projected.defaultMode ?? 0o644;
    const files: FileEntry[] = [];
    for (const source of volume.projected.sources ?? []) {
      let part: Content = { files: [] };
      if (source.configMap) part = this.#keys(pod, "ConfigMap", source.configMap.name!, source.configMap, mode);
      else if (source.secret) part = this.#keys(pod, "Secret", source.secret.name!, source.secret, mode);
      else if (source.downwardAPI) part = { files: this.#downward(pod, source.downwardAPI.items ?? [], mode) };
      else if (source.serviceAccountToken) {
        const content = `simulated-token-of-${pod.spec.serviceAccountName ?? "default"}`;
        // The token is readable by the Pod's group only where there is one (pkg/volume/projected).
        part = { files: [{ path: source.serviceAccountToken.path, content, mode: 0o600 | (mode & 0o044) }] };
      }
      if ("error" in part) return part;
      files.push(...part.files);
    }
    return { files };
  }

  #keys(
    pod: Pod,
    kind: "ConfigMap" | "Secret",
    name: string,
    source: { items?: KeyToPath[]; optional?: boolean },
    mode: number,
  ): Content {
    const object = this.#api.get<ConfigMap | Secret>(kind, pod.metadata.namespace, name);
    if (!object) return source.optional ? { files: [] } : { error: `${kind.toLowerCase()} "${name}" not found` };
    const data = fileContents(object);
    if (!source.items) return { files: Object.entries(data).map(([path, content]) => ({ path, content, mode })) };
    const files: FileEntry[] = [];
    for (const item of source.items) {
      const content = data[item.key];
      if (content === undefined) {
        if (source.optional) continue;
        return {
          error:
            kind === "ConfigMap"
              ? `configmap references non-existent config key: ${item.key}`
              : `references non-existent secret key: ${item.key}`,
        };
      }
      files.push({ path: item.path, content, mode: item.mode ?? mode });
    }
    return { files };
  }

  #downward(pod: Pod, items: readonly DownwardAPIVolumeFile[], mode: number): FileEntry[] {
    const status: PodStatus = pod.status ?? {};
    return items.map((item) => {
      let content = "";
      if (item.fieldRef) content = fieldValue(pod, status, item.fieldRef.fieldPath);
      else if (item.resourceFieldRef) {
        const { containerName, resource, divisor } = item.resourceFieldRef;
        const container = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find(
          (c) => c.name === containerName,
        );
        if (container) content = resourceFieldValue(pod, container, resource, divisor, this.#allocatable);
      }
      return { path: item.path, content: utf8Encode(content), mode: item.mode ?? mode };
    });
  }

  /** Swaps the files in at once through `..data` (pkg/volume/util/atomic_writer.go). */
  #publish(pod: Pod, volume: Volume, entries: readonly FileEntry[]): void {
    const files = this.#runtime.nodeFiles;
    const root = this.#pathOf(pod, volume);
    const group = pod.spec.securityContext?.fsGroup;
    const known = this.#published.get(root);
    if (known && sameValue(known, entries)) return;
    this.#published.set(root, entries);
    const old = files.readdir(root)?.find((name) => name.startsWith("..2"));
    const time = new Date(this.#api.now())
      .toISOString()
      .slice(0, 19)
      .replaceAll("-", "_")
      .replace("T", "_")
      .replaceAll(":", "_");
    const directory = `..${time}.${String(this.#serial++).padStart(10, "0")}`;
    files.mkdir(`${root}/${directory}`, { mode: 0o755, ...(group !== undefined && { gid: group }) });
    for (const { path, content, mode } of entries) {
      // With an fsGroup its members may read what the owner may.
      const bits = group === undefined ? mode : mode | ((mode & 0o400) >> 3);
      files.writeFile(`${root}/${directory}/${path}`, content, {
        mode: bits,
        ...(group !== undefined && { gid: group }),
      });
    }
    files.remove(`${root}/..data`);
    files.symlink(directory, `${root}/..data`);
    const tops = new Set(entries.map((e) => e.path.split("/")[0]!));
    for (const name of files.readdir(root) ?? [])
      if (!name.startsWith("..") && !tops.has(name)) files.remove(`${root}/${name}`);
    for (const name of tops)
      if (!files.readdir(root)?.includes(name)) files.symlink(`..data/${name}`, `${root}/${name}`);
    if (old) files.remove(`${root}/${old}`);
  }
}

/** The least of the volume's own limit, the Pod's memory limit and what the node can give (pkg/volume/emptydir: calculateEmptyDirMemorySize). */
function memoryVolumeBytes({ spec }: Pod, sizeLimit: Quantity | undefined, allocatable: number): number {
  const all = [...spec.containers, ...(spec.initContainers ?? [])];
  const isLimited =
    spec.resources?.limits?.memory !== undefined || all.every((c) => c.resources?.limits?.memory !== undefined);
  const sizes = [
    allocatable,
    isLimited ? wholeValue(podLimits(spec).memory) : 0,
    sizeLimit === undefined ? 0 : wholeValue(sizeLimit),
  ];
  const known = sizes.filter((size) => size > 0);
  return known.length > 0 ? Math.min(...known) : 0;
}

/** Volumes that some container mounts: only these are waited for. */
function wanted(pod: Pod): Volume[] {
  const used = new Set<string>();
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers])
    for (const mount of container.volumeMounts ?? []) used.add(mount.name);
  return (pod.spec.volumes ?? []).filter((v) => used.has(v.name));
}

function isReadOnlyVolume(volume: Volume): boolean {
  return Boolean(volume.configMap || volume.secret || volume.projected || volume.downwardAPI);
}
