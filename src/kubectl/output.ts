/** `-o`: how objects are printed when not as a table. */
import type { ApiObject } from "./client.ts";
import { fail } from "./failure.ts";
import { goText } from "./goFormat.ts";
import { executeTemplate, parseTemplate, TemplateFault } from "./goTemplate.ts";
import { executeJsonPath, parseJsonPath, valuesAt, valueText } from "./jsonPath.ts";
import { toKyaml } from "./kyaml.ts";
import { objectName } from "./resourceTypes.ts";
import type { Session } from "./session.ts";
import { TableWriter } from "./table.ts";
import { sortedCopy, toJson, toYaml } from "./yamlPrinter.ts";

/** A list is what `get` printed without a name; one object stands alone. */
export type Printer = (objects: readonly ApiObject[], asList: boolean) => string;

const formats =
  "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

/** Undefined: the usual table or line. `made`: the object was made here, so its fields still have their order. */
export function printerOf({ args, io }: Session, made = false): Printer | undefined {
  const wanted = args.text("output") ?? "";
  const at = wanted.indexOf("=");
  const format = at < 0 ? wanted : wanted.slice(0, at);
  const template = at < 0 ? (args.text("template") ?? "") : wanted.slice(at + 1);
  const file = () =>
    io.readFile(template) ?? fail(`error reading --template ${template}, open ${template}: no such file or directory`);
  switch (format) {
    case "":
    case "wide":
      return undefined;
    case "yaml":
      return (objects, asList) => toYaml(root(objects, asList));
    case "json":
      return (objects, asList) => toJson(root(objects, asList), !made);
    case "name":
      return (objects) => objects.map((object) => `${objectName(object, object.metadata.name ?? "")}\n`).join("");
    case "kyaml":
      return (objects, asList) => toKyaml(root(objects, asList));
    case "go-template":
    case "go-template-file":
    case "template":
    case "templatefile": {
      const text = format.endsWith("file") ? file() : template;
      if (text === "") return fail("template format specified but no template given");
      return templatePrinter(text);
    }
    case "jsonpath":
    case "jsonpath-file":
    case "jsonpath-as-json": {
      const text = format === "jsonpath-file" ? file() : template;
      if (text === "") return fail("template format specified but no template given");
      const path = parseJsonPath(text);
      if (format === "jsonpath-as-json")
        return (objects, asList) => toJson(valuesAt(path, sortedCopy(root(objects, asList))), true);
      return (objects, asList) => executeJsonPath(path, sortedCopy(root(objects, asList)), text);
    }
    case "custom-columns":
    case "custom-columns-file":
      return customColumns(format === "custom-columns" ? template : columnsOfFile(file()), args.on("no-headers"));
    default:
      return fail(
        `unable to match a printer suitable for the output format "${wanted}", allowed formats are: ${formats}`,
      );
  }
}

function root(objects: readonly ApiObject[], asList: boolean): unknown {
  if (!asList && objects.length === 1) return objects[0];
  return { apiVersion: "v1", items: objects, kind: "List", metadata: { resourceVersion: "" } };
}

function columnsOfFile(text: string): string {
  const [headers = "", paths = ""] = text.split("\n");
  const path = paths.trim().split(/\s+/);
  return headers
    .trim()
    .split(/\s+/)
    .map((header, i) => `${header}:${path[i] ?? ""}`)
    .join(",");
}

function customColumns(spec: string, noHeaders: boolean): Printer {
  if (spec === "") fail("custom-columns format specified but no custom columns given");
  const columns = spec.split(/,(?![^[]*\])/).map((part) => {
    const at = part.indexOf(":");
    if (at < 0) return fail(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { header: part.slice(0, at), path: parseJsonPath(relaxed(part.slice(at + 1))) };
  });
  return (objects) => {
    const rows = objects.map((object) =>
      columns.map(({ path }) => {
        const values = valuesAt(path, object);
        return values.length === 0
          ? "<none>"
          : values.map((value) => (value === null ? "<none>" : cellText(value))).join(",");
      }),
    );
    return new TableWriter().write(noHeaders ? rows : [columns.map(({ header }) => header), ...rows]);
  };
}

/** `metadata.name`, `.metadata.name` and `{.metadata.name}` mean the same. */
export function relaxed(path: string): string {
  const inner = path.replace(/^\{(.*)\}$/s, "$1");
  return `{${inner.startsWith(".") || inner.startsWith("[") ? inner : `.${inner}`}}`;
}

/** A cell: what is there and empty is `<nil>`. */
function cellText(value: unknown): string {
  return typeof value === "object" ? goText(value) : valueText(value);
}

function templatePrinter(text: string): Printer {
  const refuse = (fault: unknown, words: string): never => {
    if (!(fault instanceof TemplateFault)) throw fault;
    return fail(`${words}${fault.message}`);
  };
  let template: ReturnType<typeof parseTemplate>;
  try {
    template = parseTemplate(text);
  } catch (fault) {
    return refuse(fault, `error parsing template ${text}, `);
  }
  return (objects, asList) => {
    try {
      return executeTemplate(template, sortedCopy(root(objects, asList)));
    } catch (fault) {
      return refuse(fault, `error executing template ${JSON.stringify(text)}: `);
    }
  };
}
