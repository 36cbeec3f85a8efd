/** The flags that every command takes. */
import type { FlagTable } from "./flags.ts";

const text = { type: "string" } as const;
const bool = { type: "bool" } as const;

export const globalFlags: FlagTable = {
  as: text,
  "as-group": { type: "array" },
  "as-uid": text,
  "cache-dir": text,
  "certificate-authority": text,
  "client-certificate": text,
  "client-key": text,
  cluster: text,
  context: text,
  "disable-compression": bool,
  "insecure-skip-tls-verify": bool,
  kubeconfig: text,
  kuberc: text,
  "log-flush-frequency": { type: "duration", usual: "5s" },
  "match-server-version": bool,
  namespace: { short: "n", type: "string" },
  password: text,
  profile: { type: "string", usual: "none" },
  "profile-output": { type: "string", usual: "profile.pprof" },
  "request-timeout": { type: "string", usual: "0" },
  server: { short: "s", type: "string" },
  "tls-server-name": text,
  token: text,
  user: text,
  username: text,
  v: { short: "v", type: "int", usual: "0" },
  vmodule: text,
  "warnings-as-errors": bool,
  help: { short: "h", type: "bool", hidden: true },
};
