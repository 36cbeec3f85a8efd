/** All programs of busybox, by the name under which an image links them. */
import type { Program } from "../sys.ts";
import { awkApplets } from "./awk/index.ts";
import { blockApplets } from "./blocks.ts";
import { dumpApplets } from "./dump.ts";
import { exprApplets } from "./expr.ts";
import { fileTreeApplets } from "./fileTree.ts";
import { grepApplets } from "./grep.ts";
import { httpdApplets } from "./httpd.ts";
import { lineApplets } from "./lineTools.ts";
import { listingApplets } from "./listing.ts";
import { networkApplets } from "./network.ts";
import { processApplets } from "./processes.ts";
import { readingApplets } from "./reading.ts";
import { sedApplets } from "./sed/index.ts";
import { simpleApplets } from "./simple.ts";
import { sysctlApplets } from "./sysctl.ts";
import { systemApplets } from "./system.ts";
import { tarApplets } from "./tar.ts";
import { wgetApplets } from "./wget.ts";

export const applets: Readonly<Record<string, Program>> = {
  ...awkApplets,
  ...blockApplets,
  ...dumpApplets,
  ...exprApplets,
  ...fileTreeApplets,
  ...grepApplets,
  ...httpdApplets,
  ...lineApplets,
  ...listingApplets,
  ...readingApplets,
  ...networkApplets,
  ...processApplets,
  ...sedApplets,
  ...simpleApplets,
  ...sysctlApplets,
  ...systemApplets,
  ...tarApplets,
  ...wgetApplets,
};
