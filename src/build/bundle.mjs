// src/ + lessons/ + assets/ → dist/: main.js, which runs program.js; the course as plain JSON (parsed here, so that a
// learner's machine never parses Markdown to grade); the licences of what is bundled. Nothing in dist/ needs
// node_modules.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { root } from "./steps.mjs";

const version = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;

/** The day of the newest commit; today where there is no Git to ask. */
function lastChange() {
  const git = spawnSync("git", ["log", "-1", "--format=%cs"], { cwd: root, encoding: "utf8" });
  const day = git.status === 0 ? git.stdout.trim() : "";
  return /^\d{4}-\d\d-\d\d$/.test(day) ? day : new Date().toISOString().slice(0, 10);
}

/** JSON as JSON.parse("…"): parsing a string is several times faster for V8 than a big object literal. */
const jsonAsText = {
  name: "json-as-text",
  setup(build) {
    build.onLoad({ filter: /\.json$/ }, ({ path }) => {
      if (path.includes("node_modules")) return undefined;
      const text = JSON.stringify(JSON.parse(readFileSync(path, "utf8")));
      return { contents: `export default JSON.parse(${JSON.stringify(text)});`, loader: "js" };
    });
  },
};

/**
 * marked-terminal loads a highlighter for 190 languages and all emoji, 1.4 MB. markdown.ts colours code itself and turns
 * emoji off, so neither is ever called. commander loads child_process for commands that are programs of their own; there
 * are none, and every start would pay for it.
 */
const neverCalled = {
  name: "never-called",
  setup(build) {
    build.onResolve({ filter: /^(cli-highlight|node-emoji)$/ }, ({ path }) => ({ path, namespace: "never-called" }));
    build.onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path, namespace: "never-called" } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "never-called" }, () => ({
      contents:
        "export const highlight = (code) => code; export const get = () => ''; export const emojify = (text) => text;",
    }));
  },
};

/** yaml for browsers is the same code as ES modules, which a bundle starts several milliseconds faster. */
const yamlAsModules = {
  name: "yaml-as-modules",
  setup(build) {
    build.onResolve({ filter: /^yaml$/ }, () => ({
      path: join(root, "node_modules", "yaml", "browser", "dist", "index.js"),
      sideEffects: false,
    }));
  },
};

/** Few runs unpack anything; what fflate needs for it takes milliseconds to make, so it is made when it is asked for. */
const unpackedLater = {
  name: "unpacked-later",
  setup(build) {
    build.onResolve({ filter: /^fflate$/ }, ({ namespace }) =>
      namespace === "unpacked-later" ? undefined : { path: "fflate", namespace: "unpacked-later" },
    );
    build.onLoad({ filter: /.*/, namespace: "unpacked-later" }, () => ({
      contents: `
        export const gzipSync = (...args) => require("fflate").gzipSync(...args);
        export function Gunzip(...args) { return new (require("fflate").Gunzip)(...args); }`,
      resolveDir: root,
    }));
  },
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  plugins: [jsonAsText, neverCalled, yamlAsModules, unpackedLater],
  define: { PODCOURSE_VERSION: JSON.stringify(version), PODCOURSE_RELEASED: JSON.stringify(lastChange()) },
  logLevel: "warning",
};

