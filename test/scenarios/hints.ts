/** What a scenario tells of images and registries, as changes of the image catalogue and of the kubelet's settings. */
import catalogueData from "../../assets/images.json" with { type: "json" };
import { canonicalName, parseImageReference } from "../../src/runtime/imageReference.ts";
import type { ImageOverride } from "../../src/runtime/imageCatalogue.ts";
import { type ImageCatalogue, loadCatalogue } from "../../src/runtime/index.ts";
import type { KubeletSettings } from "../../src/cluster/kubelet/kubelet.ts";
import { type Json, NotModelled, onlyKeys, type TestScenario } from "./format.ts";
import { manifestsOf } from "./manifests.ts";

const known = loadCatalogue(catalogueData as never);

/** Longest time that a test of Kubernetes grants a pull when nothing else is said; a middling one is taken. */
const pullSeconds = 1;

/** What a registry's answer in words means. */
const answers: readonly (readonly [RegExp, (match: RegExpExecArray) => Partial<ImageOverride>])[] = [
  [
    /credentials for (\S+?)[;,]? (\S+)\/(\S+) (?:is|are) accepted/i,
    ([, server, username, password]) => ({
      credentials: { server: server!, username: username!, password: password! },
    }),
  ],
  [/not found|does not exist|no such (image|repository|tag)|manifest unknown/i, () => ({ missing: true })],
  [/unresolvable|no such host|unknown host|dns/i, () => ({ failure: "unresolvable" })],
  [/auth|denied|forbidden|credential|private/i, () => ({ failure: "denied" })],
  [/refused|unreachable|down|unavailable|timeout|time out/i, () => ({ failure: "unreachable" })],
  [/exists|ok|can be pulled/i, () => ({})],
];

export interface Surroundings {
  readonly catalogue: ImageCatalogue;
  readonly settings: KubeletSettings;
}

export function surroundingsOf(scenario: TestScenario): Surroundings {
  const { hints = {} } = scenario;
  const images = new Set(manifestsOf(scenario).flatMap(imagesOf));
  const containers = new Set(manifestsOf(scenario).flatMap((pod) => containersOf(pod).map((c) => c.name)));
  const overrides: Record<string, ImageOverride> = {};
  for (const image of images)
    overrides[image] = { ...stand(image), pullSeconds: hints.pullDurationSeconds ?? pullSeconds };
  let settings: KubeletSettings = {};
  for (const [key, hint] of Object.entries(hints)) {
    if (key === "pullDurationSeconds") continue;
    else if (key === "registry")
      for (const [image, words] of Object.entries<string>(hint))
        overrides[image] = { ...overrides[image], ...stand(image), ...answerOf(words) };
    else if (key === "kubelet") settings = kubeletSettings(hint);
    else if (key === "image")
      for (const image of images) overrides[image] = { ...overrides[image], ...imageHint(hint) };
    else if (containers.has(key)) checkWorkload(key, hint);
    else throw new NotModelled(`hint ${key}`);
  }
  return { catalogue: known.with(overrides), settings };
}

function answerOf(words: string): Partial<ImageOverride> {
  for (const [pattern, meaning] of answers) {
    const match = pattern.exec(words);
    if (match) return meaning(match);
  }
  throw new NotModelled(`registry answer "${words}"`);
}

/** An image that nobody knows stands for one that can be pulled: the known image that its name is most like. */
function stand(image: string): { like?: string } {
  const reference = parseImageReference(image);
  if ("error" in reference || known.find(reference)) return {};
  const last = reference.repository.split("/").at(-1)!;
  const like = known.names().find((name) => name.replace(/:[^:]*$/, "").endsWith(`/${last}`));
  const base = like?.replace(/:[^:]*$/, "");
  const sameTag = base && known.names().find((name) => name === `${base}:${reference.tag}`);
  return { like: sameTag ?? like ?? "busybox:1.36" };
}

function imageHint(hint: Json): Partial<ImageOverride> {
  onlyKeys(hint, ["entrypoint", "cmd", "user", "workingDir", "behaviour"], "hints.image");
  return {
    ...(hint.entrypoint && { entrypoint: hint.entrypoint }),
    ...(hint.cmd && { cmd: hint.cmd }),
    ...(hint.user !== undefined && { user: String(hint.user) }),
    ...(hint.workingDir && { workingDir: hint.workingDir }),
  };
}

function kubeletSettings(hint: Json): KubeletSettings {
  onlyKeys(hint, ["serializeImagePulls", "maxParallelImagePulls"], "hints.kubelet");
  if (hint.serializeImagePulls !== false) return {};
  return { maxParallelImagePulls: hint.maxParallelImagePulls ?? Number.POSITIVE_INFINITY };
}

/** What a workload does by itself: its program is run, so that these words only tell what should come of it. */
const workloads = ["http", "grpc", "tcp", "runs", "memoryBytes", "writesBytes", "at", "exit", "processes"];

function checkWorkload(container: string, hint: Json): void {
  if (typeof hint === "object") onlyKeys(hint, workloads, `hints.${container}`);
}

function containersOf(pod: Json): Json[] {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod?.spec ?? {};
  return [initContainers, containers, ephemeralContainers].flatMap((list) => (Array.isArray(list) ? list : []));
}

function imagesOf(pod: Json): string[] {
  return containersOf(pod).flatMap((c) => {
    const reference = typeof c?.image === "string" ? parseImageReference(c.image) : { error: "" };
    return "error" in reference ? [] : [canonicalName(reference)];
  });
}
