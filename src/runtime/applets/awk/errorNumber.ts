/** errno's numbers on Linux, for those that opening and reading a file can give. */
import type { Errno } from "../../sys.ts";

const NUMBERS: Readonly<Partial<Record<Errno, number>>> = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  EACCES: 13,
  ENOTDIR: 20,
  EISDIR: 21,
  EMFILE: 24,
  ELOOP: 40,
};

export function errorNumber(errno: Errno): number {
  return NUMBERS[errno] ?? 22;
}
