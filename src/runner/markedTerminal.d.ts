/** marked-terminal has no types of its own; this is the part that markdown.ts uses. */
declare module "marked-terminal" {
  import type { MarkedExtension } from "marked";

  type Paint = (text: string) => string;

  export interface TerminalOptions {
    [style: string]: unknown;
    tableOptions?: Record<string, unknown>;
  }

  export function markedTerminal(
    options?: TerminalOptions,
  ): Omit<MarkedExtension, "renderer"> & { renderer: NonNullable<MarkedExtension["renderer"]> };
  export type { Paint };
}
