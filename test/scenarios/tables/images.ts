/** The image manager tick by tick: what it pulls, what it says, and when it waits. */
import { ImageManager } from "../../../src/cluster/kubelet/imageManager.ts";
import type { ContainerRuntime } from "../../../src/runtime/cri.ts";
import { parseImageReference } from "../../../src/runtime/imageReference.ts";
import { Clock } from "../../../src/time/clock.ts";
import { startTask } from "../../../src/time/task.ts";
import { equal, type Json, NotModelled, onlyKeys } from "../format.ts";
import { podOf, type Table } from "./table.ts";

/** What the runtime says for each way in which a registry may fail. */
const answers: readonly (readonly [RegExp, { code: string; message: string } | undefined])[] = [
  [/^ok$/i, undefined],
  [/registry.?unavailable/i, { code: "Unknown", message: "RegistryUnavailable: registry is unavailable" }],
  [/signature/i, { code: "Unknown", message: "SignatureValidationFailed: signature verification failed" }],
  [/not.?found|error|denied|fail|unavailable|invalid/i, { code: "NotFound", message: "404" }],
];

export const imageManager: Table = {
  when: ["imagePullPolicy"],
  input: [
    "image",
    "imagePullPolicy",
    "presentOnNode",
    "registryAnswer",
    "inspectError",
    "tickSeconds",
    "backOff",
    "qpsExceeded",
  ],
  expect: ["ticks", "firstReason", "laterReason"],
  check(input, expect) {
    onlyKeys(input.backOff, ["initialSeconds", "maxSeconds"], "backOff");
    const known = answers.find(([pattern]) => pattern.test(String(input.registryAnswer ?? "ok")));
    if (!known || input.qpsExceeded) throw new NotModelled(`registry answer ${input.registryAnswer}`);
    const clock = new Clock();
    let pulled = false;
    let events: string[] = [];
    const status = { digest: "sha256:0", name: input.image, bytes: 1 };
    const runtime = {
      imageNameError(image: string) {
        const reference = parseImageReference(image);
        return "error" in reference ? reference.error : undefined;
      },
      imageStatus: () => (input.presentOnNode === true ? status : undefined),
      imageInspectError: () =>
        input.inspectError || input.presentOnNode === "error" ? "inspection failed" : undefined,
      *pullImage() {
        pulled = true;
        return known[1] ? { ok: false, ...known[1] } : { ok: true, image: status };
      },
    } as unknown as ContainerRuntime;
    const recorder = { record: (_o: Json, _t: Json, reason: string) => void events.push(reason) };
    const manager = new ImageManager(clock, runtime, recorder as never, {
      backOffMs: (input.backOff?.initialSeconds ?? 10) * 1000,
      maxBackOffMs: (input.backOff?.maxSeconds ?? 300) * 1000,
    });
    const container = { name: "c", image: input.image, imagePullPolicy: input.imagePullPolicy };
    const tick = () => {
      clock.runUntil(clock.now + (input.tickSeconds ?? 1) * 1000);
      pulled = false;
      events = [];
      let reason: string | null = null;
      startTask(clock, manager.ensure(podOf({ containers: [container] }), container, {}), (failure) => {
        reason = failure?.reason ?? null;
      });
      return { pulled, reason: reason as string | null, events };
    };
    for (const [i, wanted] of (expect.ticks ?? []).entries()) equal(tick(), wanted, `tick ${i + 1}`);
    if (expect.firstReason !== undefined) equal(tick().reason, expect.firstReason, "firstReason");
    if (expect.laterReason !== undefined) {
      const later = [tick(), tick(), tick()].map(({ reason }) => reason);
      if (!later.includes(expect.laterReason)) equal(later, expect.laterReason, "laterReason");
    }
  },
};
