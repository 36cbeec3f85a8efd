/** Validation of ConfigMaps and Secrets. */
import type { ConfigMap, Secret } from "../api/types.ts";
import { type FieldError, forbiddenField, invalidValue, required, tooLong } from "./fieldError.ts";
import { isDataKey, isSubdomain, utf8Length } from "./formats.ts";
import { faults, immutable, validateMetadata, validateMetadataUpdate } from "./metadata.ts";
import { stable } from "./podUpdate.ts";

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

const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};

export function validateSecret(secret: Secret): FieldError[] {
  const errors = validateMetadata(secret.metadata, true, isSubdomain);
  const data = secret.data ?? {};
  let bytes = 0;
  for (const key of Object.keys(data).sort()) {
    errors.push(...faults(`data[${key}]`, key, isDataKey));
    bytes += decodedLength(data[key]!);
  }
  if (bytes > MOST_BYTES) errors.push(tooLong("data", MOST_BYTES));
  const type = secret.type ?? "";
  if (
    type === "kubernetes.io/service-account-token" &&
    !secret.metadata.annotations?.["kubernetes.io/service-account.name"]
  )
    errors.push(required("metadata.annotations[kubernetes.io/service-account.name]"));
  for (const key of requiredKeys[type] ?? []) if (!data[key]) errors.push(required(`data[${key}]`));
  if (type === "kubernetes.io/basic-auth" && data.username === undefined && data.password === undefined)
    errors.push(required("data[%s][username]"), required("data[%s][password]"));
  return errors;
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
