/** The exit status after Ctrl-C, as shells report it: 128 + SIGINT. */
export const interruptedStatus = 130;
