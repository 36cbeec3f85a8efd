/** Which field was meant: the nearest name beside it, or the place in the object where a field of that name belongs. */
import { fieldOf, structNamed } from "../api/schema.ts";

/** Names that learners bring from elsewhere, and what they are called here. */
const foreignNames: Readonly<Record<string, string>> = {
  cmd: "command",
  entrypoint: "command",
  environment: "env",
  envs: "env",
  healthcheck: "livenessProbe",
  healthCheck: "livenessProbe",
  liveness: "livenessProbe",
  readiness: "readinessProbe",
  startup: "startupProbe",
  mounts: "volumeMounts",
  volumeMount: "volumeMounts",
  hook: "lifecycle",
  hooks: "lifecycle",
  label: "labels",
  annotation: "annotations",
  nodeselector: "nodeSelector",
  pullPolicy: "imagePullPolicy",
  restart: "restartPolicy",
  gracePeriodSeconds: "terminationGracePeriodSeconds",
  gracePeriod: "terminationGracePeriodSeconds",
  deadline: "activeDeadlineSeconds",
  timeout: "timeoutSeconds",
  period: "periodSeconds",
  interval: "periodSeconds",
  initialDelay: "initialDelaySeconds",
  retries: "failureThreshold",
  expose: "ports",
  http: "httpGet",
  tcp: "tcpSocket",
  uri: "path",
  url: "path",
};

/** The field of a structure that was most likely meant, or undefined. */
export function nearestField(struct: string, name: string): string | undefined {
  const fields = Object.keys(structNamed(struct)?.fields ?? {});
  const lower = name.toLowerCase();
  const same = fields.find((field) => field.toLowerCase() === lower);
  if (same) return same;
  const foreign = foreignNames[name] ?? foreignNames[lower];
  if (foreign && fields.includes(foreign)) return foreign;
  // A part of a longer name, or one more: `timeout` for `timeoutSeconds`, `containerPorts` for `containerPort`.
  const plural = fields.find((field) => field.toLowerCase() === `${lower}s` || `${field.toLowerCase()}s` === lower);
  if (plural) return plural;
  const near = nearestWord(name, fields);
  if (near) return near;
  const longer = fields.filter((field) => lower.length >= 4 && field.toLowerCase().startsWith(lower));
  return longer.length === 1 ? longer[0] : undefined;
}

/** The word that differs in the fewest letters, if they are few; capitals do not count. */
export function nearestWord(word: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of words) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    // Short words are soon something else; long ones may have several slips.
    const most = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 4));
    if (distance <= most && distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Letters put in, left out, changed, or two swapped. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 5 || a.length > 100) return 9;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1);
      next[j] = best;
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}

/** Where fields are looked for is not deeper than this below the kind. */
const DEEPEST = 6;

/**
 * Paths of the kind that have a field of this name, nearest to `from` first: `spec.containers[].command`.
 * @param from the path, without indexes, of the object in which the name was written
 */
export function placesOf(kind: string, name: string, from: readonly string[]): string[] {
  const wanted = foreignNames[name] ?? name;
  const found: { path: string; parent: readonly string[] }[] = [];
  const walk = (struct: string, path: readonly string[], shown: string, seen: readonly string[]) => {
    if (path.length > DEEPEST || seen.includes(struct)) return;
    if (fieldOf(struct, wanted)) found.push({ path: shown ? `${shown}.${wanted}` : wanted, parent: path });
    for (const [field, schema] of Object.entries(structNamed(struct)?.fields ?? {})) {
      // A learner writes specs; status and other kinds' templates are not places to put a field.
      if (path.length === 0 && field === "status") continue;
      if (schema.ref) walk(schema.ref, [...path, field], shown ? `${shown}.${field}` : field, [...seen, struct]);
      else if (schema.items?.ref)
        walk(schema.items.ref, [...path, field], `${shown ? `${shown}.` : ""}${field}[]`, [...seen, struct]);
    }
  };
  walk(kind, [], "", []);
  const distance = (parent: readonly string[]) => {
    let same = 0;
    while (same < parent.length && same < from.length && parent[same] === from[same]) same++;
    const unusual = parent.some(
      (part) =>
        part === "ephemeralContainers" || part === "volumes" || part === "managedFields" || part === "ownerReferences",
    )
      ? 3
      : 0;
    return parent.length - same + (from.length - same) + unusual + (parent.includes("initContainers") ? 0.5 : 0);
  };
  return found.sort((a, b) => distance(a.parent) - distance(b.parent)).map(({ path }) => path);
}
