/** One list of differences for each aspect. */
export function compare(golden: unknown, simulated: unknown): Record<string, string[]>;
