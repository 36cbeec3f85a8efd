/** The outermost frame of a shell or subshell: whatever happens inside becomes an exit status. */
import type { Task } from "../../time/task.ts";
import { FunctionReturn, LoopJump, ShellExit, ShellFault } from "./fault.ts";
import type { Shell } from "./shell.ts";
import { runExitTrap, runPendingTraps } from "./traps.ts";

/** Runs `body`, then the EXIT trap. The result is the exit status. */
export function* runToEnd(shell: Shell, body: Task<number>): Task<number> {
  const status = yield* settle(shell, body);
  return yield* settle(
    shell,
    (function* (): Task<number> {
      return yield* runExitTrap(shell, status);
    })(),
  );
}

function* settle(shell: Shell, body: Task<number>): Task<number> {
  try {
    const status = yield* body;
    yield* runPendingTraps(shell);
    return status;
  } catch (thrown) {
    if (thrown instanceof ShellExit || thrown instanceof FunctionReturn) return thrown.status;
    if (thrown instanceof LoopJump) return shell.status;
    if (thrown instanceof ShellFault) {
      yield* shell.report(thrown);
      return thrown.status;
    }
    throw thrown;
  }
}
