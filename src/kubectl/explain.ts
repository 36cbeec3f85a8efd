/** `kubectl explain`: the structure of a kind from the API's schema, with the course's own words for its fields. */
import { type FieldSchema, fieldOf, structNamed } from "../cluster/api/schema.ts";
import { notSimulated } from "../cluster/api/kinds.ts";
import type { Task } from "../time/task.ts";
import { fail, Failure } from "./failure.ts";
import { fieldText, structText } from "./fieldDescriptions.ts";
import type { FlagTable } from "./flags.ts";
import { findResource } from "./resourceTypes.ts";
import { type Session, usageError } from "./session.ts";

export const explainFlags: FlagTable = {
  recursive: { type: "bool" },
  "api-version": { type: "string" },
  output: { short: "o", type: "string", usual: "plaintext" },
};

/** The plain text of kubectl is 80 columns wide, its descriptions 4 from the left. */
const textWidth = 76;

export function* explain(session: Session): Task<number> {
  const { args, io } = session;
  const [word, ...more] = args.words;
  if (!word)
    return fail(
      'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
    );
  if (more.length > 0) return usageError(session, "We accept only this format: explain RESOURCE\n");
  const output = args.text("output") ?? "plaintext";
  if (output !== "plaintext" && output !== "plaintext-openapiv2")
    return fail(`unknown output format ${JSON.stringify(output)}`);
  const { info, path } = typeAndPath(word);
  const [group, version] = info.apiVersion.includes("/") ? info.apiVersion.split("/") : ["", info.apiVersion];
  if (!structNamed(info.kind)) return fail(`${notSimulated(info)}, and its fields are not described here`);
  const wanted = args.text("api-version");
  if (wanted && wanted !== info.apiVersion)
    return fail(`couldn't find resource for "${wanted.includes("/") ? wanted : `/${wanted}`}, Kind=${info.kind}"`);
  io.out(`${group ? `GROUP:      ${group}\n` : ""}KIND:       ${info.kind}\nVERSION:    ${version}\n\n`);
  let struct: string | undefined = info.kind;
  let owner = "";
  let field: FieldSchema | undefined;
  for (const name of path) {
    owner = struct ?? "";
    field = struct === undefined ? undefined : fieldOf(struct, name);
    if (!field) return fail(`field "${name}" does not exist`);
    struct = (field.items ?? field.map ?? field).ref;
  }
  const name = path.at(-1);
  if (field && name !== undefined) io.out(`FIELD: ${name} <${typeText(field)}>\n${enumText(field)}\n`);
  const own = name === undefined ? "" : fieldText(owner, name);
  const description = [own, struct ? structText(struct) : ""].filter(Boolean).join("\n");
  io.out(`DESCRIPTION:\n${wrapped(description || "<empty>")}    \n`);
  const inner = struct === undefined ? undefined : structNamed(struct);
  if (!inner?.fields) {
    io.out("\n");
    return 0;
  }
  io.out(`FIELDS:\n${fieldsText(struct!, args.on("recursive"), 1, new Set())}\n`);
  return 0;
}

/** `pods.spec` or `priorityclasses.scheduling.k8s.io.value`: the longest run of parts that names a type. */
function typeAndPath(word: string) {
  const parts = word.split(".");
  for (let count = parts.length; count > 0; count--) {
    const info = findResource(parts.slice(0, count).join("."));
    if (info) return { info, path: parts.slice(count).filter(Boolean) };
  }
  throw new Failure(`the server doesn't have a resource type "${parts[0]}"`);
}

function enumText({ enum: values }: FieldSchema): string {
  return values
    ? `ENUM:\n${[...values]
        .sort()
        .map((value) => `    ${value}\n`)
        .join("")}`
    : "";
}

/** `above`: the structures that this one is in; one within itself is not opened again. */
function fieldsText(struct: string, recursive: boolean, level: number, above: ReadonlySet<string>): string {
  const { fields = {}, required = [] } = structNamed(struct) ?? {};
  const pad = "  ".repeat(level);
  return Object.keys(fields)
    .sort()
    .map((name) => {
      const schema = fields[name]!;
      const head = `${pad}${name}\t<${typeText(schema)}>${required.includes(name) ? " -required-" : ""}\n`;
      const values = schema.enum ? `${pad}enum: ${[...schema.enum].sort().join(", ")}\n` : "";
      if (!recursive) return `${head}${values}${wrapped(fieldText(struct, name) || "<no description>")}\n`;
      const { ref } = schema.items ?? schema.map ?? schema;
      const inner = ref && !above.has(ref) ? fieldsText(ref, true, level + 1, new Set([...above, struct])) : "";
      return head + values + inner;
    })
    .join("");
}

function typeText(schema: FieldSchema): string {
  if (schema.items) return `[]${typeText(schema.items)}`;
  if (schema.map) return `map[string]${typeText(schema.map)}`;
  return schema.ref ?? (schema.type === "object" ? "Object" : (schema.type ?? "string"));
}

function wrapped(text: string): string {
  return text
    .split("\n")
    .flatMap((paragraph) => {
      const lines: string[] = [];
      let line = "";
      for (const word of paragraph.split(" ")) {
        if (line !== "" && line.length + 1 + word.length > textWidth) {
          lines.push(line);
          line = word;
        } else line = line === "" ? word : `${line} ${word}`;
      }
      return [...lines, line];
    })
    .map((line) => `    ${line}\n`)
    .join("");
}
