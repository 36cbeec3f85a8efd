/** Remarks on files of one volume that lie at the same path, or inside one another. */
import type { Volume, VolumeProjection } from "../api/types.ts";
import { goQuote } from "./fieldError.ts";

interface Placed {
  readonly path: string;
  /** Of projected volumes: `ConfigMap "settings"`. */
  readonly source: string;
}

export function overlappingPaths(volumes: readonly Volume[]): string[] {
  return volumes.flatMap((volume) => {
    const { name, configMap, secret, downwardAPI, projected } = volume;
    const say = (what: string, paths: readonly Placed[]) =>
      overlaps(paths).map((words) => `volume ${goQuote(name)} (${what}): overlapping paths: ${words}`);
    const empty = (projected?.sources ?? [])
      .filter((source) => Object.keys(source).length === 0)
      .map(() => `volume ${goQuote(name)} (Projected) has no sources provided`);
    return [
      ...say(`ConfigMap ${goQuote(configMap?.name ?? "")}`, placed(configMap?.items)),
      ...say(`Secret ${goQuote(secret?.secretName ?? "")}`, placed(secret?.items)),
      ...say("DownwardAPI", placed(downwardAPI?.items)),
      ...empty,
      ...say("Projected", (projected?.sources ?? []).flatMap(pathsOf)),
    ];
  });
}

function placed(items: readonly { readonly path: string }[] | undefined, source = ""): Placed[] {
  return (items ?? []).map(({ path }) => ({ path: path.replace(/\/+$/, ""), source }));
}

function pathsOf({ configMap, secret, downwardAPI, serviceAccountToken }: VolumeProjection): Placed[] {
  if (configMap?.items) return placed(configMap.items, `ConfigMap ${goQuote(configMap.name ?? "")}`);
  if (secret?.items) return placed(secret.items, `Secret ${goQuote(secret.name ?? "")}`);
  if (downwardAPI?.items) return placed(downwardAPI.items, "DownwardAPI");
  return serviceAccountToken ? placed([serviceAccountToken], "ServiceAccountToken") : [];
}

/** Each path with each before it. */
function overlaps(all: readonly Placed[]): string[] {
  const shown = ({ path, source }: Placed) => (source ? `${goQuote(path)} (${source})` : goQuote(path));
  return all.flatMap((one, i) =>
    all
      .slice(0, i)
      .filter(({ path }) => path && one.path && (inside(path, one.path) || inside(one.path, path)))
      .map((other) => `${shown(one)} with ${shown(other)}`),
  );
}

function inside(path: string, directory: string): boolean {
  return `${path}/`.startsWith(`${directory}/`);
}
