/** `kubectl get`. */
import { kindNamed } from "../cluster/api/kinds.ts";
import { Signal, type Task, wait } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { fail, Failure } from "./failure.ts";
import { parseJsonPath, valuesAt } from "./jsonPath.ts";
import { printerOf, relaxed } from "./output.ts";
import { categoryAll } from "./resourceTypes.ts";
import { selectorMatcher } from "./selectors.ts";
import {
  type Found,
  findObjects,
  kindOf,
  outputFlags,
  readFiles,
  reportAll,
  resourceFlags,
  type Session,
} from "./session.ts";
import { type Column, printTable, tableHeader, type TableOptions, tableRow, TableWriter } from "./table.ts";
import { columnsOf } from "./tables.ts";

export const getFlags = {
  ...resourceFlags,
  ...outputFlags,
  watch: { short: "w", type: "bool" },
  "watch-only": { type: "bool" },
  "output-watch-events": { type: "bool" },
  "no-headers": { type: "bool" },
  "show-labels": { type: "bool" },
  "show-kind": { type: "bool" },
  "label-columns": { short: "L", type: "list" },
  "sort-by": { type: "string" },
  "ignore-not-found": { type: "bool" },
  "chunk-size": { type: "int" },
  filename: { short: "f", type: "list" },
  raw: { type: "string" },
  subresource: { type: "string" },
} as const;

type Row = ApiObject & { metadata: { name: string } };

export function* get(session: Session): Task<number> {
  const { args, io, client } = session;
  if (args.words.length === 0 && !args.has("filename"))
    throw new Failure(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\nerror: Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\nSee \'kubectl get -h\' for help and examples',
    );
  const print = printerOf(session);
  const sortBy = args.text("sort-by");
  const sortPath = sortBy ? parseJsonPath(relaxed(sortBy)) : undefined;
  const all = args.words[0] === "all";
  const found = args.has("filename")
    ? ofFiles(session)
    : findObjects(
        session,
        all ? [categoryAll.map((kind) => kindNamed(kind)!.resource).join(","), ...args.words.slice(1)] : args.words,
      );
  const { missing, named } = found;
  let { objects } = found;
  if (sortPath) objects = sorted(objects, ({ object }) => valuesAt(sortPath, object)[0]);
  const options = tableOptions(session);
  if (print) {
    if (objects.length > 0 || !named)
      io.out(
        print(
          objects.map(({ object }) => withoutManagedFields(object)),
          !named || objects.length > 1,
        ),
      );
  } else if (args.on("watch") || args.on("watch-only")) return yield* watch(session, found, options);
  else if (objects.length === 0 && missing.length === 0) {
    const clusterWide = args.on("all-namespaces") || found.infos.every(({ namespaced }) => !namespaced);
    if (!args.on("ignore-not-found"))
      io.err(clusterWide ? "No resources found\n" : `No resources found in ${session.namespace} namespace.\n`);
  } else
    io.out(tablesText(objects, client.now(), options, all || new Set(found.infos).size > 1 || args.on("show-kind")));
  return args.on("ignore-not-found") ? 0 : reportAll(session, missing);
}

function ofFiles(session: Session): ReturnType<typeof findObjects> {
  const files = readFiles(session, "get");
  const words = files.map(({ info, name }) => `${info.resource}/${name}`);
  return findObjects(session, words);
}

function tableOptions({ args }: Session): TableOptions {
  return {
    wide: args.text("output") === "wide",
    noHeaders: args.on("no-headers"),
    withNamespace: args.on("all-namespaces"),
    showLabels: args.on("show-labels"),
    labelColumns: args.all("label-columns"),
  };
}

function tablesText(objects: readonly Found[], now: number, options: TableOptions, withKind: boolean): string {
  const groups = grouped(objects);
  return [...groups]
    .map(([info, group]) =>
      printTable(
        columnsOf(info.kind) as readonly Column<Row>[],
        group.map(({ object }) => object as Row),
        now,
        withKind ? { ...options, kindPrefix: info.kind.toLowerCase() } : options,
      ),
    )
    .join("\n");
}

function grouped(objects: readonly Found[]): Map<Found["info"], Found[]> {
  const groups = new Map<Found["info"], Found[]>();
  for (const found of objects) groups.set(found.info, [...(groups.get(found.info) ?? []), found]);
  return groups;
}

/** `-w`: until the command is cancelled. */
function* watch(session: Session, found: ReturnType<typeof findObjects>, options: TableOptions): Task<number> {
  const { args, io, client, namespace } = session;
  const [info, ...more] = [...new Set(found.infos)];
  if (!info || more.length > 0) return fail("you may only specify a single resource type");
  if (found.missing.length > 0) return reportAll(session, found.missing);
  const columns = columnsOf(info.kind) as readonly Column<Row>[];
  const writer = new TableWriter();
  const withEvents = args.on("output-watch-events");
  const names = found.named ? new Set(found.objects.map(({ object }) => object.metadata.name)) : undefined;
  const matches = selectorMatcher(info, args.text("selector") ?? "", args.text("field-selector") ?? "");
  const rowOf = (type: string, object: ApiObject) => [
    ...(withEvents ? [type] : []),
    ...tableRow(columns, object as Row, client.now(), options),
  ];
  let headed = options.noHeaders ?? false;
  const show = (rows: string[][]) => {
    const header = [...(withEvents ? ["EVENT"] : []), ...tableHeader(columns, options)];
    if (rows.length > 0) io.out(writer.write(headed ? rows : [header, ...rows]));
    if (rows.length > 0) headed = true;
  };
  if (!args.on("watch-only")) show(found.objects.map(({ object }) => rowOf("ADDED", object)));
  const queue: string[][] = [];
  const arrived = new Signal<void>();
  const stop = client.watch(info.kind, ({ type, object }) => {
    if (info.namespaced && !args.on("all-namespaces") && object.metadata.namespace !== namespace) return;
    if ((names && !names.has(object.metadata.name)) || !matches(object)) return;
    queue.push(rowOf(type, object));
    arrived.fire();
  });
  try {
    for (;;) {
      if (queue.length === 0) yield* wait(arrived.asWait());
      show(queue.splice(0));
    }
  } finally {
    stop();
  }
}

function sorted<T>(items: readonly T[], key: (item: T) => unknown): T[] {
  const rank = (value: unknown) => (value === undefined ? 0 : 1);
  return [...items].sort((a, b) => {
    const [x, y] = [key(a) as never, key(b) as never];
    if (rank(x) !== rank(y)) return rank(x) - rank(y);
    return x < y ? -1 : x > y ? 1 : 0;
  });
}

export function withoutManagedFields(object: ApiObject): ApiObject {
  const { managedFields: _, ...metadata } = object.metadata as ApiObject["metadata"] & { managedFields?: unknown };
  return { ...object, metadata } as ApiObject;
}

export { kindOf };
