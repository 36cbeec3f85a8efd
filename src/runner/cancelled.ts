/** The person pressed Ctrl-C at a prompt. */
export class Cancelled extends Error {
  constructor() {
    super("cancelled");
  }
}
