/** The runtime's way in: networks, nodes' container runtimes, images, and the programs that images name. */
import { applets } from "./applets/index.ts";
import { Runtime, type RuntimeOptions } from "./containerRuntime.ts";
import { curl } from "./programs/curl.ts";
import { nginx } from "./programs/nginx.ts";
import { stress } from "./programs/stress.ts";
import type { Program } from "./sys.ts";
import { sh } from "./shell/index.ts";

export { type CatalogueData, ImageCatalogue, loadCatalogue } from "./imageCatalogue.ts";
export { createNetwork, Network } from "./network.ts";
export { Runtime, type RuntimeOptions } from "./containerRuntime.ts";

/** By the name in an executable's header; busybox is one binary that looks at the name it was called by. */
const programs: Readonly<Record<string, Program>> = {
  sh,
  curl,
  nginx,
  stress,
  busybox: function* (sys) {
    const name = sys.argv[0]!.slice(sys.argv[0]!.lastIndexOf("/") + 1).replace(/^-/, "");
    return yield* (programOf(name) ?? missing)(sys);
  },
};

function programOf(name: string): Program | undefined {
  if (name === "sh" || name === "ash") return sh;
  return Object.hasOwn(applets, name) ? applets[name] : undefined;
}

/** An applet of the real busybox that is not modelled says so. */
const missing: Program = function* (sys) {
  const name = sys.argv[0]!.slice(sys.argv[0]!.lastIndexOf("/") + 1);
  yield* sys.write(2, `${name}: not part of this simulation\n`);
  return 127;
};

export function createContainerRuntime(options: RuntimeOptions): Runtime {
  return new Runtime(options, (name) => programs[name] ?? programOf(name) ?? missing);
}
