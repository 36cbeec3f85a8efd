/**
 * Static Pods: the kubelet runs what lies in a folder of its node and shows each in the API as a mirror Pod (kubelet:
 * pkg/kubelet/config/file.go, file_linux.go; pkg/kubelet/pod/mirror_client.go; pod_workers.go, allowPodStart).
 *
 * What the folder holds is kept by the Pods' names, so two files of one name are one Pod: the one written last. A file
 * that can no longer be read changes nothing until the next full reading of the folder, which drops its Pod.
 */
import type { Clock } from "../../time/clock.ts";
import { hashOf } from "../../time/random.ts";
import type { ContainerRuntime } from "../../runtime/cri.ts";
import { utf8Decode } from "../../runtime/bytes.ts";
import type { ApiServer } from "../apiServer.ts";
import { readStaticPod, staticAnnotation } from "./staticManifest.ts";
import type { Node, Pod } from "../api/types.ts";

/** From a change in the folder to the kubelet's worker; the mirror Pod comes a little later. */
const noticeMs = 5;
const mirrorMs = 20;
/** kubelet: fileCheckFrequency; the folder is read in full this often. */
const readingMs = 20_000;
/** From a Pod's end to the housekeeping that removes what it leaves behind. */
const tidyMs = 600;

export interface StaticPodHost {
  readonly clock: Clock;
  readonly api: ApiServer;
  readonly runtime: ContainerRuntime;
  readonly nodeName: string;
  readonly folder: string;
  /** A Pod that is new, or that has changed under the same UID. */
  start(pod: Pod): void;
  stop(uid: string): void;
  isRunning(uid: string): boolean;
  /** When a Pod that may not start yet tries again: ms from now. */
  nextTryMs(): number;
  /** A mirror Pod without a status was made. */
  onMirrorMade(uid: string): void;
}

export class StaticPods {
  readonly #host: StaticPodHost;
  /** What the folder asks for, by `namespace/name`. */
  readonly #wanted = new Map<string, Pod>();
  /** Which Pod a file gave, by file name. */
  readonly #keys = new Map<string, string>();
  /** The one Pod of each name that may run. */
  readonly #started = new Map<string, Pod>();
  #readingDue = false;

  #unwatch = () => {};
  #stopped = false;

  constructor(host: StaticPodHost) {
    this.#host = host;
  }

  start(): void {
    const { runtime, folder, clock } = this.#host;
    runtime.nodeFiles.mkdir(folder, { mode: 0o755 });
    this.#readAll();
    this.#unwatch = runtime.nodeFiles.watch(folder, (name) =>
      clock.after(noticeMs, () => {
        if (!this.#stopped) this.#onFile(name);
      }),
    );
  }

  stop(): void {
    this.#stopped = true;
    this.#unwatch();
  }

  isMirror(pod: Pod): boolean {
    return pod.metadata.annotations?.[staticAnnotation.mirror] !== undefined;
  }

  /**
   * Where a static Pod's status is shown; undefined for other Pods. Once another Pod has taken its name the mirror is
   * that one's, and the old Pod's status is shown nowhere; nor is a new Pod's while the mirror is still the old one's.
   */
  mirrorOf(pod: Pod): { namespace: string; name: string; superseded: boolean } | undefined {
    if (pod.metadata.annotations?.[staticAnnotation.source] !== "file") return undefined;
    const { namespace, name, uid } = pod.metadata;
    const wanted = this.#wanted.get(keyOf(pod));
    const mirror = this.#host.api.get<Pod>("Pod", namespace, name!);
    const isForeign = mirror && mirror.metadata.annotations?.[staticAnnotation.mirror] !== uid;
    const superseded = (wanted !== undefined && wanted.metadata.uid !== uid) || isForeign === true;
    return { namespace: namespace!, name: name!, superseded };
  }

  /** Part of each sync: a missing mirror Pod is made, a foreign one replaced. */
  ensureMirror(pod: Pod): void {
    this.#host.clock.after(mirrorMs, () => this.#mirror(pod));
  }

  #mirror(pod: Pod): void {
    const { api, nodeName } = this.#host;
    const { namespace, name, annotations } = pod.metadata;
    if (this.#stopped || !this.#host.isRunning(pod.metadata.uid!)) return;
    const found = api.get<Pod>("Pod", namespace, name!);
    if (found) {
      const hash = found.metadata.annotations?.[staticAnnotation.mirror];
      if (hash === annotations![staticAnnotation.hash] && !found.metadata.deletionTimestamp) return;
      if (!this.isMirror(found)) return;
      api.delete("Pod", namespace, name!, { grace: 0 });
    }
    // A new object for the API server: its UID and its age are its own.
    const { uid: _uid, creationTimestamp: _created, ...metadata } = pod.metadata;
    const node = api.get<Node>("Node", undefined, nodeName);
    const owner = { apiVersion: "v1", kind: "Node", name: nodeName, uid: node?.metadata.uid ?? "", controller: true };
    api.insert({
      ...pod,
      metadata: {
        ...metadata,
        annotations: { ...annotations, [staticAnnotation.mirror]: annotations![staticAnnotation.hash]! },
        ownerReferences: [owner],
        generation: 1,
      },
      spec: {
        ...pod.spec,
        priority: pod.spec.priority ?? 0,
        preemptionPolicy: pod.spec.preemptionPolicy ?? "PreemptLowerPriority",
      },
      status: { phase: "Pending", ...(pod.status.qosClass && { qosClass: pod.status.qosClass }) },
    } as never);
    this.#host.onMirrorMade(pod.metadata.uid!);
  }

