/**
 * Tables: the API server makes the cells, kubectl chooses columns and aligns them. Columns with `wide` have a priority
 * above 0 on the server and show with `-o wide` only.
 */
import { padEnd, textWidth } from "./tabWriter.ts";

export interface Column<T> {
  readonly header: string;
  readonly wide?: boolean;
  /** `now` is ms since the epoch. */
  cell(object: T, now: number): string;
}

export interface TableOptions {
  readonly wide?: boolean;
  readonly noHeaders?: boolean;
  /** A first column NAMESPACE. */
  readonly withNamespace?: boolean;
  readonly showLabels?: boolean;
  /** `-L`: label keys that become columns. */
  readonly labelColumns?: readonly string[];
  /** Several kinds: names become `pod/web`. */
  readonly kindPrefix?: string;
}

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> };
}

/** Header and cells, one array a row; `eventType` adds `--output-watch-events`' first column where it is given. */
export function tableHeader<T>(columns: readonly Column<T>[], options: TableOptions): string[] {
  return [
    ...(options.withNamespace ? ["NAMESPACE"] : []),
    ...shown(columns, options).map((column) => column.header),
    ...(options.labelColumns ?? []).map((key) => key.slice(key.lastIndexOf("/") + 1).toUpperCase()),
    ...(options.showLabels ? ["LABELS"] : []),
  ];
}

export function tableRow<T extends Named>(
  columns: readonly Column<T>[],
  object: T,
  now: number,
  options: TableOptions,
): string[] {
  const labels = object.metadata.labels ?? {};
  return [
    ...(options.withNamespace ? [object.metadata.namespace ?? ""] : []),
    ...shown(columns, options).map((column) => {
      const text = column.cell(object, now);
      return options.kindPrefix && column.header === "NAME" ? `${options.kindPrefix}/${text}` : text;
    }),
    ...(options.labelColumns ?? []).map((key) => labels[key] ?? ""),
    ...(options.showLabels ? [labelsText(labels)] : []),
  ];
}

/** The whole table as `kubectl get` prints it. */
export function printTable<T extends Named>(
  columns: readonly Column<T>[],
  objects: readonly T[],
  now: number,
  options: TableOptions = {},
): string {
  const rows = objects.map((object) => tableRow(columns, object, now, options));
  return new TableWriter().write(options.noHeaders ? rows : [tableHeader(columns, options), ...rows]);
}

/** Aligns rows as cli-runtime's tab writer does: it remembers widths, so under `-w` a column never shrinks. */
export class TableWriter {
  // cli-runtime printers/tabwriter.go: tabwriterMinWidth 6, tabwriterPadding 3.
  readonly #minWidth = 6;
  readonly #padding = 3;
  readonly #widths: number[] = [];

  write(rows: readonly (readonly string[])[]): string {
    const cut = rows.map((row) => row.map(printableCell));
    for (const row of cut) {
      row.slice(0, -1).forEach((cell, i) => {
        this.#widths[i] = Math.max(this.#widths[i] ?? this.#minWidth, textWidth(cell) + this.#padding);
      });
    }
    return cut
      .map((row) => row.map((cell, i) => (i < row.length - 1 ? padEnd(cell, this.#widths[i]!) : cell)).join("") + "\n")
      .join("");
  }
}

/** `k=v,k2=v2`, sorted by key; without labels `<none>`. */
export function labelsText(labels: Record<string, string> | undefined): string {
  const entries = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? "<none>" : entries.map(([key, value]) => `${key}=${value}`).join(",");
}

function shown<T>(columns: readonly Column<T>[], options: TableOptions): Column<T>[] {
  return columns.filter((column) => options.wide || !column.wide);
}

/** One line, and nothing that a terminal would obey. */
function printableCell(cell: string): string {
  const end = cell.search(/[\n\r\f]/);
  return (end < 0 ? cell : `${cell.slice(0, end)}...`).replaceAll("\u001b", "^[");
}
