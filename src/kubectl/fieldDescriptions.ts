/** What the fields of the API mean, in the course's words: everything that a course on Pods uses. */
import descriptions from "../../assets/field-descriptions.json" with { type: "json" };

interface Described {
  readonly about?: string;
  readonly fields?: Readonly<Record<string, string>>;
}
const table = descriptions as unknown as Readonly<Record<string, Described>>;

/** Empty: nothing is written about it. */
export function structText(struct: string): string {
  return table[struct]?.about ?? "";
}

/** A field of a structure; the fields that all objects have are described once. */
export function fieldText(struct: string, field: string): string {
  return table[struct]?.fields?.[field] ?? table["*"]?.fields?.[field] ?? "";
}
