/** KYAML (`-o kyaml`): YAML in flow style, keys bare, strings always quoted (sigs.k8s.io/yaml: kyaml). */
import { resolvePlain } from "../manifest/yamlValue.ts";
import { sortedCopy } from "./yamlPrinter.ts";

export function toKyaml(value: unknown): string {
  return `---\n${written(sortedCopy(value), 0)}\n`;
}

function written(value: unknown, level: number): string {
  const pad = "  ".repeat(level + 1);
  const end = "  ".repeat(level);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    if (value.every((item) => typeof item === "object" && item !== null && !Array.isArray(item)))
      return `[${value.map((item) => written(item, level)).join(", ")}]`;
    return `[\n${value.map((item) => `${pad}${written(item, level + 1)},\n`).join("")}${end}]`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value);
    if (entries.length === 0) return "{}";
    return `{\n${entries.map(([key, item]) => `${pad}${keyText(key)}: ${written(item, level + 1)},\n`).join("")}${end}}`;
  }
  if (typeof value === "string") return stringText(value, level);
  return String(value);
}

function keyText(key: string): string {
  return /^[A-Za-z_][-A-Za-z0-9_./]*$/.test(key) && typeof resolvePlain(key) === "string" ? key : JSON.stringify(key);
}

/** Text of several lines goes on in escaped lines of its own. */
function stringText(text: string, level: number): string {
  if (!text.includes("\n") || text.indexOf("\n") === text.length - 1) return JSON.stringify(text);
  const pad = "  ".repeat(level + 1);
  const lines = text.split("\n").map((line) => JSON.stringify(line).slice(1, -1));
  return `"\\\n${lines.map((line, i) => `${pad}${/^\s/.test(line) ? "\\" : " "}${line}${i < lines.length - 1 ? "\\n\\\n" : "\\\n"}`).join("")}${pad}"`;
}
