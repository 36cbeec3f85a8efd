/**
 * A word about newer versions, told from this one's age alone: the course never uses the network, so nothing is asked and
 * nothing waits.
 */

/** Kubernetes has a new minor version three times a year. */
const oldAfterDays = 120;
const dayMs = 24 * 3600 * 1000;

/** `released`: `2026-11-26`, or empty. Undefined: there is nothing to say, or NO_UPDATE_NOTIFIER is set. */
export function updateNotice(
  released: string,
  now: Date,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (env.NO_UPDATE_NOTIFIER) return undefined;
  const days = Math.floor((now.getTime() - Date.parse(released)) / dayMs);
  if (!(days >= oldAfterDays)) return undefined;
  return `This podcourse is ${Math.floor(days / 30)} months old. A newer one, if there is: npx podcourse@latest`;
}
