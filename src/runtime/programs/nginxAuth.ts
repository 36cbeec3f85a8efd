/** nginx' Basic authentication: `auth_basic` and the files that htpasswd writes, as far as their kinds are modelled. */
import type { Task } from "../../time/task.ts";
import { base64Decode, base64Encode } from "../applets/blocks.ts";
import { sha1 } from "../applets/digest.ts";
import type { Sys } from "../sys.ts";
import type { Request } from "./httpServer.ts";
import { readWholeFile } from "./resolver.ts";

/** What came of a request's credentials; `problem` is for the error log. */
export type Admission = { readonly admitted: true } | { readonly admitted: false; readonly problem?: string };

export function* admit(sys: Sys, request: Request, file: string): Task<Admission> {
  const given = /^Basic\s+(\S+)/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const credentials = given === undefined ? undefined : base64Decode(given);
  if (credentials === undefined || !credentials.includes(":")) return { admitted: false };
  const user = credentials.slice(0, credentials.indexOf(":"));
  const password = credentials.slice(user.length + 1);
  const text = yield* readWholeFile(sys, file);
  if (text === undefined) {
    return { admitted: false, problem: `open() "${file}" failed (2: No such file or directory)` };
  }
  const line = text.split("\n").find((one) => one.startsWith(`${user}:`));
  if (line === undefined) return { admitted: false, problem: `user "${user}" was not found in "${file}"` };
  const kept = line.slice(user.length + 1).split(":")[0]!;
  const right = isRight(kept, password);
  if (right === undefined)
    return {
      admitted: false,
      problem: `passwords of this kind are not modelled by this simulator: use {PLAIN} or {SHA}`,
    };
  return right ? { admitted: true } : { admitted: false, problem: `user "${user}": password mismatch` };
}

/** Undefined: a kind of password that is not modelled. */
function isRight(kept: string, password: string): boolean | undefined {
  if (kept.startsWith("{PLAIN}")) return kept.slice(7) === password;
  if (!kept.startsWith("{SHA}")) return undefined;
  const digest = sha1(password).replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
  return kept.slice(5) === base64Encode(digest);
}
