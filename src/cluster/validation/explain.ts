/**
 * Refusals in plain words, beside the server's own: what was meant, what to write instead. Every explanation names the
 * field by its Go path, so that the caller can show the line.
 */
import { type DecodeFault, decodeObject } from "../api/decode.ts";
import { copyOf } from "../api/copy.ts";
import { setDefaults } from "../api/defaults.ts";
import { kindNamed, notSimulated } from "../api/kinds.ts";
import { schemaAt } from "../api/schema.ts";
import { nearestField, nearestWord, placesOf } from "./fieldPlaces.ts";
import type { FieldError } from "./fieldError.ts";
import { validateObject } from "./index.ts";

export interface Explanation {
  readonly text: string;
  /** `spec.containers[0].imagee`; absent when it is about the whole. */
  readonly field?: string;
}

/**
 * @param message what the server (or kubectl) said
 * @param fields the Go paths it named
 * @param value the object as it was handed in, not decoded
 */
export function explainRefusal(message: string, fields: readonly string[], value: unknown): Explanation[] {
  const decoded = decodeObject(value);
  if ("status" in decoded)
    return decoded.fault
      ? explainFault(kindOf(value), decoded.fault)
      : [{ text: explainWhole(value, decoded.status.message) }];
  const byAdmission = explainAdmission(message);
  if (byAdmission) return [byAdmission];
  const object = copyOf(decoded.object);
  object.metadata.namespace ||= "default";
  setDefaults(object);
  const errors = validateObject(object);
  const named = errors.filter(({ field }) => fields.length === 0 || fields.includes(field));
  return unique(
    (named.length > 0 ? named : errors).map((error) => ({
      text: explainError(object.kind, error),
      field: error.field,
    })),
  );
}

