/** Addresses that are taken but not written as they should be (apimachinery: pkg/util/validation/ip.go). */
import { goQuote } from "./fieldError.ts";
import { isIPv4, isIPv6 } from "./formats.ts";

export function ipWarnings(path: string, value: string): string[] {
  if (isIPv4(value)) {
    const usual = value.split(".").map(Number).join(".");
    return usual === value ? [] : [nonStandard(path, value, usual)];
  }
  if (!isIPv6(value)) return [];
  const groups = groupsOf(value);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return [nonStandard(path, value, lastFour(groups))];
  const usual = canonicalIPv6(groups);
  return usual === value
    ? []
    : [`${path}: IPv6 address ${goQuote(value)} should be in RFC 5952 canonical format (${goQuote(usual)})`];
}

function nonStandard(path: string, value: string, usual: string): string {
  return `${path}: non-standard IP address ${goQuote(value)} will be considered invalid in a future Kubernetes release: use ${goQuote(usual)}`;
}

function lastFour(groups: readonly number[]): string {
  return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join(".");
}

/** Eight numbers of 16 bits. */
function groupsOf(value: string): number[] {
  const text = value.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...octets: string[]) => {
    const [a, b, c, d] = octets.map(Number) as [number, number, number, number];
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = "", tail] = text.split("::");
  const numbers = (part: string) => (part ? part.split(":").map((group) => Number.parseInt(group, 16)) : []);
  const before = numbers(head);
  const after = numbers(tail ?? "");
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

/** RFC 5952: small letters, no leading zeros, the longest run of zeros (two at least) left out. */
function canonicalIPv6(groups: readonly number[]): string {
  let start = 0;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let j = i;
    while (j < 8 && groups[j] === 0) j++;
    if (j - i > length) [start, length] = [i, j - i];
  }
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  return length < 2 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}