export async function bundle() {
  const esbuild = await import("esbuild");
  const out = join(root, "dist");
  const next = join(root, "node_modules", `.podcourse-next-${process.pid}`);
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next);
  try {
    // One script, because V8's code cache is one a script (main.cjs). A module that is imported with import() is
    // evaluated when a command asks for it, as a chunk would be.
    const result = await esbuild.build({
      ...common,
      entryPoints: ["src/main.ts"],
      outfile: join(next, "program.js"),
      format: "cjs",
      minify: true,
      legalComments: "none",
      define: { ...common.define, "import.meta.url": "programUrl" },
      metafile: true,
    });
    makeAscii(join(next, "program.js"));
    const hash = createHash("sha256")
      .update(readFileSync(join(next, "program.js")))
      .digest("hex")
      .slice(0, 12);
    const main = join(next, "main.js");
    writeFileSync(main, readFileSync(join(root, "src", "build", "main.cjs"), "utf8").replace("BUILD", hash));
    chmodSync(main, 0o755);
    writeFileSync(join(next, "package.json"), `${JSON.stringify({ type: "commonjs" })}\n`);
    writeFileSync(join(next, "LICENSES.txt"), licences(Object.keys(result.metafile.inputs)));
    cpSync(join(root, "assets", "schemas"), join(next, "schemas"), { recursive: true });
    const course = await compileCourse(esbuild, next);
    writeManPage(main, next);
    warmUp(main, course);
    const old = join(root, "node_modules", `.podcourse-old-${process.pid}`);
    if (existsSync(out)) renameSync(out, old);
    renameSync(next, out);
    rmSync(old, { recursive: true, force: true });
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

/** main.js reads the program as Latin-1. esbuild escapes what is not ASCII in texts, but not in regular expressions. */
function makeAscii(file) {
  const text = readFileSync(file, "utf8");
  const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  writeFileSync(file, text.replace(/[^\x00-\x7f]/g, escaped));
}

/** For `man course` where the package is installed globally. */
function writeManPage(main, out) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "man"], { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`course man: ${stderr}`);
  writeFileSync(join(out, "course.1"), stdout);
}

/**
 * Checks a few solutions, after which V8's compiled code is kept (main.cjs). Whether they pass is not asked here. Each is a
 * run of its own: in a long one V8 forgets the code that only the beginning needed.
 */
function warmUp(main, { lessons }) {
  const exercises = lessons.flatMap(({ parts }) => parts.filter((part) => part.kind === "exercise" && !part.answers));
  const step = Math.max(1, Math.ceil(exercises.length / warmUpRuns));
  const home = mkdtempSync(join(tmpdir(), "podcourse-"));
  for (const { id, solutions } of exercises.filter((_, i) => i % step === 0)) {
    const options = { input: solutions[0].manifest, env: { ...process.env, COURSE_HOME: home }, timeout: 60_000 };
    spawnSync(process.execPath, [main, "check", id, "-"], options);
  }
  rmSync(home, { recursive: true, force: true });
}

/** As many as main.cjs adds to what is kept. */
const warmUpRuns = 4;

/** Bundled CommonJS packages call require for Node's own modules; an ES module has none unless it is made. */
const banner = {
  js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
};

/** Writes course.json (what every command needs) and one file a lesson (what a command on that lesson needs). */
async function compileCourse(esbuild, out) {
  const temporary = join(root, "node_modules", `.podcourse-lessons-${process.pid}.mjs`);
  await esbuild.build({
    ...common,
    banner,
    format: "esm",
    stdin: {
      contents: 'export * from "./src/runner/compiledCourse.ts"; export * from "./src/runner/lessonFiles.ts";',
      resolveDir: root,
    },
    outfile: temporary,
    logLevel: "error",
  });
  try {
    const { compileCourse, readLanguages } = await import(pathToFileURL(temporary).href);
    const compiled = compileCourse(readLanguages(join(root, "lessons")));
    for (const [language, { index, lessons, glossary, faults }] of compiled) {
      for (const fault of faults) process.stderr.write(`warning: ${fault}\n`);
      const folder = language === "en" ? out : join(out, language);
      mkdirSync(join(folder, "lessons"), { recursive: true });
      writeFileSync(join(folder, "course.json"), JSON.stringify(index));
      writeFileSync(join(folder, "glossary.json"), JSON.stringify(glossary));
      for (const lesson of lessons) writeFileSync(join(folder, "lessons", `${lesson.id}.json`), JSON.stringify(lesson));
    }
    return compiled.get("en") ?? { lessons: [] };
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The licence texts of every package that is in the bundle. */
function licences(inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const match = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) packages.add(input.slice(0, match.index + match[0].length - 1));
  }
  const parts = [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(root, folder, file), "utf8").trim() : "No licence file in the package."}\n`;
  });
  return `podcourse contains these packages.\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`;
}
