/** Lines of kubectl's log (klog): `I0101 12:00:05.123456       1 place.go:12] text`. */

export function klogLine(severity: "I" | "W" | "E", now: number, place: string, text: string): string {
  const at = new Date(now).toISOString();
  return `${severity}${at.slice(5, 7)}${at.slice(8, 10)} ${at.slice(11, 23)}000       1 ${place}] ${text}\n`;
}
