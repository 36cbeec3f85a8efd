/** The sandbox' process: it does nothing until it is told to end, and buries orphans where it is PID 1. */
import type { Task } from "../../time/task.ts";
import { type Sys, SysError } from "../sys.ts";

export function* pause(sys: Sys): Task<number> {
  let asked = false;
  const end = () => {
    asked = true;
  };
  sys.signal("SIGINT", end);
  sys.signal("SIGTERM", end);
  sys.signal("SIGCHLD", "ignore");
  while (!asked) {
    try {
      yield* sys.sleep(Number.POSITIVE_INFINITY);
    } catch (error) {
      if (!(error instanceof SysError) || error.errno !== "EINTR") throw error;
    }
  }
  return 0;
}
