/** What a learner reads about containers that never wait for anything. */
export function restlessText(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`).join(", ");
  return names.length === 1
    ? `Container ${quoted} never rests: it runs a loop that hardly ever waits. Its steps were slowed down here, so that time passes. On a real cluster it would keep a CPU busy.`
    : `Containers ${quoted} never rest: they run loops that hardly ever wait. Their steps were slowed down here, so that time passes. On a real cluster they would keep CPUs busy.`;
}
