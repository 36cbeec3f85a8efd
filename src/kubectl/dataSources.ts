/** `--from-literal`, `--from-file`, `--from-env-file` of `create configmap` and `create secret`. */
import { fail } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import type { Session } from "./session.ts";

export const dataFlags: FlagTable = {
  "from-literal": { type: "array" },
  "from-file": { type: "list" },
  "from-env-file": { type: "list" },
  "append-hash": { type: "bool" },
};

/** How the two kinds word the same faults. */
export interface DataWords {
  invalidKey(key: string, why: string): string;
  twice(key: string): string;
  readonly envFolder: string;
}

/** Key → text. */
export function dataOf(session: Session, words: DataWords): Record<string, string> {
  const { args, io } = session;
  const data: Record<string, string> = {};
  const put = (key: string, value: string) => {
    const fault = keyFault(key);
    if (fault) fail(words.invalidKey(key, fault));
    if (Object.hasOwn(data, key)) fail(words.twice(key));
    data[key] = value;
  };
  for (const source of args.all("from-file")) {
    const [key, path] = fileSource(source);
    const text = io.readFile(path);
    const names = text === undefined ? io.listFolder?.(path) : undefined;
    if (names) {
      if (source.includes("=")) fail("cannot give a key name for a directory path");
      // Folders in it, and names that are no keys, are left out.
      for (const name of names) {
        const inner = io.readFile(`${path.replace(/\/$/, "")}/${name}`);
        if (inner !== undefined && !keyFault(name)) put(name, inner);
      }
    } else if (text === undefined) fail(`error reading ${path}: no such file or directory`);
    else put(key, text);
  }
  for (const pair of args.all("from-literal")) {
    const at = pair.indexOf("=");
    if (at < 1) fail(`invalid literal source ${pair}, expected key=value`);
    put(pair.slice(0, at), pair.slice(at + 1).replace(/^(["'])(.*)\1$/s, "$2"));
  }
  for (const path of args.all("from-env-file")) {
    const text = io.readFile(path);
    if (text === undefined)
      fail(io.listFolder?.(path) ? words.envFolder : `error reading ${path}: no such file or directory`);
    for (const [key, value] of envLines(session, text!)) put(key, value);
  }
  return data;
}

/** kubectl: cmd/util/env_file.go. A name alone takes its value from the shell. */
function envLines({ io }: Session, text: string): [string, string][] {
  return text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .flatMap((raw): [string, string][] => {
      const line = raw.trimStart();
      if (line === "" || line.startsWith("#")) return [];
      const at = line.indexOf("=");
      const key = at < 0 ? line : line.slice(0, at);
      const why = envNameFault(key);
      if (why) fail(`${JSON.stringify(key)} is not a valid key name: ${why}`);
      if (at >= 0) return [[key, line.slice(at + 1)]];
      const value = io.environment?.(key);
      return value === undefined ? [] : [[key, value]];
    });
}

function fileSource(source: string): [key: string, path: string] {
  const parts = source.split("=");
  if (parts.length > 2) return fail("key names or file paths cannot contain '='");
  if (parts.length === 1) return [source.slice(source.lastIndexOf("/") + 1), source];
  const [key = "", path = ""] = parts;
  if (key === "") return fail(`key name for file path ${path} missing`);
  if (path === "") return fail(`file path for key name ${key} missing`);
  return [key, path];
}

/** apimachinery: IsConfigMapKey. */
function keyFault(key: string): string | undefined {
  if (key.length > 253) return "must be no more than 253 characters";
  if (!/^[-._a-zA-Z0-9]+$/.test(key))
    return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  if (key === ".") return "must not be '.'";
  if (key === "..") return "must not be '..'";
  return key.startsWith("..") ? "must not start with '..'" : undefined;
}

/** apimachinery: IsEnvVarName, the relaxed form. */
function envNameFault(name: string): string | undefined {
  if (name !== "" && /^[ -<>-~]+$/.test(name)) return undefined;
  return "a valid environment variable name must consist only of printable ASCII characters other than '='";
}
