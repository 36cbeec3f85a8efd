/** What `uname -r` prints on every node: the recorded one's. */
export const kernelRelease = "6.18.44-fc-v669";
