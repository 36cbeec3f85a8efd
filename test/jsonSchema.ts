/** As much of JSON Schema (draft 2020-12) as assets/schemas/ uses; another keyword is a fault of the schema. */

export interface Schema {
  readonly [keyword: string]: unknown;
}

const silent = new Set(["$schema", "$defs", "title", "description"]);

type Check = (wanted: never, value: unknown, schema: Schema, at: string, root: Schema) => string[];

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
};

const said = (at: string, bad: boolean, text: string) => (bad ? [`${at}: ${text}`] : []);

const checks: Readonly<Record<string, Check>> = {
  type: (wanted: string, value, _, at) => said(at, !types[wanted]!(value), `is no ${wanted}`),
  const: (wanted, value, _, at) => said(at, value !== wanted, `is not ${wanted}`),
  enum: (wanted: unknown[], value, _, at) => said(at, !wanted.includes(value), `is none of ${wanted.join(", ")}`),
  pattern: (wanted: string, value, _, at) =>
    said(at, !new RegExp(wanted).test(String(value)), `does not match ${wanted}`),
  minimum: (wanted: number, value, _, at) => said(at, Number(value) < wanted, `is less than ${wanted}`),
  maximum: (wanted: number, value, _, at) => said(at, Number(value) > wanted, `is more than ${wanted}`),
  required: (wanted: string[], value, _, at) =>
    wanted.flatMap((key) => said(`${at}.${key}`, isObject(value) && !(key in value), "is missing")),
  properties: (wanted: Record<string, Schema>, value, _, at, root) =>
    isObject(value)
      ? Object.entries(wanted).flatMap(([key, schema]) =>
          key in value ? schemaFaults(schema, value[key], `${at}.${key}`, root) : [],
        )
      : [],
  additionalProperties: (wanted: boolean, value, schema, at) =>
    isObject(value) && !wanted
      ? Object.keys(value).flatMap((key) =>
          said(`${at}.${key}`, !(key in (schema.properties as object)), "is not in the schema"),
        )
      : [],
  items: (wanted: Schema, value, _, at, root) =>
    Array.isArray(value) ? value.flatMap((item, i) => schemaFaults(wanted, item, `${at}[${i}]`, root)) : [],
  $ref: (wanted: string, value, _, at, root) =>
    schemaFaults((root.$defs as Record<string, Schema>)[wanted.replace("#/$defs/", "")]!, value, at, root),
};

/** Empty: `value` is as `schema` says. */
export function schemaFaults(schema: Schema, value: unknown, at = "$", root = schema): string[] {
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    if (silent.has(keyword)) return [];
    const check = checks[keyword];
    if (!check) throw new Error(`${at}: the keyword ${keyword} is not known`);
    return check(wanted as never, value, schema, at, root);
  });
}
