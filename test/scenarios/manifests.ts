/** All Pods that a scenario speaks of: its own, and those that its actions change or make. */
import { asList, type Json, type TestScenario } from "./format.ts";

export function manifestsOf({ pod, pods, actions = [] }: TestScenario): Json[] {
  const later = actions.flatMap(({ updateStaticManifest, addEphemeralContainer, patchContainerImage, apply }) => [
    ...(updateStaticManifest?.spec ? [updateStaticManifest] : []),
    ...(addEphemeralContainer ? [{ spec: { containers: [addEphemeralContainer] } }] : []),
    ...(patchContainerImage
      ? [{ spec: { containers: [{ name: patchContainerImage.container, image: patchContainerImage.image }] } }]
      : []),
    ...(apply?.kind === "Pod" ? [apply] : []),
  ]);
  return [...asList(pod), ...(pods ?? []), ...later];
}
