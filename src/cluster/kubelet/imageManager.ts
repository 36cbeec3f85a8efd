/** Making a container's image present: policies, pulls one at a time, back-off (kubelet: pkg/kubelet/images/image_manager.go). */
import type { Clock } from "../../time/clock.ts";
import { Signal, type Task } from "../../time/task.ts";
import { type ContainerRuntime, grpcText } from "../../runtime/cri.ts";
import type { Container, ObjectReference, Pod } from "../api/types.ts";
import type { EventRecorder } from "../eventRecorder.ts";
import { BackOff } from "./backOff.ts";
import type { StartFailure } from "./containerStatuses.ts";

export class ImageManager {
  readonly #clock: Clock;
  readonly #runtime: ContainerRuntime;
  readonly #recorder: EventRecorder;
  // kubelet: imageBackOffPeriod 10 s, MaxImageBackOff 300 s.
  readonly #backOff = new BackOff(10_000, 300_000);
  readonly #lastError = new Map<string, string>();
  readonly #freed = new Signal();
  #pulling = false;

  constructor(clock: Clock, runtime: ContainerRuntime, recorder: EventRecorder) {
    this.#clock = clock;
    this.#runtime = runtime;
    this.#recorder = recorder;
  }

  /** Undefined when the image is there; events tell what was done. */
  *ensure(pod: Pod, container: Container, reference: ObjectReference): Task<StartFailure | undefined> {
    const image = container.image ?? "";
    const bad = this.#runtime.imageNameError(image);
    if (bad) {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${bad}`;
      this.#recorder.record(reference, "Warning", "InspectFailed", message);
      return { reason: "InvalidImageName", message };
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
      return { reason: "ImagePullBackOff", message: `${message}: ErrImagePull: ${this.#lastError.get(key) ?? ""}` };
    }
    this.#recorder.record(reference, "Normal", "Pulling", `Pulling image "${image}"`);
    const asked = this.#clock.now;
    // Images are pulled one after the other (serializeImagePulls).
    while (this.#pulling) yield* this.#freed.next();
    this.#pulling = true;
    const started = this.#clock.now;
    try {
      const pulled = yield* this.#runtime.pullImage(image);
      if (!pulled.ok) {
        const text = grpcText(pulled);
        this.#recorder.record(reference, "Warning", "Failed", `Failed to pull image "${image}": ${text}`);
        this.#backOff.next(key, this.#clock.now, this.#clock.now);
        this.#lastError.set(key, text);
        return { reason: "ErrImagePull", message: text };
      }
      const own = goMilliseconds(this.#clock.now - started);
      const total = goMilliseconds(this.#clock.now - asked);
      const text = `Successfully pulled image "${image}" in ${own} (${total} including waiting). Image size: ${pulled.image.bytes} bytes.`;
      this.#recorder.record(reference, "Normal", "Pulled", text);
      return undefined;
    } finally {
      this.#pulling = false;
      this.#freed.fire();
    }
  }
}

/** A duration of whole ms as Go prints it: `116ms`, `1.234s`, `1m2.5s`. */
export function goMilliseconds(ms: number): string {
  const whole = Math.floor(ms);
  if (whole < 1000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const seconds = (whole % 60_000) / 1000;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
