/** Times as people write and read them: `45`, `90s`, `1m30s`, `2h`. */

/** Seconds; undefined when it is no time. A number alone is seconds. */
export function secondsIn(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const match = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?$/.exec(text);
  if (!match || text === "") return undefined;
  return Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0);
}

/** `90s` below two minutes, `5m`, `2h10m`. */
export function seconds(t: number): string {
  const round = Math.round(t * 10) / 10;
  if (round < 120) return `${round}s`;
  const h = Math.floor(round / 3600);
  const m = Math.floor((round % 3600) / 60);
  const s = Math.round(round % 60);
  return `${h ? `${h}h` : ""}${m ? `${m}m` : ""}${s ? `${s}s` : ""}`;
}
