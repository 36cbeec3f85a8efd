/**
 * Static Pods: the kubelet runs what lies in a folder of its node and shows each in the API as a mirror Pod (kubelet:
 * pkg/kubelet/config/file.go, common.go; pkg/kubelet/pod/mirror_client.go).
 */
import type { Clock } from "../../time/clock.ts";
import { hashOf } from "../../time/random.ts";
import type { ContainerRuntime } from "../../runtime/cri.ts";
import { utf8Decode } from "../../runtime/bytes.ts";
import type { ApiServer } from "../apiServer.ts";
import { readStaticPod } from "./staticManifest.ts";
import type { Node, Pod } from "../api/types.ts";

/** From a change in the folder to the kubelet's worker; the mirror Pod comes a little later. */
const noticeMs = 5;
const mirrorMs = 20;
/** A Pod that waits for one of its name to end looks again this often. */
const turnMs = 1000;

const annotation = {
  hash: "kubernetes.io/config.hash",
  mirror: "kubernetes.io/config.mirror",
  seen: "kubernetes.io/config.seen",
  source: "kubernetes.io/config.source",
} as const;

export interface StaticPodHost {
  readonly clock: Clock;
  readonly api: ApiServer;
  readonly runtime: ContainerRuntime;
  readonly nodeName: string;
  readonly folder: string;
  start(pod: Pod): void;
  stop(uid: string): void;
  isRunning(uid: string): boolean;
  /** A mirror Pod without a status was made. */
  onMirrorMade(uid: string): void;
}

export class StaticPods {
  readonly #host: StaticPodHost;
  /** By file name. */
  readonly #files = new Map<string, Pod>();
  /** By full name: those that wait for the Pod before them to end. */
  readonly #running = new Map<string, Pod>();

  constructor(host: StaticPodHost) {
    this.#host = host;
  }

  start(): void {
    const { runtime, folder, clock } = this.#host;
    runtime.nodeFiles.mkdir(folder, { mode: 0o755 });
    for (const name of runtime.nodeFiles.readdir(folder) ?? []) this.#onFile(name);
    runtime.nodeFiles.watch(folder, (name) => clock.after(noticeMs, () => this.#onFile(name)));
  }

  isMirror(pod: Pod): boolean {
    return pod.metadata.annotations?.[annotation.mirror] !== undefined;
  }

  /** Where a static Pod's status is shown; undefined for other Pods. */
  mirrorOf(pod: Pod): { namespace: string; name: string } | undefined {
    return pod.metadata.annotations?.[annotation.source] === "file"
      ? { namespace: pod.metadata.namespace!, name: pod.metadata.name! }
      : undefined;
  }

  /** Part of each sync: a missing mirror Pod is made, a foreign one replaced. */
  ensureMirror(pod: Pod): void {
    const { api, clock } = this.#host;
    clock.after(mirrorMs, () => {
      const { namespace, name, annotations } = pod.metadata;
      if (!this.#host.isRunning(pod.metadata.uid!)) return;
      const found = api.get<Pod>("Pod", namespace, name!);
      if (found) {
        if (
          found.metadata.annotations?.[annotation.mirror] === annotations![annotation.hash] &&
          !found.metadata.deletionTimestamp
        )
          return;
        if (this.isMirror(found)) api.delete("Pod", namespace, name!, { grace: 0 });
        else return;
      }
      // A new object for the API server: its UID and its age are its own.
      const { uid: _uid, creationTimestamp: _created, ...metadata } = pod.metadata;
      const node = api.get<Node>("Node", undefined, this.#host.nodeName);
      const owner = {
        apiVersion: "v1",
        kind: "Node",
        name: this.#host.nodeName,
        uid: node?.metadata.uid ?? "",
        controller: true,
      };
      api.insert({
        ...pod,
        metadata: {
          ...metadata,
          annotations: { ...annotations, [annotation.mirror]: annotations![annotation.hash]! },
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
    });
  }

  /** kubectl deleted the mirror: it goes at once and comes back; the containers run on. */
  onMirrorChange(type: string, mirror: Pod): void {
    const { api } = this.#host;
    const { namespace, name } = mirror.metadata;
    if (type === "MODIFIED" && mirror.metadata.deletionTimestamp)
      api.delete("Pod", namespace, name!, { grace: 0, uid: mirror.metadata.uid! });
    if (type === "DELETED") {
      const own = this.#running.get(`${namespace}/${name}`);
      if (own) this.ensureMirror(own);
    }
  }

  /** A static Pod has ended: its mirror goes, and who waited for its name may start. */
  onStopped(pod: Pod): void {
    const { api } = this.#host;
    const { namespace, name } = pod.metadata;
    const key = `${namespace}/${name}`;
    if (this.#running.get(key)?.metadata.uid === pod.metadata.uid) this.#running.delete(key);
    const mirror = api.get<Pod>("Pod", namespace, name!);
    if (mirror && this.isMirror(mirror))
      this.#host.clock.after(600, () => api.delete("Pod", namespace, name!, { grace: 0, uid: mirror.metadata.uid! }));
  }

  #onFile(fileName: string): void {
    const { runtime, folder } = this.#host;
    if (fileName.startsWith(".")) return;
    const text = runtime.nodeFiles.readFile(`${folder}/${fileName}`);
    const old = this.#files.get(fileName);
    const pod = text === undefined ? undefined : this.#read(fileName, utf8Decode(text));
    if (old && pod && old.metadata.uid === pod.metadata.uid) return;
    if (old) {
      this.#files.delete(fileName);
      this.#host.stop(old.metadata.uid!);
    }
    if (!pod) return;
    this.#files.set(fileName, pod);
    this.#startWhenFree(fileName, pod);
  }

  /** Two Pods of one name never run at once. */
  #startWhenFree(fileName: string, pod: Pod): void {
    if (this.#files.get(fileName) !== pod) return;
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const before = this.#running.get(key);
    if (before && this.#host.isRunning(before.metadata.uid!)) {
      this.#host.clock.after(turnMs, () => this.#startWhenFree(fileName, pod));
      return;
    }
    this.#running.set(key, pod);
    this.#host.start(pod);
  }

  /** Undefined: broken or refused, which only the kubelet's own log tells. */
  #read(fileName: string, text: string): Pod | undefined {
    const { nodeName, folder, api } = this.#host;
    const read = readStaticPod(text);
    if (!read) return undefined;
    const uid = read.metadata.uid ?? fingerprint(`${text}host:${nodeName}file:${folder}/${fileName}`);
    const tolerations = [
      ...(read.spec.tolerations ?? []),
      { effect: "NoExecute" as const, operator: "Exists" as const },
    ];
    return {
      ...read,
      metadata: {
        ...read.metadata,
        name: `${read.metadata.name}-${nodeName.toLowerCase()}`,
        namespace: read.metadata.namespace ?? "default",
        uid,
        creationTimestamp: api.timestamp(),
        annotations: {
          ...read.metadata.annotations,
          [annotation.hash]: uid,
          [annotation.seen]: new Date(api.now()).toISOString(),
          [annotation.source]: "file",
        },
      },
      spec: { ...read.spec, nodeName, tolerations },
      status: { ...read.status, phase: "Pending" },
    };
  }
}

/** 32 hexadecimal digits that change with the text. */
function fingerprint(text: string): string {
  return [0, 1, 2, 3].map((i) => hashOf(`${i}${text}`).toString(16).padStart(8, "0")).join("");
}
