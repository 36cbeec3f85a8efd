/** All programs of busybox, by the name under which an image links them. */
import type { Program } from "../sys.ts";
import { awkApplets } from "./awk/index.ts";
import { blockApplets } from "./blocks.ts";
import { checksumApplets } from "./checksums.ts";
import { compressApplets } from "./compress.ts";
import { cutApplets } from "./cut.ts";
import { ddApplets } from "./dd.ts";
import { diffApplets } from "./diff.ts";
import { dumpApplets } from "./dump.ts";
import { exprApplets } from "./expr.ts";
import { fileTreeApplets } from "./fileTree.ts";
import { findApplets } from "./find.ts";
import { getoptApplets } from "./getopt.ts";
import { grepApplets } from "./grep.ts";
import { hexdumpApplets } from "./hexdump.ts";
import { httpdApplets } from "./httpd.ts";
import { lineApplets } from "./lineTools.ts";
import { listingApplets } from "./listing.ts";
import { networkApplets } from "./network.ts";
import { networkTableApplets } from "./networkTables.ts";
import { oddmentApplets } from "./oddments.ts";
import { pasteApplets } from "./paste.ts";
import { patchApplets } from "./patch.ts";
import { pgrepApplets } from "./pgrep.ts";
import { pieceApplets } from "./pieces.ts";
import { processApplets } from "./processes.ts";
import { readingApplets } from "./reading.ts";
import { sedApplets } from "./sed/index.ts";
import { simpleApplets } from "./simple.ts";
import { sortApplets } from "./sort.ts";
import { sysctlApplets } from "./sysctl.ts";
import { systemApplets } from "./system.ts";
import { tarApplets } from "./tar.ts";
import { textApplets } from "./textTools.ts";
import { timeoutApplets } from "./timeout.ts";
import { trApplets } from "./tr.ts";
import { tracerouteApplets } from "./traceroute.ts";
import { uuencodeApplets } from "./uuencode.ts";
import { wgetApplets } from "./wget.ts";
import { xargsApplets } from "./xargs.ts";

export const applets: Readonly<Record<string, Program>> = {
  ...awkApplets,
  ...blockApplets,
  ...checksumApplets,
  ...compressApplets,
  ...cutApplets,
  ...ddApplets,
  ...diffApplets,
  ...dumpApplets,
  ...exprApplets,
  ...fileTreeApplets,
  ...findApplets,
  ...getoptApplets,
  ...grepApplets,
  ...hexdumpApplets,
  ...httpdApplets,
  ...lineApplets,
  ...listingApplets,
  ...networkApplets,
  ...networkTableApplets,
  ...oddmentApplets,
  ...pasteApplets,
  ...patchApplets,
  ...pgrepApplets,
  ...pieceApplets,
  ...processApplets,
  ...readingApplets,
  ...sedApplets,
  ...simpleApplets,
  ...sortApplets,
  ...sysctlApplets,
  ...systemApplets,
  ...tarApplets,
  ...textApplets,
  ...timeoutApplets,
  ...trApplets,
  ...tracerouteApplets,
  ...uuencodeApplets,
  ...wgetApplets,
  ...xargsApplets,
};
