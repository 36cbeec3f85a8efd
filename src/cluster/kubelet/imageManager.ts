/** Making a container's image present: policies, pulls one at a time, back-off (kubelet: pkg/kubelet/images/image_manager.go). */
import type { Clock } from "../../time/clock.ts";
import { Signal, type Task } from "../../time/task.ts";
import { type ContainerRuntime, type Failed, grpcText } from "../../runtime/cri.ts";
import type { Credentials } from "../../runtime/imageCatalogue.ts";
import type { Container, ObjectReference, Pod } from "../api/types.ts";
import type { EventRecorder } from "../eventRecorder.ts";
import { BackOff } from "./backOff.ts";
import type { StartFailure } from "./containerStatuses.ts";

export interface ImageManagerOptions {
  /** kubelet: serializeImagePulls is 1, the default. */
  readonly maxParallelPulls?: number;
  /** kubelet: imageBackOffPeriod, 10 s. */
  readonly backOffMs?: number;
  /** kubelet: MaxImageBackOff, 300 s. */
  readonly maxBackOffMs?: number;
}

export class ImageManager {
  readonly #clock: Clock;
  readonly #runtime: ContainerRuntime;
  readonly #recorder: EventRecorder;
  readonly #backOff: BackOff;
  readonly #lastError = new Map<string, string>();
  readonly #freed = new Signal();
  readonly #maxPulls: number;
  #pulling = 0;

  constructor(clock: Clock, runtime: ContainerRuntime, recorder: EventRecorder, options: ImageManagerOptions = {}) {
    this.#maxPulls = options.maxParallelPulls ?? 1;
    this.#backOff = new BackOff(options.backOffMs ?? 10_000, options.maxBackOffMs ?? 300_000);
    this.#clock = clock;
    this.#runtime = runtime;
    this.#recorder = recorder;
  }

  /** Undefined when the image is there; events tell what was done. */
  *ensure(
    pod: Pod,
    container: Container,
    reference: ObjectReference,
    credentials: readonly Credentials[] = [],
  ): Task<StartFailure | undefined> {
    const image = container.image ?? "";
    const bad = this.#runtime.imageNameError(image);
    if (bad) {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${bad}`;
      this.#recorder.record(reference, "Warning", "InspectFailed", message);
      return { reason: "InvalidImageName", message };
    }
    const unreadable = this.#runtime.imageInspectError?.(image);
    if (unreadable !== undefined) {
      const message = `Failed to inspect image "${image}": ${unreadable}`;
      this.#recorder.record(reference, "Warning", "InspectFailed", message);
      return { reason: "ImageInspectError", message };
    }
    const policy = container.imagePullPolicy ?? "IfNotPresent";
    const present = this.#runtime.imageStatus(image) !== undefined;
    if (present && policy !== "Always") {
      this.#recorder.record(
        reference,
        "Normal",
        "Pulled",
        `Container image "${image}" already present on machine and can be accessed by the pod`,
      );
      return undefined;
    }
    if (policy === "Never") {
      const message = `Container image "${image}" is not present with pull policy of Never`;
      this.#recorder.record(reference, "Warning", "ErrImageNeverPull", message);
      return { reason: "ErrImageNeverPull", message };
    }
    const key = `${pod.metadata.uid}_${image}`;
    if (this.#backOff.isInBackOffSinceUpdate(key, this.#clock.now)) {
      const message = `Back-off pulling image "${image}"`;
      this.#recorder.record(reference, "Normal", "BackOff", message);
      return { reason: "ImagePullBackOff", message: `${message}: ${this.#lastError.get(key) ?? ""}` };
    }
    this.#recorder.record(reference, "Normal", "Pulling", `Pulling image "${image}"`);
    const asked = this.#clock.now;
    while (this.#pulling >= this.#maxPulls) yield* this.#freed.next();
    this.#pulling++;
    const started = this.#clock.now;
    try {
      const pulled = yield* this.#runtime.pullImage(image, credentials);
      if (!pulled.ok) {
        this.#recorder.record(reference, "Warning", "Failed", `Failed to pull image "${image}": ${grpcText(pulled)}`);
        this.#backOff.next(key, this.#clock.now, this.#clock.now);
        const failure = pullFailure(image, pulled);
        this.#lastError.set(key, `${failure.reason}: ${failure.message}`);
        return failure;
      }
      const own = goMilliseconds(this.#clock.now - started);
      const total = goMilliseconds(this.#clock.now - asked);
      const text = `Successfully pulled image "${image}" in ${own} (${total} including waiting). Image size: ${pulled.image.bytes} bytes.`;
      this.#recorder.record(reference, "Normal", "Pulled", text);
      return undefined;
    } finally {
      this.#pulling--;
      this.#freed.fire();
    }
  }
}

/** Causes that the runtime names in front of its message (cri-api: pkg/errors), and how the kubelet puts them. */
const namedCauses: readonly (readonly [reason: string, words: string])[] = [
  ["RegistryUnavailable", "the registry is unavailable"],
  ["SignatureValidationFailed", "the signature validation failed"],
];

function pullFailure(image: string, failed: Failed): StartFailure {
  for (const [reason, words] of namedCauses)
    if (failed.message.startsWith(reason))
      return {
        reason,
        message: `image pull failed for ${image} because ${words}${failed.message.slice(reason.length)}`,
      };
  return { reason: "ErrImagePull", message: grpcText(failed) };
}

/** A duration of whole ms as Go prints it: `116ms`, `1.234s`, `1m2.5s`. */
function goMilliseconds(ms: number): string {
  const whole = Math.floor(ms);
  if (whole < 1000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const seconds = (whole % 60_000) / 1000;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
