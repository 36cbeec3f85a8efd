// The steps that `npm start`, `npm test` and `npm run build` share. Node built-ins only: this runs before anything is
// installed. Every step says on stderr what it does, and on failure what to do about it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const builtFrom = ["src", "lessons", "assets", "package.json", "package-lock.json", "LICENSE"];
const commands = ["course", "podcourse"];

export const say = (text) => process.stderr.write(`${text}\n`);

/** Ends the process: `what` happened, `cure` is what to do. */
export function giveUp(what, cure) {
  say(`\n${what}`);
  if (cure) say(cure);
  process.exit(1);
}

export function requireNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) {
    giveUp(
      `podcourse needs Node.js 20 or later; this is ${process.versions.node}.`,
      "Get a newer one from https://nodejs.org and try again.",
    );
  }
}

/** npm's command line; a shell on Windows, where npm is a batch file. */
function npm(args) {
  const cli = process.env.npm_execpath;
  if (cli?.endsWith(".js") && /npm-cli\.js$/.test(cli))
    return spawnSync(process.execPath, [cli, ...args], { cwd: root, encoding: "utf8" });
  return spawnSync("npm", args, { cwd: root, encoding: "utf8", shell: process.platform === "win32" });
}

/**
 * True when node_modules holds what package-lock.json asks for. npm writes what it installed to
 * node_modules/.package-lock.json; packages for other platforms are optional and may be absent.
 */
function isInstalled() {
  const readPackages = (path) => {
    try {
      return JSON.parse(readFileSync(join(root, path), "utf8")).packages;
    } catch {
      return undefined;
    }
  };
  const wanted = readPackages("package-lock.json");
  const have = readPackages(join("node_modules", ".package-lock.json"));
  if (!wanted || !have) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    if (have[path] === undefined) return entry.optional === true;
    return have[path].version === entry.version && existsSync(join(root, path, "package.json"));
  });
}

export function install() {
  if (isInstalled()) return;
  say("Installing the tools that build the course (once, about half a minute) …");
  const done = npm(["ci", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"]);
  if (done.status !== 0) {
    // npm prints its whole manual after some errors; the first lines say what is wrong.
    say((done.stderr || done.error?.message || "").trim().split("\n").slice(0, 8).join("\n"));
    giveUp(
      "npm could not install the packages.",
      "Check the network connection (npm ping), then run the same command again.",
    );
  }
}

/** One hash of everything that dist/ is made from. */
function sourceHash() {
  const hash = createHash("sha256");
  const visit = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    let names;
    try {
      names = readdirSync(full);
    } catch {
      hash
        .update(`${path.split(sep).join("/")}\0`)
        .update(readFileSync(full))
        .update("\0");
      return;
    }
    for (const name of names.sort()) visit(join(path, name));
  };
  for (const path of builtFrom) visit(path);
  return hash.digest("hex");
}

const stampFile = join(root, "dist", ".built-from");

function isBuilt(hash) {
  try {
    return readFileSync(stampFile, "utf8") === hash && existsSync(join(root, "dist", "main.js"));
  } catch {
    return false;
  }
}

/** Builds dist/ unless it was built from these very sources. Exits with a message when the sources do not build. */
export async function build({ force = false } = {}) {
  const hash = sourceHash();
  if (!force && isBuilt(hash)) return;
  say("Building the course …");
  rmSync(stampFile, { force: true });
  try {
    const { bundle } = await import(pathToFileURL(join(root, "src", "build", "bundle.mjs")).href);
    await bundle();
  } catch (error) {
    // esbuild has printed its own errors, with line and column.
    giveUp(
      `The build failed: ${error instanceof Error ? error.message : error}`,
      "If you did not change src/, please report this together with the lines above.",
    );
  }
  writeFileSync(stampFile, hash);
}

/** Lets `npx course` find dist/main.js in this checkout without packing it: what npm does for a dependency. */
export function linkCommands() {
  const bin = join(root, "node_modules", ".bin");
  mkdirSync(bin, { recursive: true });
  for (const name of commands) {
    if (process.platform === "win32") {
      writeFileSync(join(bin, `${name}.cmd`), `@node "%~dp0\\..\\..\\dist\\main.js" %*\r\n`);
      writeFileSync(join(bin, name), `#!/bin/sh\nexec node "$(dirname "$0")/../../dist/main.js" "$@"\n`);
      continue;
    }
    try {
      symlinkSync(join("..", "..", "dist", "main.js"), join(bin, name));
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
  }
}

/** Installs, builds and links, each only when it is due. */
export async function prepare() {
  requireNode();
  install();
  await build();
  linkCommands();
}
