/** The runtime's way in: networks, nodes' container runtimes, images, and one container by itself. */
import { applets } from "./applets/index.ts";
import { Runtime, type RuntimeOptions } from "./containerRuntime.ts";
import { programRegistry } from "./programs/index.ts";
import { sh } from "./shell/index.ts";

export { interactiveShell } from "./shell/index.ts";
import { runContainer as runWith, type StandaloneOptions, type StandaloneResult } from "./standalone.ts";

export { Runtime, type RuntimeOptions } from "./containerRuntime.ts";
export { type CatalogueData, ImageCatalogue, loadCatalogue } from "./imageCatalogue.ts";
export type { ExecEnd, ExecIo } from "./execProcess.ts";
export { executable } from "./imageTree.ts";
export { createNetwork, Network } from "./network.ts";
export { SourceFile } from "./openFile.ts";
export type { StandaloneOptions, StandaloneResult } from "./standalone.ts";

/** The programs that executables name, busybox and those of the images. */
export const programs = programRegistry(applets, sh);

export function createContainerRuntime(options: RuntimeOptions): Runtime {
  return new Runtime(options, programs);
}

/** Runs one container to its end, in virtual time, at once. Throws StepLimitExceeded. */
export function runContainer(options: StandaloneOptions): StandaloneResult {
  return runWith(options, programs);
}
