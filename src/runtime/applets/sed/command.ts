/** What a sed script is made of. */
import type { PosixRegex } from "../../regex/index.ts";

export type Address =
  | { readonly line: number }
  | { readonly last: true }
  | { readonly regex: PosixRegex }
  /** `,+N`: so many lines more. Only as the second address. */
  | { readonly more: number };

export interface Substitution {
  /** Undefined: the expression used last. */
  readonly regex: PosixRegex | undefined;
  readonly replacement: string;
  /** Which match; 0: all. */
  readonly which: number;
  readonly print: boolean;
  /** Where the changed line is written to besides. */
  readonly file: string | undefined;
}

export interface Command {
  readonly name: string;
  readonly from: Address | undefined;
  readonly to: Address | undefined;
  readonly inverted: boolean;
  /** Of a, c, i; a file name of r, w; a label of :, b, t, T. */
  readonly text: string;
  readonly substitution: Substitution | undefined;
  /** Of y: byte → byte. */
  readonly translation: ReadonlyMap<string, string> | undefined;
  // ── What changes while the script runs ──
  inMatch: boolean;
  /** A numbered beginning counts once. */
  spent: boolean;
  /** The last line of a range that ends at a number, once that is known. */
  endLine: number | undefined;
}
