/** `kubectl get`. */
import { Signal, type Task, wait, withTimeout } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import { fail, Failure, reportFailures } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { parseJsonPath, valuesAt } from "./jsonPath.ts";
import { type Printer, printerOf, relaxed } from "./output.ts";
import { objectName } from "./resourceTypes.ts";
import { selectorMatcher } from "./selectors.ts";
import {
  fileFlags,
  type Found,
  type FoundObjects,
  findObjects,
  outputFlags,
  requestTimeout,
  resourceFlags,
  type Session,
  withoutManagedFields,
} from "./session.ts";
import { type Column, printTable, tableHeader, type TableOptions, tableRow, TableWriter } from "./table.ts";
import { columnsOf } from "./tables.ts";

export const getFlags: FlagTable = {
  ...resourceFlags,
  ...fileFlags,
  ...outputFlags,
  watch: { short: "w", type: "bool" },
  "watch-only": { type: "bool" },
  "output-watch-events": { type: "bool" },
  "no-headers": { type: "bool" },
  "show-labels": { type: "bool" },
  "show-kind": { type: "bool" },
  "server-print": { type: "bool", usual: "true" },
  "label-columns": { short: "L", type: "list" },
  "sort-by": { type: "string" },
  "ignore-not-found": { type: "bool" },
  "chunk-size": { type: "int", usual: "500" },
  raw: { type: "string" },
  subresource: { type: "string" },
};

type Row = ApiObject & { metadata: { name: string } };

export function* get(session: Session): Task<number> {
  const { args, io, client } = session;
  if (args.has("raw"))
    return fail("--raw is not simulated: name the objects instead, for example kubectl get pods -o json");
  if (args.words.length === 0 && !args.has("filename") && !args.has("kustomize"))
    throw new Failure(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\nerror: Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).\nSee \'kubectl get -h\' for help and examples',
    );
  if (args.on("show-labels") && isOther(args.text("output")))
    fail("--show-labels option cannot be used with " + args.text("output") + " printer");
  if (args.on("output-watch-events") && !args.on("watch") && !args.on("watch-only"))
    fail("--output-watch-events option can only be used with --watch or --watch-only");
  const print = printerOf(session);
  const sortBy = args.text("sort-by");
  const sortPath = sortBy ? parseJsonPath(relaxed(sortBy)) : undefined;
  const found = findObjects(session);
  const { named } = found;
  const forgiving = args.on("ignore-not-found");
  const missing = forgiving ? [] : found.missing;
  let { objects } = found;
  const options = tableOptions(session);
  if (args.on("watch") || args.on("watch-only")) return yield* watch(session, found, options, print);
  if (sortPath) {
    if (objects.length > 0 && objects.every(({ object }) => valuesAt(sortPath, object).length === 0))
      fail(`couldn't find any field with path "${relaxed(sortBy!)}" in the list of objects`);
    objects = sorted(objects, ({ object }) => valuesAt(sortPath, object)[0]);
  }
  const single = named && found.infos.length === 1;
  if (print) {
    if (objects.length > 0 || (!named && !forgiving) || (named && !single && !forgiving)) {
      const shown = objects.map(({ object }) =>
        args.on("show-managed-fields") ? object : withoutManagedFields(object),
      );
      io.out(print(shown, !single));
    }
  } else if (objects.length > 0) {
    const withKind = new Set(found.infos).size > 1 || args.on("show-kind");
    io.out(tablesText(objects, client.now(), options, withKind));
  } else if (missing.length === 0 && !forgiving) {
    const clusterWide = args.on("all-namespaces") || found.infos.some(({ namespaced }) => !namespaced);
    io.err(clusterWide ? "No resources found\n" : `No resources found in ${session.namespace} namespace.\n`);
  }
  return reportFailures(io, missing);
}

/** An output that is no table. */
function isOther(output: string | undefined): boolean {
  return output !== undefined && output !== "" && output !== "wide";
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

/** A table for each run of objects of one kind; an empty line between them, unless there are no headers. */
function tablesText(objects: readonly Found[], now: number, options: TableOptions, withKind: boolean): string {
  const groups: Found[][] = [];
  for (const found of objects) {
    const last = groups.at(-1);
    if (last && last[0]!.info === found.info) last.push(found);
    else groups.push([found]);
  }
  return groups
    .map((group) => {
      const { info } = group[0]!;
      return printTable(
        columnsOf(info.kind) as readonly Column<Row>[],
        group.map(({ object }) => object as Row),
        now,
        withKind ? { ...options, kindPrefix: objectName(info, "").slice(0, -1) } : options,
      );
    })
    .join(options.noHeaders ? "" : "\n");
}

/** `-w`: until the command is cancelled. */
function* watch(
  session: Session,
  found: FoundObjects,
  options: TableOptions,
  print: Printer | undefined,
): Task<number> {
  const { args, io, client, namespace } = session;
  const [info, ...more] = [...new Set(found.infos)];
  if (!info || more.length > 0) return fail("you may only specify a single resource type");
  if (found.named && found.infos.length > 1)
    return fail("watch is only supported on individual resources and resource collections");
  if (found.missing.length > 0) return reportFailures(io, found.missing);
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
  const printed = (type: string, object: ApiObject): string => {
    const shown = withoutManagedFields(object);
    return print!([withEvents ? ({ type, object: shown } as unknown as ApiObject) : shown], false);
  };
  const end = client.now() + requestTimeout(session);
  if (!args.on("watch-only")) {
    if (print) for (const { object } of found.objects) io.out(printed("ADDED", object));
    else show(found.objects.map(({ object }) => rowOf("ADDED", object)));
  }
  const queue: string[][] = [];
  const arrived = new Signal<void>();
  const stop = client.watch(info.kind, ({ type, object }) => {
    if (info.namespaced && !args.on("all-namespaces") && object.metadata.namespace !== namespace) return;
    if ((names && !names.has(object.metadata.name)) || !matches(object)) return;
    if (print) io.out(printed(type, object));
    else queue.push(rowOf(type, object));
    arrived.fire();
  });
  try {
    for (;;) {
      if (queue.length === 0) {
        if (end === Number.POSITIVE_INFINITY) yield* wait(arrived.asWait());
        else yield* withTimeout(end - client.now(), arrived.next());
      }
      show(queue.splice(0));
      // A watch that takes longer than a request may simply ends.
      if (client.now() >= end) return 0;
    }
  } finally {
    stop();
  }
}

function sorted<T>(items: readonly T[], key: (item: T) => unknown): T[] {
  const rank = (value: unknown) => (value === undefined ? 0 : 1);
  return [...items].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (rank(x) !== rank(y)) return rank(x) - rank(y);
    if (typeof x === "string" && typeof y === "string") return naturally(x, y);
    return (x as number) < (y as number) ? -1 : (x as number) > (y as number) ? 1 : 0;
  });
}

/** Runs of digits count as numbers: web-2 before web-10 (kubectl sorts with fvbommel/sortorder). */
function naturally(a: string, b: string): number {
  const parts = (text: string): string[] => text.match(/\d+|\D+/g) ?? [];
  const [x, y] = [parts(a), parts(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const [p, q] = [x[i]!, y[i]!];
    if (p === q) continue;
    if (/^\d/.test(p) && /^\d/.test(q) && Number(p) !== Number(q)) return Number(p) - Number(q);
    return p < q ? -1 : 1;
  }
  return x.length - y.length;
}
