/** Any object of the API, whatever its kind. */
import type { ObjectMeta } from "./types.ts";

export interface ApiObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** How the pure parts of the API server look at what else is stored. */
export interface Stored {
  lookup(kind: string, namespace: string | undefined, name: string): ApiObject | undefined;
  list(kind: string, namespace?: string): ApiObject[];
}
