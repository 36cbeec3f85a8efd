/** The ways in which control leaves a command before its end. They are thrown, and never seen outside the shell. */

/** The shell (or subshell) ends; its EXIT trap still runs. */
export class ShellExit {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

/** `return`, up to the function or the sourced file. */
export class FunctionReturn {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

/** `break` or `continue`, with the loops that it still has to leave. */
export class LoopJump {
  readonly kind: "break" | "continue";
  levels: number;
  constructor(kind: "break" | "continue", levels: number) {
    this.kind = kind;
    this.levels = levels;
  }
}

/** Ctrl-C: an interactive shell drops what it is doing and asks for the next command. */
export class ShellInterrupt {
  readonly status = 130;
}

/** The message of a script that wants more than can be held. */
export const OUT_OF_MEMORY = "out of memory";

/** An error that ends the shell, unless it happens in an ordinary built-in command. */
export class ShellFault {
  readonly message: string;
  readonly status: number;
  /** It was already told on standard error. */
  reported = false;
  constructor(message: string, status = 2) {
    this.message = message;
    this.status = status;
  }
}
