/** All programs of busybox, by the name under which an image links them. */
import type { Program } from "../sys.ts";
import { fileTreeApplets } from "./fileTree.ts";
import { grepApplets } from "./grep.ts";
import { listingApplets } from "./listing.ts";
import { readingApplets } from "./reading.ts";
import { simpleApplets } from "./simple.ts";

export const applets: Readonly<Record<string, Program>> = {
  ...fileTreeApplets,
  ...grepApplets,
  ...listingApplets,
  ...readingApplets,
  ...simpleApplets,
};
