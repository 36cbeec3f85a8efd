/** `timeout` as people's machines have it: coreutils' says 124 where busybox' says how the command was killed. */
import { applets } from "../runtime/applets/index.ts";
import type { Program } from "../runtime/sys.ts";

const terminated = 128 + 15;

export const timeoutProgram: Program = function* (sys) {
  const status = yield* applets.timeout!(sys);
  return status === terminated ? 124 : status;
};
