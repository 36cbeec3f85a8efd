/** `kubectl create token`: a token of the right form, whose signature means nothing. */
import { notFound } from "../cluster/api/status.ts";
import type { Task } from "../time/task.ts";
import { base64Url, utf8 } from "./base64.ts";
import { fail, Failure } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { outputFlags, type Session, usageError } from "./session.ts";
import { printerOf } from "./output.ts";
import type { ApiObject } from "./client.ts";

export const tokenFlags: FlagTable = {
  ...outputFlags,
  audience: { type: "array" },
  duration: { type: "duration" },
  "bound-object-kind": { type: "string" },
  "bound-object-name": { type: "string" },
  "bound-object-uid": { type: "string" },
};

const boundKinds = ["Node", "Pod", "Secret"];

export function* createToken(session: Session): Task<number> {
  const { args, client, io, namespace } = session;
  const [name, ...more] = args.words;
  if (!name || more.length > 0) return usageError(session, `exactly one NAME is required, got ${args.words.length}`);
  const duration = args.duration("duration") ?? 0;
  if (duration < 0) return fail("--duration must be greater than or equal to 0");
  if (duration % 1000 !== 0) return fail("--duration cannot be expressed in units less than seconds");
  const [kind, boundName] = [args.text("bound-object-kind"), args.text("bound-object-name")];
  if (!kind && boundName) return fail("--bound-object-name can only be set if --bound-object-kind is provided");
  if (!kind && args.text("bound-object-uid"))
    return fail("--bound-object-uid can only be set if --bound-object-kind is provided");
  if (kind && !boundKinds.includes(kind))
    return fail(`supported --bound-object-kind values are ${boundKinds.join(", ")}`);
  if (kind && !boundName) return fail("--bound-object-name is required if --bound-object-kind is provided");
  const account = client.get("ServiceAccount", namespace, name);
  if (!account) return refuse(notFound("ServiceAccount", name).message);
  if (duration !== 0 && duration < 600_000)
    throw new Failure(
      `error: failed to create token: TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: ${duration / 1000}: may not specify a duration less than 10 minutes`,
    );
  const bound = kind ? client.get(kind, kind === "Node" ? undefined : namespace, boundName!) : undefined;
  if (kind && !bound) return refuse(notFound(kind, boundName!).message);
  const now = Math.floor(client.now() / 1000);
  const exp = now + (duration || 3_600_000) / 1000;
  const audiences = args.has("audience") ? args.all("audience") : ["https://kubernetes.default.svc.cluster.local"];
  const reference = (object: ApiObject) => ({ name: object.metadata.name, uid: object.metadata.uid });
  const claims = {
    aud: audiences,
    exp,
    iat: now,
    iss: "https://kubernetes.default.svc.cluster.local",
    jti: account.metadata.uid,
    "kubernetes.io": {
      namespace,
      ...(bound && { [kind!.toLowerCase()]: reference(bound) }),
      serviceaccount: reference(account),
    },
    nbf: now,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
  const part = (value: unknown) => base64Url(utf8(JSON.stringify(value)));
  const body = `${part({ alg: "RS256", kid: "simulated" })}.${part(claims)}`;
  // The signature is as long as a real one.
  const token = `${body}.${base64Url(Array.from({ length: 256 }, (_, i) => (body.charCodeAt(i % body.length) * 31 + i * 7) & 255))}`;
  const print = printerOf(session);
  const request = {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace },
    spec: { audiences, expirationSeconds: exp - now, boundObjectRef: null },
    status: { token, expirationTimestamp: `${new Date(exp * 1000).toISOString().slice(0, 19)}Z` },
  };
  io.out(print ? print([request as unknown as ApiObject], false) : `${token}\n`);
  return 0;
}

function refuse(message: string): never {
  return fail(`failed to create token: ${message}`);
}
