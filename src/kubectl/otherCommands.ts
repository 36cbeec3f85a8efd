/** The short commands: `create <kind>`, `version`, `cluster-info`, `config current-context`, `top`, `scale`. */
import type { Task } from "../time/task.ts";
import type { ApiObject } from "./client.ts";
import type { CommandEntry } from "./commands.ts";
import { fail, Failure } from "./failure.ts";
import { printerOf } from "./output.ts";
import { objectName } from "./resourceTypes.ts";
import {
  accepted,
  dryRunOf,
  dryRunSuffix,
  findObjects,
  outputFlags,
  reportAll,
  type Session,
  writeFlags,
} from "./session.ts";

const kubernetesVersion = "v1.36.2";

export function* version({ args, io }: Session): Task<number> {
  io.out(`Client Version: ${kubernetesVersion}\nKustomize Version: v5.8.1\n`);
  if (!args.on("client")) io.out(`Server Version: ${kubernetesVersion}\n`);
  return 0;
}

export function* clusterInfo({ io, client }: Session): Task<number> {
  const node = client.list("Node")[0] as { status?: { addresses?: { type: string; address: string }[] } } | undefined;
  const address = node?.status?.addresses?.find(({ type }) => type === "InternalIP")?.address ?? "localhost";
  io.out(
    `Kubernetes control plane is running at https://${address}:6443\n\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n`,
  );
  return 0;
}

export function* currentContext({ io }: Session): Task<number> {
  io.out("minikube\n");
  return 0;
}

export function* top(_session: Session): Task<number> {
  return fail("Metrics API not available");
}

export function* refuseScale(session: Session): Task<number> {
  if (!session.args.has("replicas")) fail('required flag(s) "replicas" not set');
  const { objects, missing } = findObjects(session, session.args.words);
  if (objects.length > 0)
    throw new Failure("Error from server (NotFound): the server could not find the requested resource");
  return reportAll(session, missing);
}

type Maker = (session: Session, name: string) => Record<string, unknown>;

function creator(apiVersion: string, kind: string, namespaced: boolean, make: Maker): CommandEntry["run"] {
  return function* (session) {
    const { args, io, client, namespace } = session;
    const [name, ...more] = args.words;
    if (!name || more.length > 0)
      return fail(
        `exactly one NAME is required, got ${args.words.length}\nSee 'kubectl create ${kind.toLowerCase()} -h' for help and examples`,
      );
    const dry = dryRunOf(session);
    const print = printerOf(session, dry === "client");
    const place = namespaced && (args.has("namespace") || dry !== "client") ? { namespace } : {};
    const { metadata, ...fields } = make(session, name) as { metadata?: Record<string, unknown> };
    const document = { kind, apiVersion, metadata: { name, ...place, ...metadata }, ...fields };
    const object =
      dry === "client"
        ? (document as unknown as ApiObject)
        : accepted(session, client.create(document, { dryRun: dry === "server" }), undefined);
    io.out(print ? print([object], false) : `${objectName(object, name)} created${dryRunSuffix[dry]}\n`);
    return 0;
  };
}

/** `--from-literal`, `--from-file`, `--from-env-file`. */
function dataOf({ args, io }: Session): Record<string, string> {
  const data: Record<string, string> = {};
  const read = (path: string) => io.readFile(path) ?? fail(`error reading ${path}: no such file or directory`);
  const put = (key: string, value: string) => {
    if (Object.hasOwn(data, key)) fail(`cannot add key "${key}", another key by that name already exists in Data`);
    data[key] = value;
  };
  for (const file of args.all("from-file")) {
    const at = file.indexOf("=");
    put(at < 0 ? file.slice(file.lastIndexOf("/") + 1) : file.slice(0, at), read(file.slice(at + 1)));
  }
  for (const pair of args.all("from-literal")) {
    const at = pair.indexOf("=");
    if (at < 1) fail(`invalid literal source ${pair}, expected key=value`);
    put(pair.slice(0, at), pair.slice(at + 1).replace(/^(["'])(.*)\1$/s, "$2"));
  }
  for (const path of args.all("from-env-file"))
    for (const line of read(path).split("\n"))
      if (line.trim() !== "" && !line.trimStart().startsWith("#") && line.includes("="))
        put(line.slice(0, line.indexOf("=")).trim(), line.slice(line.indexOf("=") + 1));
  return data;
}

function base64(text: string): string {
  const bytes = [...encodeURIComponent(text).matchAll(/%([0-9A-F]{2})|(.)/gs)].map(([, hex, c]) =>
    hex ? Number.parseInt(hex, 16) : c!.charCodeAt(0),
  );
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  let out = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.slice(i, i + 3);
    const left = bytes.length - i;
    out += alphabet[a >> 2]! + alphabet[((a & 3) << 4) | (b >> 4)]!;
    out += left > 1 ? alphabet[((b & 15) << 2) | (c >> 6)]! : "=";
    out += left > 2 ? alphabet[c & 63]! : "=";
  }
  return out;
}

const dataFlags = {
  ...outputFlags,
  ...writeFlags,
  "from-literal": { type: "array" },
  "from-file": { type: "array" },
  "from-env-file": { type: "array" },
  type: { type: "string" },
  tcp: { type: "list" },
  clusterip: { type: "string" },
  "node-port": { type: "int" },
} as const;

const configMap = creator("v1", "ConfigMap", true, (session) => {
  const data = dataOf(session);
  return Object.keys(data).length > 0 ? { data } : {};
});
const secret = creator("v1", "Secret", true, (session) => {
  const data = Object.fromEntries(Object.entries(dataOf(session)).map(([key, value]) => [key, base64(value)]));
  const type = session.args.text("type");
  return { ...(Object.keys(data).length > 0 && { data }), ...(type && { type }) };
});
const namespace = creator("v1", "Namespace", false, () => ({ spec: {}, status: {} }));
const serviceAccount = creator("v1", "ServiceAccount", true, () => ({}));

function service(type: string): CommandEntry["run"] {
  return creator("v1", "Service", true, ({ args }, name) => {
    const ports = args.all("tcp").map((pair) => {
      const [port = "", target = port] = pair.split(":");
      if (!/^\d+$/.test(port)) fail(`invalid port: ${port}`);
      return {
        name: pair.replace(":", "-"),
        protocol: "TCP",
        port: Number(port),
        targetPort: /^\d+$/.test(target) ? Number(target) : target,
      };
    });
    if (ports.length === 0) fail("at least one tcp port specifier must be provided");
    return {
      metadata: { labels: { app: name } },
      spec: { ports, selector: { app: name }, type },
      status: { loadBalancer: {} },
    };
  });
}

export const createCommands: readonly (readonly [string, CommandEntry])[] = (
  [
    ["create configmap", configMap],
    ["create cm", configMap],
    ["create secret generic", secret],
    ["create namespace", namespace],
    ["create ns", namespace],
    ["create serviceaccount", serviceAccount],
    ["create sa", serviceAccount],
    ["create service clusterip", service("ClusterIP")],
    ["create service nodeport", service("NodePort")],
    ["create svc clusterip", service("ClusterIP")],
  ] as const
).map(([words, run]) => [words, { flags: dataFlags, run }] as const);
