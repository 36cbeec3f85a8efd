/** The structure of the API's objects: assets/core-v1-schema.json, which a real API server gave, and a few kinds of other groups. */
import coreV1 from "../../../assets/core-v1-schema.json" with { type: "json" };

export interface FieldSchema {
  readonly ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly items?: FieldSchema;
  readonly map?: FieldSchema;
  /** What makes an element of a list the same one. */
  readonly "list-type"?: string;
  readonly "list-map-keys"?: readonly string[];
}

export interface StructSchema {
  readonly fields?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
}

const string: FieldSchema = { type: "string" };
const object = { apiVersion: string, kind: string, metadata: { ref: "ObjectMeta" } };

const otherGroups: Readonly<Record<string, StructSchema>> = {
  PersistentVolume: { fields: { ...object, spec: { ref: "PersistentVolumeSpec" }, status: { type: "object" } } },
  PersistentVolumeSpec: {
    fields: {
      accessModes: { type: "array", items: string },
      capacity: { type: "object", map: { ref: "Quantity" } },
      claimRef: { ref: "ObjectReference" },
      csi: { type: "object" },
      hostPath: { ref: "HostPathVolumeSource" },
      local: { type: "object" },
      mountOptions: { type: "array", items: string },
      nfs: { ref: "NFSVolumeSource" },
      nodeAffinity: { type: "object" },
      persistentVolumeReclaimPolicy: string,
      storageClassName: string,
      volumeMode: string,
    },
  },
  PriorityClass: {
    fields: {
      ...object,
      description: string,
      globalDefault: { type: "boolean" },
      preemptionPolicy: string,
      value: { type: "integer", format: "int32" },
    },
    required: ["value"],
  },
  RuntimeClass: {
    fields: {
      ...object,
      handler: string,
      overhead: { ref: "RuntimeClassOverhead" },
      scheduling: { ref: "RuntimeClassScheduling" },
    },
    required: ["handler"],
  },
  RuntimeClassOverhead: { fields: { podFixed: { type: "object", map: { ref: "Quantity" } } } },
  RuntimeClassScheduling: {
    fields: {
      nodeSelector: { type: "object", map: string },
      tolerations: { type: "array", items: { ref: "Toleration" } },
    },
  },
};

const structs = { ...(coreV1 as unknown as Record<string, StructSchema>), ...otherGroups };

/** A structure by its Go name, or undefined for those that are scalars in JSON (Quantity, Time, …). */
export function structNamed(name: string): StructSchema | undefined {
  const struct = structs[name];
  return struct?.fields ? struct : undefined;
}

/** The schema of one field, undefined when the structure has none of that name. */
export function fieldOf(struct: string, field: string): FieldSchema | undefined {
  const fields = structNamed(struct)?.fields;
  return fields && Object.hasOwn(fields, field) ? fields[field] : undefined;
}

/**
 * The schema at a path of field names below a kind; list indexes and `[0]` must have been taken out.
 * `schemaAt("Pod", ["spec", "containers", "ports"])`
 */
export function schemaAt(
  kind: string,
  path: readonly string[],
): { struct: string; field: string; schema: FieldSchema } | undefined {
  let struct: string | undefined = kind;
  let found: { struct: string; field: string; schema: FieldSchema } | undefined;
  for (const name of path) {
    if (struct === undefined) return undefined;
    const schema = fieldOf(struct, name);
    if (!schema) return undefined;
    found = { struct, field: name, schema };
    const inner: FieldSchema = schema.items ?? schema.map ?? schema;
    struct = inner.ref;
  }
  return found;
}
