/** `kubectl explain`: the structure of a kind, from the API's schema. Descriptions are not part of it. */
import { type FieldSchema, fieldOf, structNamed } from "../cluster/api/schema.ts";
import type { Task } from "../time/task.ts";
import { fail, Failure } from "./failure.ts";
import { findResource } from "./resourceTypes.ts";
import type { Session } from "./session.ts";

export function* explain({ args, io }: Session): Task<number> {
  const [word, ...more] = args.words;
  if (!word || more.length > 0) return fail("You must specify the type of resource to explain.");
  const [type = "", ...path] = word.split(".");
  const info = findResource(type);
  if (!info) throw new Failure(`the server doesn't have a resource type "${type}"`);
  const [group, version] = info.apiVersion.includes("/") ? info.apiVersion.split("/") : ["", info.apiVersion];
  io.out(`${group ? `GROUP:      ${group}\n` : ""}KIND:       ${info.kind}\nVERSION:    ${version}\n\n`);
  let struct: string | undefined = info.kind;
  let field: FieldSchema | undefined;
  for (const name of path) {
    field = struct === undefined ? undefined : fieldOf(struct, name);
    if (!field) return fail(`field "${name}" does not exist`);
    struct = (field.items ?? field.map ?? field).ref;
  }
  if (field) io.out(`FIELD: ${path.at(-1)} <${typeText(field)}>\n`);
  if (field?.enum) io.out(`ENUM:\n${field.enum.map((value) => `    ${value}\n`).join("")}`);
  const inner = struct === undefined ? undefined : structNamed(struct);
  if (!inner) return 0;
  io.out(`${field ? "\n" : ""}FIELDS:\n`);
  for (const [name, schema] of Object.entries(inner.fields ?? {})) {
    io.out(`  ${name}\t<${typeText(schema)}>${inner.required?.includes(name) ? " -required-" : ""}\n`);
    if (schema.enum) io.out(`  enum: ${schema.enum.join(", ")}\n`);
    if (!args.on("recursive")) io.out("\n");
  }
  return 0;
}

function typeText(schema: FieldSchema): string {
  if (schema.items) return `[]${typeText(schema.items)}`;
  if (schema.map) return `map[string]${typeText(schema.map)}`;
  return schema.ref ?? (schema.type === "object" ? "Object" : (schema.type ?? "string"));
}
