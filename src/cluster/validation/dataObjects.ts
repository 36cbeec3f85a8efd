/** Validation of ConfigMaps and Secrets. */
import type { ConfigMap, Secret } from "../api/types.ts";
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from "./fieldError.ts";
import { endOfJson } from "../../manifest/jsonText.ts";
import { decodeBase64 } from "../../manifest/yamlValue.ts";
import { isDataKey, isSubdomain, utf8Length } from "./formats.ts";
import { faults, immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { stable } from "./stable.ts";

/** All values together. */
const MOST_BYTES = 1024 * 1024;

export function validateConfigMap(map: ConfigMap): FieldError[] {
  const errors = validateMetadata(map.metadata, true, isSubdomain);
  const { data = {}, binaryData = {} } = map;
  let bytes = 0;
  for (const key of Object.keys(data).sort()) {
    errors.push(...faults(`data[${key}]`, key, isDataKey));
    if (key in binaryData) errors.push(invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData"));
    bytes += utf8Length(data[key]!);
  }
  for (const key of Object.keys(binaryData).sort()) {
    errors.push(...faults(`binaryData[${key}]`, key, isDataKey));
    bytes += decodedLength(binaryData[key]!);
  }
  if (bytes > MOST_BYTES) errors.push(tooLong("[]", MOST_BYTES));
  return errors;
}

export function validateSecret(secret: Secret): FieldError[] {
  const errors = validateMetadata(secret.metadata, true, isSubdomain);
  const data = secret.data ?? {};
  let bytes = 0;
  for (const key of Object.keys(data).sort()) {
    errors.push(...faults(`data[${key}]`, key, isDataKey));
    bytes += decodedLength(data[key]!);
  }
  if (bytes > MOST_BYTES) errors.push(tooLong("data", MOST_BYTES));
  errors.push(...(byType[secret.type ?? ""]?.(data, secret) ?? []));
  return errors;
}

type Data = Readonly<Record<string, string>>;

/** What each type must hold. */
const byType: Readonly<Record<string, (data: Data, secret: Secret) => FieldError[]>> = {
  "kubernetes.io/service-account-token": (_, { metadata }) =>
    metadata.annotations?.["kubernetes.io/service-account.name"]
      ? []
      : [required("metadata.annotations[kubernetes.io/service-account.name]")],
  "kubernetes.io/dockercfg": (data) => json(data, ".dockercfg"),
  "kubernetes.io/dockerconfigjson": (data) => json(data, ".dockerconfigjson"),
  "kubernetes.io/basic-auth": ({ username, password }) =>
    username === undefined && password === undefined ? [required("data[username]"), required("data[password]")] : [],
  "kubernetes.io/ssh-auth": (data) => (data["ssh-privatekey"] ? [] : [required("data[ssh-privatekey]")]),
  "kubernetes.io/tls": (data) =>
    ["tls.crt", "tls.key"].filter((key) => data[key] === undefined).map((key) => required(`data[${key}]`)),
};

/** An object in JSON; the words are those of Go's decoder. */
function json(data: Data, key: string): FieldError[] {
  if (data[key] === undefined) return [required(`data[${key}]`)];
  const text = decodeBase64(data[key]) ?? "";
  const say = (why: string) => [invalidValue(`data[${key}]`, "<secret contents redacted>", why)];
  if (text.trim() === "") return say("unexpected end of JSON input");
  const start = text.length - text.trimStart().length;
  const found = endOfJson(text, start);
  if ("fault" in found)
    return say(found.fault.problem === "unexpected EOF" ? "unexpected end of JSON input" : found.fault.problem);
  const rest = text.slice(found.end).trimStart();
  if (rest) return say(`invalid character ${goChar(rest)} after top-level value`);
  const value: unknown = JSON.parse(text);
  if (value === null || (typeof value === "object" && !Array.isArray(value))) return [];
  const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return say(`json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
}

function goChar(text: string): string {
  const [c = ""] = text;
  return c === "'" ? "'\\''" : `'${c}'`;
}

function decodedLength(base64: string): number {
  const compact = base64.replace(/[\r\n]/g, "");
  return Math.max(0, (compact.length / 4) * 3 - (compact.endsWith("==") ? 2 : compact.endsWith("=") ? 1 : 0));
}

export function validateConfigMapUpdate(map: ConfigMap, old: ConfigMap): FieldError[] {
  const errors = validateMetadataUpdate(map.metadata, old.metadata);
  if (old.immutable) {
    if (!map.immutable) errors.push(forbiddenField("immutable", `${immutable} when \`immutable\` is set`));
    if (stable(map.data ?? {}) !== stable(old.data ?? {}))
      errors.push(forbiddenField("data", `${immutable} when \`immutable\` is set`));
    if (stable(map.binaryData ?? {}) !== stable(old.binaryData ?? {}))
      errors.push(forbiddenField("binaryData", `${immutable} when \`immutable\` is set`));
  }
  return [...errors, ...validateConfigMap(map)];
}

export function validateSecretUpdate(secret: Secret, old: Secret): FieldError[] {
  const errors = validateMetadataUpdate(secret.metadata, old.metadata);
  if (secret.type !== old.type) errors.push(invalidValue("type", secret.type ?? "", immutable));
  if (old.immutable) {
    if (!secret.immutable) errors.push(forbiddenField("immutable", `${immutable} when \`immutable\` is set`));
    if (stable(secret.data ?? {}) !== stable(old.data ?? {}))
      errors.push(forbiddenField("data", `${immutable} when \`immutable\` is set`));
  }
  return [...errors, ...validateSecret(secret)];
}