function unique(explanations: Explanation[]): Explanation[] {
  const seen = new Set<string>();
  return explanations.filter(({ text, field }) => {
    const key = `${field}\n${text}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function kindOf(value: unknown): string {
  const kind = (value as { kind?: unknown } | null)?.kind;
  return typeof kind === "string" ? kind : "";
}

/** Nothing of the object could be read as its kind. */
function explainWhole(value: unknown, message: string): string {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return "A manifest is an object with apiVersion, kind, metadata and spec. This document is something else: is there a colon missing after a key, or a stray dash before it?";
  const { kind, apiVersion } = value as { kind?: unknown; apiVersion?: unknown };
  if (typeof kind !== "string" || !kind)
    return 'The manifest does not say what it is. Begin with "kind: Pod" (kind at the very left).';
  const info = kindNamed(kind) ?? kindNamed(kind[0]!.toUpperCase() + kind.slice(1));
  if (!info) {
    const near = nearestWord(kind, [
      "Pod",
      "Service",
      "ConfigMap",
      "Secret",
      "Namespace",
      "Deployment",
      "Job",
      "ServiceAccount",
      "LimitRange",
      "ResourceQuota",
    ]);
    return `There is no kind ${kind}.${near ? ` Did you mean ${near}?` : ""}`;
  }
  if (info.kind !== kind) return `Kinds begin with a capital letter: write "kind: ${info.kind}".`;
  if (typeof apiVersion !== "string" || !apiVersion)
    return `The manifest does not say its API version. Write "apiVersion: ${info.apiVersion}".`;
  if (apiVersion !== info.apiVersion)
    return `${kind} belongs to apiVersion ${info.apiVersion}: write "apiVersion: ${info.apiVersion}".`;
  return info.simulated ? message : `${notSimulated(info)}.`;
}

/** Why an object could not be decoded. */
function explainFault(kind: string, fault: DecodeFault): Explanation[] {
  if (fault.kind === "unknown") return fault.paths.map((path) => ({ field: path, text: explainUnknown(kind, path) }));
  if (fault.kind === "type") return [{ field: fault.path, text: explainType(fault) }];
  return [{ field: fault.path, text: explainValue(fault.message, fault.path) }];
}

function namesIn(path: string): string[] {
  return path.replace(/\[\d+\]/g, "").split(".");
}

/** `spec.containers[0].image` → `image`; a key in brackets may have dots. */
function lastName(path: string): string {
  const key = /\[([^\]]*[^\]\d][^\]]*)\]$/.exec(path)?.[1];
  return key ?? path.split(".").at(-1)!;
}

function explainUnknown(kind: string, path: string): string {
  const names = namesIn(path);
  const name = names.at(-1)!;
  const parent = names.slice(0, -1);
  const at = parent.length === 0 ? undefined : schemaAt(kind, parent);
  const struct = parent.length === 0 ? kind : ((at?.schema.items ?? at?.schema.map ?? at?.schema)?.ref ?? "");
  const shownParent = path.slice(0, path.length - name.length).replace(/\.$/, "");
  const here = shownParent || "the top of the manifest";
  const near = nearestField(struct, name);
  if (struct === "ResourceRequirements" && /^(cpu|memory|ephemeral-storage)$/.test(name))
    return `${name} belongs inside limits or requests: resources: {limits: {${name}: …}}.`;
  const [place] = placesOf(kind, name, parent);
  const exact = place !== undefined && place.endsWith(`.${name}`);
  if (near && !(exact && near.toLowerCase() !== name.toLowerCase() && near.length !== name.length))
    return `${here} has no field ${name}. Did you mean ${near}?`;
  if (exact)
    return `${name} does not belong in ${here}; it belongs in ${place.slice(0, place.lastIndexOf("."))}. Check its indentation.`;
  if (near) return `${here} has no field ${name}. Did you mean ${near}?`;
  if (place)
    return `${here} has no field ${name}. Did you mean ${place.slice(place.lastIndexOf(".") + 1)}, which belongs in ${place.slice(0, place.lastIndexOf("."))}?`;
  if (["replicas", "selector", "template", "strategy"].includes(name) && kind === "Pod")
    return `A Pod has no ${name}: that is a field of a Deployment, which makes Pods from a template.`;
  return `${here} has no field ${name}. Is it misspelt, or indented too far or too little?`;
}

const examples: Readonly<Record<string, string>> = {
  string: '"…" (in quotes)',
  bool: "true or false, without quotes",
  int32: "a whole number, without quotes",
  int64: "a whole number, without quotes",
};

function explainType(fault: Extract<DecodeFault, { kind: "type" }>): string {
  const name = lastName(fault.path).replace(/^(.*)\[\d+\]$/, "each item of $1");
  const got = gotWords[fault.got] ?? fault.got;
  if (fault.want.startsWith("[]")) {
    const example = fault.want === "[]string" ? `${name}: ["one", "two"]` : `${name}:\n  - …`;
    return `${name} is a list, but ${got} was written. Put each item on a line of its own that begins with "- " (${example.replace("\n  ", " ")}).`;
  }
  if (fault.want === "v1.ResourceList" || fault.want.startsWith("map["))
    return `${name} is a set of "key: value" lines, but ${got} was written.`;
  const plain =
    /^(string|types\.UID|v1\.[A-Z]\w*(Policy|Type|Mode|Operator|Effect|Protocol|Scheme|Medium|Name|Affinity|Signal))$/.test(
      fault.want,
    );
  if (plain) {
    if (fault.got === "number" || fault.got === "bool" || fault.got.startsWith("number "))
      return `${name} is text, but ${got} was written. Put it in quotes: "…".${fault.got === "bool" ? " (YAML reads yes, no, on, off, true and false as booleans.)" : ""}`;
    if (fault.got === "object" && /\[\d+\]$/.test(fault.path))
      return `${name} is text, but YAML found "key: value" in it. Put the whole text in quotes.`;
    return `${name} is text, but ${got} was written.`;
  }
  if (fault.want in examples)
    return `${name} takes ${examples[fault.want]}, but ${got} was written.${fault.want.startsWith("int") && fault.got.startsWith("number ") ? " It must be whole, and not too large." : ""}`;
  if (fault.want.startsWith("v1.")) {
    if (fault.got === "string" && /\[\d+\]$/.test(fault.path))
      return `${name[0]!.toUpperCase()}${name.slice(1)} is an object: write "- name: …" and its other fields below.`;
    return `${name} is an object with fields of its own (indented below it), but ${got} was written.`;
  }
  return `${name} does not take ${got}.`;
}

const gotWords: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  bool: "true or false",
  object: "an object (key: value)",
  array: "a list",
};

function explainValue(message: string, path: string): string {
  const name = path.split(".").at(-1)!;
  if (/quantit|suffix|numeric part/.test(message))
    return `${name} is not an amount that Kubernetes understands. Write cpu as 500m or 0.5, memory as 64Mi or 1Gi: no space, no "B", and mind the capitals.`;
  if (/^parsing time/.test(message)) return `${name} is a point in time: 2026-01-31T12:00:00Z.`;
  if (/base64/.test(message))
    return `${name} must be base64. To write it as plain text, use stringData instead of data.`;
  return message;
}

/** What validation said, by the field and the kind of error. */
function explainError(kind: string, error: FieldError): string {
  const { field, type } = error;
  const name = lastName(field);
  const value =
    typeof error.value === "string" || typeof error.value === "number" || typeof error.value === "boolean"
      ? String(error.value)
      : "";
  switch (type) {
    case "FieldValueRequired":
      return explainRequired(kind, field, name, error.detail);
    case "FieldValueNotSupported": {
      const supported = error.supported ?? [];
      const near = supported.find((one) => one.toLowerCase() === value.toLowerCase()) ?? nearestWord(value, supported);
      return `${name} may be ${orList(supported.map((one) => one || '""'))}, not ${value || '""'}.${near ? ` Did you mean ${near}?${near.toLowerCase() === value.toLowerCase() ? " Capitals matter." : ""}` : ""}`;
    }
    case "FieldValueDuplicate":
      return /hostPort$/.test(field)
        ? "Two containers ask for the same port of the node. Give one of them another hostPort, or leave hostPort out."
        : `${name} ${value} is used twice. Each must be different.`;
    case "FieldValueNotFound":
      return /volumeMounts\[\d+\]\.name$/.test(field)
        ? `There is no volume ${value || "without a name"} in spec.volumes. The name in volumeMounts must be the name of a volume.`
        : `There is no ${value} that ${name} could mean.`;
    case "FieldValueForbidden":
      return explainForbidden(field, name, error.detail);
    case "FieldValueTooLong":
      return `${name} is too long: ${error.detail}.`;
    default:
      return explainInvalid(field, name, value, error.detail);
  }
}

function explainRequired(kind: string, field: string, name: string, detail: string): string {
  if (field === "metadata.name") return 'The object needs a name: "metadata:" with "name: web" indented below it.';
  if (/^spec\.containers$/.test(field))
    return 'A Pod needs at least one container: "spec:", below it "containers:", below it "- name: app" and "image: nginx".';
  if (/(Probe|postStart|preStop)$/.test(field))
    return `${name} does not say what to do: give it exec, httpGet, tcpSocket${/Probe$/.test(field) ? " or grpc" : " or sleep"}.`;
  const example = requiredExamples[name.replace(/\[\d+\]$/, "")];
  if (example) return `${field.split(".").slice(0, -1).join(".") || kind} needs ${name}. Write ${example}.`;
  return `${name} is missing${detail ? `: ${detail}` : ""}.`;
}

const requiredExamples: Readonly<Record<string, string>> = {
  image: '"image: nginx:1.27"',
  name: '"name: app"',
  containerPort: '"containerPort: 80"',
  mountPath: '"mountPath: /data"',
  command: 'command: ["cat", "/tmp/ready"]',
  key: '"key: …", the entry\'s name in the ConfigMap or Secret',
  path: '"path: /data"',
  claimName: '"claimName: …", the PersistentVolumeClaim\'s name',
  secretName: '"secretName: …", the Secret\'s name',
  topologyKey: '"topologyKey: kubernetes.io/hostname"',
  ports: "ports: [{port: 80}]",
};

function explainForbidden(field: string, name: string, detail: string): string {
  if (/init containers without restartPolicy=Always/.test(detail))
    return `An init container runs to its end before the others start, so it has no ${name}. Move ${name} to the container it is meant for, or make this one a sidecar with restartPolicy: Always.`;
  if (/more than 1 volume type/.test(detail)) return `A volume has one source. Leave ${name} or the other one out.`;
  if (/more than 1 handler/.test(detail))
    return `Only one way to check or act is allowed here. Leave ${name} or the other one out.`;
  if (/may not change fields other than/.test(detail))
    return "Most fields of a Pod cannot be changed while it exists. Delete the Pod and create it again with the new manifest.";
  if (/may not add or remove containers/.test(detail))
    return "Containers cannot be added to or taken from a Pod that exists. Delete the Pod and create it again.";
  return `${name || field} is not allowed here: ${detail.split("\n")[0]}.`;
}

function explainInvalid(field: string, name: string, value: string, detail: string): string {
  if (/RFC 1123 (label|subdomain)|DNS-1035/.test(detail))
    return `"${value}" is no name that Kubernetes takes: only small letters, digits and "-"${/subdomain/.test(detail) ? ' (and ".")' : ""}, beginning and ending with a letter or digit.${suggestName(value)}`;
  if (/must not contain dots/.test(detail))
    return `"${value}" must have no dots here.${suggestName(value.replaceAll(".", "-"))}`;
  if (/no more than \d+ (characters|bytes)/.test(detail)) return `${name} is too long: ${detail}.`;
  if (/limit of/.test(detail)) {
    const [, order, resource, limit] =
      /must be (equal to|less than or equal to) (\S+) limit of (.+)/.exec(detail) ?? [];
    return order === "equal to"
      ? `The request for ${resource} must be the same as its limit (${limit}).`
      : `The request (${value}) is larger than the limit: ${resource} is limited to ${limit}. Raise the limit or lower the request.`;
  }
  if (/standard resource/.test(detail))
    return `${value} is no resource: cpu, memory and ephemeral-storage are, and others have a domain (example.com/gpu).`;
  if (/between 1 and 65535/.test(detail))
    return `${name} must be a port number from 1 to 65535${value === "0" ? " (it is missing, or 0)" : ""}.`;
  if (/consecutive hyphens|alpha-numeric characters \(a-z|at least one letter|begin or end with a hyphen/.test(detail))
    return `${name} "${value}": a port's name has small letters, digits and single "-", at most 15 of them, with at least one letter.`;
  if (/valid label must be|a valid label/.test(detail))
    return `"${value}" cannot be the value of a label: letters, digits, "-", "_" and "." only, at most 63, beginning and ending with a letter or digit.`;
  if (/name part must|prefix part/.test(detail))
    return `"${value}" cannot be a key: letters, digits, "-", "_" and ".", beginning and ending with a letter or digit, perhaps after a domain and "/".`;
  if (/valueFrom$/.test(field) && /value/.test(detail)) return "A variable has either value or valueFrom, not both.";
  if (/error converting fieldPath/.test(detail))
    return `${value} is no field that a container can be told: metadata.name, metadata.namespace, metadata.uid, metadata.labels['KEY'], metadata.annotations['KEY'], spec.nodeName, spec.serviceAccountName, status.hostIP, status.podIP.`;
  if (/greater than or equal to 0/.test(detail)) return `${name} must not be negative.`;
  if (/^must be 1$/.test(detail))
    return `${name} must be 1 for liveness and startup probes: one success is enough. Leave it out.`;
  if (/must not be set for readinessProbes/.test(detail))
    return "A readiness probe never stops a container, so it has no grace period. Leave terminationGracePeriodSeconds out.";
  if (/must be unique/.test(detail) && /mountPath$/.test(field))
    return `Two volumes are mounted at ${value}. Each mount needs a path of its own.`;
  if (/leading or trailing whitespace/.test(detail)) return `${name} begins or ends with a space. Take it out.`;
  if (/non-negative and less than terminationGracePeriodSeconds/.test(detail))
    return `The sleep (${value} s) must fit into terminationGracePeriodSeconds ${/\((\d+)\)/.exec(detail)?.[1] ?? ""}. Shorten it, or raise the grace period.`;
  if (/not a valid selector operator/.test(detail))
    return `${value} is no operator: In, NotIn, Exists, DoesNotExist, Gt and Lt are.`;
  if (/field is immutable/.test(detail)) return `${name} cannot be changed once the object exists.`;
  return `${name}: ${detail}.`;
}

/** A name that would do, when one is easily made. */
function suggestName(value: string): string {
  const name = value
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "");
  return name && name !== value ? ` For example: ${name}.` : "";
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** Refusals before and after validation name no field; the words tell which. */
function explainAdmission(message: string): Explanation | undefined {
  const rules: [RegExp, (match: RegExpExecArray) => Explanation][] = [
    [
      /namespaces "([^"]*)" not found/,
      ([, name]) => ({
        field: "metadata.namespace",
        text: `There is no namespace ${name}. Create it first, or leave metadata.namespace out.`,
      }),
    ],
    [
      /error looking up service account \S+: serviceaccount "([^"]*)"/,
      ([, name]) => ({
        field: "spec.serviceAccountName",
        text: `There is no ServiceAccount ${name} in the namespace. Create it first, or leave serviceAccountName out.`,
      }),
    ],
    [
      /no PriorityClass with name (\S+) was found/,
      ([, name]) => ({ field: "spec.priorityClassName", text: `There is no PriorityClass ${name}.` }),
    ],
    [
      /RuntimeClass "([^"]*)" not found/,
      ([, name]) => ({
        field: "spec.runtimeClassName",
        text: `There is no RuntimeClass ${name}. Leave runtimeClassName out.`,
      }),
    ],
    [
      /value of priority/,
      () => ({
        field: "spec.priority",
        text: "The cluster sets priority itself, from priorityClassName. Leave priority out.",
      }),
    ],
    [
      /(maximum|minimum) (\S+) usage per (\S+) is ([^,.]+)/,
      ([, which, resource, what, amount]) => ({
        text: `A LimitRange of the namespace allows ${which === "maximum" ? "at most" : "no less than"} ${amount} of ${resource} for each ${what}. Set requests and limits within it.`,
      }),
    ],
    [
      /exceeded quota: (\S+), requested: (\S+), used: (\S+), limited: (\S+)/,
      ([, quota, asked, used, most]) => ({
        text: `The namespace's quota ${quota} has no room: asked for ${asked}, used so far ${used}, allowed ${most}.`,
      }),
    ],
    [
      /failed quota: (\S+): must specify (.+)/,
      ([, quota, what]) => ({ text: `The namespace has a quota (${quota}), so every container must set ${what}.` }),
    ],
    [
      /already exists/,
      () => ({
        field: "metadata.name",
        text: "An object of this kind and name exists. Delete it first, or choose another name.",
      }),
    ],
    [
      /being terminated/,
      () => ({ field: "metadata.namespace", text: "The namespace is being deleted; nothing new can be made in it." }),
    ],
  ];
  for (const [pattern, explain] of rules) {
    const match = pattern.exec(message);
    if (match && /(forbidden|not found|already exists)/.test(message)) return explain(match);
  }
  return undefined;
}
