/** Replaces what differs from run to run by `<words>`. */
export function mask(text: string): string;
export function maskLog(text: string): string;
/** Of every string of a JSON value; drops uids and versions. */
export function maskDeep(value: unknown): unknown;
