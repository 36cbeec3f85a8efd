/** Paths into a manifest: `spec.containers[name=app].env[0].value`, `[*]`, `['a.b/c']`. */

export type Step =
  | { readonly key: string }
  | { readonly index: number }
  | { readonly where: string; readonly is: string }
  | { readonly all: true };

/** Undefined when the text is no path. */
export function parsePath(text: string): Step[] | undefined {
  const steps: Step[] = [];
  let rest = text.trim();
  while (rest !== "") {
    const match =
      /^\.?([A-Za-z0-9_$-]+)/.exec(rest) ??
      /^\[(\d+)\]/.exec(rest) ??
      /^\[(\*)\]/.exec(rest) ??
      /^\[(?:'([^']*)'|"([^"]*)")\]/.exec(rest) ??
      /^\[([A-Za-z0-9_.-]+)=([^\]]*)\]/.exec(rest);
    if (!match) return undefined;
    const whole = match[0];
    if (whole === "[*]") steps.push({ all: true });
    else if (/^\[\d+\]$/.test(whole)) steps.push({ index: Number(match[1]) });
    else if (/^\[['"]/.test(whole)) steps.push({ key: match[1] ?? match[2]! });
    else if (whole.startsWith("[")) steps.push({ where: match[1]!, is: match[2]! });
    else steps.push({ key: match[1]! });
    rest = rest.slice(whole.length);
  }
  return steps;
}

export type Keys = readonly (string | number)[];

/** The concrete paths that exist in `value`. With `addLast`, a last key that is missing from a map counts as existing. */
export function findPaths(value: unknown, steps: readonly Step[], addLast = false): Keys[] {
  let found: { keys: (string | number)[]; value: unknown }[] = [{ keys: [], value }];
  steps.forEach((step, i) => {
    const last = i === steps.length - 1;
    found = found.flatMap(({ keys, value: at }) => {
      if (typeof at !== "object" || at === null) return [];
      if ("key" in step) {
        const own = Object.hasOwn(at, step.key);
        return own || (last && addLast && !Array.isArray(at))
          ? [{ keys: [...keys, step.key], value: (at as Record<string, unknown>)[step.key] }]
          : [];
      }
      const entries: [string | number, unknown][] = Array.isArray(at)
        ? at.map((item, n) => [n, item])
        : Object.entries(at);
      return entries
        .filter(([key, item]) =>
          "all" in step
            ? true
            : "index" in step
              ? key === step.index
              : String((item as Record<string, unknown> | null)?.[step.where]) === step.is,
        )
        .map(([key, item]) => ({ keys: [...keys, key], value: item }));
    });
  });
  return found.map(({ keys }) => keys);
}

export function valueAt(value: unknown, keys: Keys): unknown {
  let at = value;
  for (const key of keys) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** A copy of `value` with another value at `keys`; undefined removes it. Only what lies on the path is copied. */
export function withValue(value: unknown, keys: Keys, to: unknown): unknown {
  if (keys.length === 0) return to;
  const [key, ...rest] = keys as [string | number, ...(string | number)[]];
  if (Array.isArray(value)) {
    const copy = [...value];
    if (rest.length === 0 && to === undefined) copy.splice(Number(key), 1);
    else copy[Number(key)] = withValue(copy[Number(key)], rest, to);
    return copy;
  }
  const copy: Record<string, unknown> = { ...(typeof value === "object" && value !== null ? value : {}) };
  if (rest.length === 0 && to === undefined) delete copy[key];
  else copy[key] = withValue(copy[key], rest, to);
  return copy;
}

/** `spec.containers[0].image` */
export function sayPath(keys: Keys): string {
  return keys
    .map((key, i) =>
      typeof key === "number" ? `[${key}]` : /^[\w$-]+$/.test(key) ? `${i > 0 ? "." : ""}${key}` : `['${key}']`,
    )
    .join("");
}