  /** kubectl deleted the mirror: it goes at once and comes back; the containers run on. */
  onMirrorChange(type: string, mirror: Pod): void {
    const { api } = this.#host;
    const { namespace, name } = mirror.metadata;
    if (type === "MODIFIED" && mirror.metadata.deletionTimestamp)
      api.delete("Pod", namespace, name!, { grace: 0, uid: mirror.metadata.uid! });
    if (type === "DELETED") {
      const own = this.#started.get(keyOf(mirror));
      if (own && this.#wanted.get(keyOf(mirror)) === own) this.ensureMirror(own);
    }
  }

  /** A static Pod has ended, by itself or because its file went away: another of its name may run. */
  onEnded(pod: Pod): void {
    const key = keyOf(pod);
    if (this.#started.get(key)?.metadata.uid === pod.metadata.uid) this.#started.delete(key);
  }

  /** A static Pod whose file went away has ended: its mirror goes, unless another Pod of the name is to come. */
  onStopped(pod: Pod): void {
    const { api, clock } = this.#host;
    const key = keyOf(pod);
    this.onEnded(pod);
    clock.after(tidyMs, () => {
      const wanted = this.#wanted.get(key);
      // The very same Pod came back while it was being stopped.
      if (wanted && wanted.metadata.uid === pod.metadata.uid) this.#startWhenFree(wanted);
      if (wanted) return;
      const mirror = api.get<Pod>("Pod", pod.metadata.namespace, pod.metadata.name!);
      if (mirror && this.isMirror(mirror))
        api.delete("Pod", pod.metadata.namespace, pod.metadata.name!, { grace: 0, uid: mirror.metadata.uid! });
    });
  }

  #onFile(fileName: string): void {
    const { runtime, folder } = this.#host;
    if (fileName.startsWith(".")) return;
    const text = runtime.nodeFiles.readFile(`${folder}/${fileName}`);
    const wanted = new Map(this.#wanted);
    if (text === undefined) {
      const key = this.#keys.get(fileName);
      this.#keys.delete(fileName);
      if (key) wanted.delete(key);
    } else this.#add(wanted, fileName, text);
    this.#apply(wanted);
    this.#readAgainSoon();
  }

  /** The whole folder, in the order of its names. */
  #readAll(): void {
    const { runtime, folder } = this.#host;
    const wanted = new Map<string, Pod>();
    for (const name of (runtime.nodeFiles.readdir(folder) ?? []).sort()) {
      const text = name.startsWith(".") ? undefined : runtime.nodeFiles.readFile(`${folder}/${name}`);
      if (text !== undefined) this.#add(wanted, name, text);
    }
    this.#apply(wanted);
  }

  /** A full reading matters only after a change: a folder at rest needs none. */
  #readAgainSoon(): void {
    if (this.#readingDue) return;
    this.#readingDue = true;
    const { clock } = this.#host;
    clock.after(readingMs - (clock.now % readingMs), () => {
      this.#readingDue = false;
      if (!this.#stopped) this.#readAll();
    });
  }

  #add(wanted: Map<string, Pod>, fileName: string, text: string): void {
    const { nodeName, folder, api } = this.#host;
    const pod = readStaticPod(utf8Decode(text), {
      nodeName,
      path: `${folder}/${fileName}`,
      seen: new Date(api.now()).toISOString(),
      created: api.timestamp(),
      fingerprint,
    });
    if (!pod) return;
    this.#keys.set(fileName, keyOf(pod));
    wanted.set(keyOf(pod), pod);
  }

  /** Stops what is no longer wanted, then starts what is new. */
  #apply(wanted: ReadonlyMap<string, Pod>): void {
    const before = new Map(this.#wanted);
    this.#wanted.clear();
    for (const [key, pod] of wanted) {
      const old = before.get(key);
      this.#wanted.set(key, old && sameContent(old, pod) ? old : pod);
    }
    for (const [key, old] of before)
      if (this.#wanted.get(key)?.metadata.uid !== old.metadata.uid) this.#host.stop(old.metadata.uid!);
    for (const [key, pod] of this.#wanted) if (before.get(key) !== pod) this.#startWhenFree(pod);
  }

  /** Two Pods of one name never run at once. */
  #startWhenFree(pod: Pod): void {
    const { clock, isRunning, nextTryMs, start } = this.#host;
    const key = keyOf(pod);
    if (this.#wanted.get(key) !== pod) return;
    const before = this.#started.get(key);
    if (before && before.metadata.uid !== pod.metadata.uid && isRunning(before.metadata.uid!)) {
      clock.after(nextTryMs(), () => this.#startWhenFree(pod));
      return;
    }
    this.#started.set(key, pod);
    start(pod);
  }
}

const keyOf = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

/** The time at which a file was seen aside. */
function sameContent(a: Pod, b: Pod): boolean {
  const text = ({ metadata, spec }: Pod) =>
    JSON.stringify([metadata.uid, metadata.labels, { ...metadata.annotations, [staticAnnotation.seen]: "" }, spec]);
  return text(a) === text(b);
}

/** 32 hexadecimal digits that change with the text. */
function fingerprint(text: string): string {
  return [0, 1, 2, 3].map((i) => hashOf(`${i}${text}`).toString(16).padStart(8, "0")).join("");
}
