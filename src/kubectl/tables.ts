/** Which columns a kind's table has. */
import { ageOf } from "./duration.ts";
import { eventColumns } from "./eventTable.ts";
import {
  configMapColumns,
  namespaceColumns,
  nodeColumns,
  secretColumns,
  serviceAccountColumns,
  serviceColumns,
} from "./objectTables.ts";
import type { ApiObject } from "./client.ts";
import { podColumns } from "./podTable.ts";
import type { Column } from "./table.ts";

interface Slice extends ApiObject {
  addressType?: string;
  ports?: { port?: number }[];
  endpoints?: { addresses?: string[] }[];
}

interface OldEndpoints extends ApiObject {
  subsets?: { addresses?: { ip: string }[]; ports?: { port: number }[] }[];
}

interface Quota extends ApiObject {
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

const name: Column<ApiObject> = { header: "NAME", cell: ({ metadata }) => metadata.name ?? "" };
const age: Column<ApiObject> = { header: "AGE", cell: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now) };
const created: Column<ApiObject> = { header: "CREATED AT", cell: ({ metadata }) => metadata.creationTimestamp ?? "" };

const endpointSliceColumns: readonly Column<Slice>[] = [
  name,
  { header: "ADDRESSTYPE", cell: (slice) => slice.addressType ?? "" },
  {
    header: "PORTS",
    cell: (slice) =>
      shortList(
        (slice.ports ?? []).map(({ port }) => String(port ?? "*")),
        "<unset>",
      ),
  },
  {
    header: "ENDPOINTS",
    cell: (slice) =>
      shortList(
        (slice.endpoints ?? []).flatMap(({ addresses = [] }) => addresses),
        "<unset>",
      ),
  },
  age,
];

const endpointsColumns: readonly Column<OldEndpoints>[] = [
  name,
  {
    header: "ENDPOINTS",
    cell: ({ subsets = [] }) =>
      shortList(
        subsets.flatMap(({ addresses = [], ports = [] }) =>
          addresses.flatMap(({ ip }) => (ports.length > 0 ? ports.map(({ port }) => `${ip}:${port}`) : [ip])),
        ),
        "<none>",
      ),
  },
  age,
];

const quotaText = ({ status = {} }: Quota, wanted: (resource: string) => boolean): string =>
  Object.keys(status.hard ?? {})
    .sort()
    .filter(wanted)
    .map((resource) => `${resource}: ${status.used?.[resource] ?? "0"}/${status.hard![resource]}`)
    .join(", ");

const quotaColumns: readonly Column<Quota>[] = [
  name,
  { header: "REQUEST", cell: (quota) => quotaText(quota, (resource) => !resource.startsWith("limits.")) },
  { header: "LIMIT", cell: (quota) => quotaText(quota, (resource) => resource.startsWith("limits.")) },
  age,
];

interface Claim extends ApiObject {
  spec?: {
    volumeName?: string;
    accessModes?: string[];
    storageClassName?: string;
    volumeMode?: string;
    volumeAttributesClassName?: string;
  };
  status?: { phase?: string; capacity?: Record<string, string>; accessModes?: string[] };
}

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

const claimColumns: readonly Column<Claim>[] = [
  name,
  {
    header: "STATUS",
    cell: ({ metadata, status }) => (metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? "")),
  },
  { header: "VOLUME", cell: ({ spec }) => spec?.volumeName ?? "" },
  { header: "CAPACITY", cell: ({ spec, status }) => (spec?.volumeName ? (status?.capacity?.storage ?? "") : "") },
  {
    header: "ACCESS MODES",
    cell: ({ spec, status }) =>
      spec?.volumeName ? (status?.accessModes ?? []).map((mode) => shortModes[mode] ?? mode).join(",") : "",
  },
  { header: "STORAGECLASS", cell: ({ spec }) => spec?.storageClassName ?? "" },
  { header: "VOLUMEATTRIBUTESCLASS", cell: ({ spec }) => spec?.volumeAttributesClassName ?? "<unset>" },
  age,
  { header: "VOLUMEMODE", wide: true, cell: ({ spec }) => spec?.volumeMode ?? "<unset>" },
];

const table: Readonly<Record<string, readonly Column<never>[]>> = {
  Pod: podColumns,
  Event: eventColumns,
  Node: nodeColumns,
  Service: serviceColumns,
  ConfigMap: configMapColumns,
  Secret: secretColumns,
  Namespace: namespaceColumns,
  ServiceAccount: serviceAccountColumns,
  EndpointSlice: endpointSliceColumns,
  Endpoints: endpointsColumns,
  ResourceQuota: quotaColumns,
  LimitRange: [name, created],
  PersistentVolumeClaim: claimColumns,
  PriorityClass: [
    name,
    { header: "VALUE", cell: (object: ApiObject) => String(object.value ?? 0) },
    { header: "GLOBAL-DEFAULT", cell: (object: ApiObject) => String(object.globalDefault ?? false) },
    age,
    { header: "PREEMPTIONPOLICY", cell: (object: ApiObject) => String(object.preemptionPolicy ?? "") },
  ],
};

export function columnsOf(kind: string): readonly Column<never>[] {
  return table[kind] ?? [name, age];
}

/** At most three, then how many more (printers.go: formatEndpoints of slices). */
function shortList(all: readonly string[], none: string): string {
  if (all.length === 0) return none;
  return all.length > 3 ? `${all.slice(0, 3).join(",")} + ${all.length - 3} more...` : all.join(",");
}
