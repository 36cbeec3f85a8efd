#!/usr/bin/env node
// The command: runs program.js, which lies beside it. V8's compiled code of it is kept in a file there, if that may be
// written, because compiling takes a third of the time that a check takes. A cache of another version of V8 or of
// another build has another name; one that V8 refuses is made anew.
const { readFileSync, renameSync, unlinkSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const process = require("node:process");
const { pathToFileURL } = require("node:url");
const { Script } = require("node:vm");

const filename = join(__dirname, "program.js");
const cacheName = join(__dirname, `program-BUILD-${process.versions.v8}-${process.arch}`);
// Different commands need different functions: what the first runs compile is added, each time under the next number.
const lastCache = 4;
const cacheFile = (number) => `${cacheName}-${number}.cache`;
// The bundle is ASCII; reading it as Latin-1 makes it a string without decoding.
const source = `(function (exports, require, module, __filename, __dirname, programUrl) {${readFileSync(filename, "latin1")}\n})`;

let cachedData;
let number = lastCache + 1;
while (!cachedData && --number > 0) {
  try {
    cachedData = readFileSync(cacheFile(number));
  } catch {
    // There is none of this number: the first runs, or a folder that was emptied.
  }
}
const script = new Script(source, { filename, cachedData });
const command = process.argv[2];
const runsAll = command === undefined || command === "check" || command === "launch";
// V8 refuses a cache made under other flags; runs with flags of their own leave it alone.
if (script.cachedDataRejected) number = 0;
if (number < lastCache && runsAll && process.execArgv.length === 0) {
  // At the end the functions that the run needed are compiled, too, and go into the cache.
  process.on("exit", () => {
    try {
      const temporary = `${cacheName}.${process.pid}`;
      writeFileSync(temporary, script.createCachedData());
      renameSync(temporary, cacheFile(number + 1));
      if (number > 0) unlinkSync(cacheFile(number));
    } catch {
      // A folder of someone else's: every run compiles.
    }
  });
}
script.runInThisContext()(exports, require, module, filename, __dirname, pathToFileURL(filename).href);
