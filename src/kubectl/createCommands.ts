/** `kubectl create KIND NAME`: the objects that it makes from flags. */
import { kindNamed, notSimulated } from "../cluster/api/kinds.ts";
import { statusText } from "../cluster/api/status.ts";
import { withLastApplied } from "../cluster/api/manifestItems.ts";
import type { ApiObject } from "./client.ts";
import { base64 } from "./base64.ts";
import type { CommandEntry } from "./commandEntry.ts";
import { dataFlags, dataOf, type DataWords } from "./dataSources.ts";
import { fail, Failure } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { printerOf } from "./output.ts";
import { objectName } from "./resourceTypes.ts";
import { createToken, tokenFlags } from "./serviceAccountToken.ts";
import {
  accepted,
  dryRunOf,
  dryRunSuffix,
  outputFlags,
  type Session,
  usageError,
  validateFlags,
  withoutManagedFields,
  writeFlags,
} from "./session.ts";

type Document = Record<string, unknown>;

interface Generator {
  /** After `create `. */
  readonly name: string;
  readonly about: string;
  readonly usage: string;
  readonly flags: FlagTable;
  readonly apiVersion: string;
  readonly kind: string;
  /** Of the kind's own words before a refusal: `failed to create configmap: `; undefined: the server's form. */
  readonly failing?: string;
  /** The fields after metadata, in the order of the Go structure; `metadata` adds labels. */
  make(session: Session, name: string): Document;
}

const commonFlags: FlagTable = { ...outputFlags, ...writeFlags, ...validateFlags, "save-config": { type: "bool" } };
const text = { type: "string" } as const;
const bool = { type: "bool" } as const;

const configMapWords: DataWords = {
  invalidKey: (key, why) => `${JSON.stringify(key)} is not a valid key name for a ConfigMap: ${why}`,
  twice: (key) =>
    `cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ConfigMap`,
  envFolder: "env config file cannot be a directory",
};
const secretWords: DataWords = {
  invalidKey: (key, why) => `${JSON.stringify(key)} is not valid key name for a Secret ${why}`,
  twice: (key) => `cannot add key ${key}, another key by that name already exists`,
  envFolder: "env secret file cannot be a directory",
};

function encoded(data: Record<string, string>): Document {
  const entries = Object.entries(data).map(([key, value]) => [key, base64(value)]);
  return entries.length > 0 ? { data: Object.fromEntries(entries) } : {};
}

function refuseMixedSources({ args }: Session): void {
  if (args.has("from-env-file") && (args.has("from-file") || args.has("from-literal")))
    fail("from-env-file cannot be combined with from-file or from-literal");
  if (args.on("append-hash")) fail("--append-hash is not simulated");
}

function readKey({ io }: Session, path: string): string {
  return io.readFile(path) ?? fail(`open ${path}: no such file or directory`);
}

function portsOf({ args }: Session, none = "at least one tcp port specifier must be provided"): Document[] {
  const nodePort = args.number("node-port") ?? 0;
  const ports = args.all("tcp").map((pair) => {
    const [port = "", target = port] = pair.split(":");
    if (!/^\d+$/.test(port) || Number(port) > 65535)
      fail(
        `strconv.ParseUint: parsing ${JSON.stringify(port)}: ${/^\d+$/.test(port) ? "value out of range" : "invalid syntax"}`,
      );
    if (/^\d+$/.test(target) && (Number(target) < 1 || Number(target) > 65535))
      fail("must be between 1 and 65535, inclusive");
    return {
      name: pair.replaceAll(":", "-"),
      protocol: "TCP",
      port: Number(port),
      targetPort: /^\d+$/.test(target) ? Number(target) : target,
      ...(nodePort > 0 && { nodePort }),
    };
  });
  if (ports.length === 0 && none !== "") fail(none);
  return ports;
}

function serviceOf(type: string, spec: (session: Session) => Document): Generator["make"] {
  return (session, name) => {
    const { ports = [], ...more } = spec(session) as { ports?: Document[] };
    return {
      metadata: { labels: { app: name } },
      spec: { ...(ports.length > 0 && { ports }), selector: { app: name }, ...more, type },
      status: { loadBalancer: {} },
    };
  };
}

const tcp: FlagTable = { tcp: { type: "list" } };

/** `cpu=1,memory=2Gi` */
function quantities(list: string): Document {
  return Object.fromEntries(
    list.split(",").map((pair) => {
      const parts = pair.split("=");
      if (parts.length !== 2) return fail(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
      return parts as [string, string];
    }),
  );
}

const generators: readonly Generator[] = [
  {
    name: "configmap",
    about: "Make a ConfigMap of literals, files, folders or env files",
    usage: "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    flags: dataFlags,
    apiVersion: "v1",
    kind: "ConfigMap",
    failing: "failed to create configmap: ",
    make(session, name) {
      refuseMixedSources(session);
      const words = {
        ...configMapWords,
        twice: (key: string) => `${configMapWords.twice(key)} ${JSON.stringify(name)}`,
      };
      const data = dataOf(session, words);
      return Object.keys(data).length > 0 ? { data } : {};
    },
  },
  {
    name: "secret generic",
    about: "Make a Secret of literals, files, folders or env files",
    usage:
      "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    flags: { ...dataFlags, type: text },
    apiVersion: "v1",
    kind: "Secret",
    failing: "failed to create secret ",
    make(session) {
      refuseMixedSources(session);
      const type = session.args.text("type");
      return { ...encoded(dataOf(session, secretWords)), ...(type && { type }) };
    },
  },
  {
    name: "secret tls",
    about: "Make a Secret of a certificate and its key",
    usage: "NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]",
    flags: { cert: text, key: text, "append-hash": bool },
    apiVersion: "v1",
    kind: "Secret",
    failing: "failed to create secret ",
    make(session) {
      const { args } = session;
      const [cert, key] = [args.text("cert"), args.text("key")];
      if (!cert || !key) return fail("key and cert must be specified");
      const certificate = readKey(session, cert);
      const secret = readKey(session, key);
      if (!/-----BEGIN CERTIFICATE-----/.test(certificate))
        return fail("tls: failed to find any PEM data in certificate input");
      if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(secret))
        return fail("tls: failed to find any PEM data in key input");
      return { ...encoded({ "tls.crt": certificate, "tls.key": secret }), type: "kubernetes.io/tls" };
    },
  },
  {
    name: "secret docker-registry",
    about: "Make a Secret with which images are pulled from a registry",
    usage:
      "NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]",
    flags: {
      "docker-username": text,
      "docker-password": text,
      "docker-email": text,
      "docker-server": { type: "string", usual: "https://index.docker.io/v1/" },
      "from-file": { type: "list" },
      "append-hash": bool,
    },
    apiVersion: "v1",
    kind: "Secret",
    failing: "failed to create secret ",
    make(session) {
      const { args } = session;
      const type = "kubernetes.io/dockerconfigjson";
      if (args.has("from-file")) return { ...encoded(dataOf(session, secretWords)), type };
      const [username, password] = [args.text("docker-username"), args.text("docker-password")];
      const server = args.text("docker-server") ?? "https://index.docker.io/v1/";
      if (!username || !password || !server)
        return fail(
          "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        );
      const email = args.text("docker-email");
      const entry = { username, password, ...(email && { email }), auth: base64(`${username}:${password}`) };
      return { ...encoded({ ".dockerconfigjson": JSON.stringify({ auths: { [server]: entry } }) }), type };
    },
  },
  {
    name: "namespace",
    about: "Make a namespace",
    usage: "NAME [--dry-run=server|client|none]",
    flags: {},
    apiVersion: "v1",
    kind: "Namespace",
    make: () => ({ spec: {}, status: {} }),
  },
  {
    name: "serviceaccount",
    about: "Make a ServiceAccount",
    usage: "NAME [--dry-run=server|client|none]",
    flags: {},
    apiVersion: "v1",
    kind: "ServiceAccount",
    failing: "failed to create serviceaccount: ",
    make: () => ({}),
  },
  {
    name: "service clusterip",
    about: "Make a Service that is reached inside the cluster",
    usage: "NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]",
    flags: { ...tcp, clusterip: text },
    apiVersion: "v1",
    kind: "Service",
    failing: "failed to create ClusterIP service: ",
    make: serviceOf("ClusterIP", (session) => {
      const clusterIP = session.args.text("clusterip");
      const ports = portsOf(session, clusterIP === "None" ? "" : undefined);
      return { ports, ...(clusterIP && { clusterIP }) };
    }),
  },
  {
    name: "service nodeport",
    about: "Make a Service that is reached through a port of each node",
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    flags: { ...tcp, "node-port": { type: "int" } },
    apiVersion: "v1",
    kind: "Service",
    failing: "failed to create NodePort service: ",
    make: serviceOf("NodePort", (session) => ({ ports: portsOf(session) })),
  },
  {
    name: "service loadbalancer",
    about: "Make a Service that asks for a load balancer",
    usage: "NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    flags: tcp,
    apiVersion: "v1",
    kind: "Service",
    failing: "failed to create LoadBalancer service: ",
    make: serviceOf("LoadBalancer", (session) => ({ ports: portsOf(session) })),
  },
  {
    name: "service externalname",
    about: "Make a Service that is another name for a host outside",
    usage: "NAME --external-name external.name [--dry-run=server|client|none]",
    flags: { ...tcp, "external-name": { type: "string", required: true } },
    apiVersion: "v1",
    kind: "Service",
    failing: "failed to create ExternalName service: ",
    make: serviceOf("ExternalName", (session) => {
      const externalName = session.args.text("external-name")!;
      if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\.?$/.test(externalName))
        return fail(`invalid service external name ${externalName}`);
      return { ports: portsOf(session, ""), externalName };
    }),
  },
  {
    name: "quota",
    about: "Make a ResourceQuota: what a namespace may use in all",
    usage: "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]",
    flags: { hard: text, scopes: text },
    apiVersion: "v1",
    kind: "ResourceQuota",
    failing: "failed to create quota: ",
    make({ args }) {
      const hard = args.text("hard");
      const scopes = args.text("scopes");
      if (scopes?.split(",").includes("")) return fail('invalid resource quota scope ""');
      return {
        spec: { ...(hard && { hard: quantities(hard) }), ...(scopes && { scopes: scopes.split(",") }) },
        status: {},
      };
    },
  },
  {
    name: "priorityclass",
    about: "Make a PriorityClass: how important Pods are to the scheduler",
    usage: "NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]",
    flags: {
      value: { type: "int" },
      "global-default": bool,
      description: text,
      "preemption-policy": { type: "string", usual: "PreemptLowerPriority" },
    },
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    failing: "failed to create priorityclass: ",
    make({ args }) {
      const description = args.text("description");
      return {
        value: args.number("value") ?? 0,
        ...(args.on("global-default") && { globalDefault: true }),
        ...(description && { description }),
        preemptionPolicy: args.text("preemption-policy") ?? "PreemptLowerPriority",
      };
    },
  },
  {
    name: "deployment",
    about: "Write a Deployment (only with --dry-run=client: Deployments are not simulated)",
    usage: "NAME --image=image -- [COMMAND] [args...]",
    flags: { image: { type: "list", required: true }, port: { type: "int" }, replicas: { type: "int", usual: "1" } },
    apiVersion: "apps/v1",
    kind: "Deployment",
    make({ args }, name) {
      const command = args.words.slice(1);
      const images = args.all("image");
      if (images.length > 1 && command.length > 0) return fail("cannot specify multiple --image options and command");
      const port = args.number("port");
      const labels = { app: name };
      const containers = images.map((image) => ({
        name: containerNameOf(image),
        image,
        ...(command.length > 0 && { command }),
        ...(port !== undefined && { ports: [{ containerPort: port }] }),
        resources: {},
      }));
      return {
        metadata: { labels },
        spec: {
          replicas: args.number("replicas") ?? 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers } },
          strategy: {},
        },
        status: {},
      };
    },
  },
  {
    name: "job",
    about: "Write a Job (only with --dry-run=client: Jobs are not simulated)",
    usage: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
    flags: { image: text, from: text },
    apiVersion: "batch/v1",
    kind: "Job",
    make({ args }, name) {
      const image = args.text("image");
      if (args.has("from")) return fail("kind CronJob is not simulated, so no Job can be made from one");
      if (!image) return fail("either --image or --from must be specified");
      const command = args.words.slice(1);
      const container = { name, image, ...(command.length > 0 && { command }), resources: {} };
      const template = { metadata: {}, spec: { containers: [container], restartPolicy: "Never" } };
      return { spec: { template }, status: {} };
    },
  },
  {
    name: "cronjob",
    about: "Write a CronJob (only with --dry-run=client: CronJobs are not simulated)",
    usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
    flags: { image: { type: "string", required: true }, schedule: { type: "string", required: true }, restart: text },
    apiVersion: "batch/v1",
    kind: "CronJob",
    make({ args }, name) {
      const command = args.words.slice(1);
      const container = { name, image: args.text("image"), ...(command.length > 0 && { command }), resources: {} };
      const spec = { containers: [container], restartPolicy: args.text("restart") || "OnFailure" };
      const jobTemplate = { metadata: { name }, spec: { template: { metadata: {}, spec } } };
      return { spec: { schedule: args.text("schedule"), jobTemplate }, status: {} };
    },
  },
];

/** `registry.example/team/nginx:1.27@sha256:…` → `nginx` */
function containerNameOf(image: string): string {
  const last = image.slice(image.lastIndexOf("/") + 1);
  return last.replace(/[:@].*$/, "").replaceAll("_", "-");
}

function runGenerator({ apiVersion, kind, failing, make }: Generator): CommandEntry["run"] {
  return function* (session) {
    const { args, io, client, namespace } = session;
    const [name] = args.words;
    const commandLike = ["Deployment", "Job", "CronJob"].includes(kind);
    const named = commandLike && args.dash >= 0 ? args.dash : args.words.length;
    if (!name || (named !== 1 && !(commandLike && args.dash === 1)))
      return usageError(session, `exactly one NAME is required, got ${named}`);
    const dry = dryRunOf(session);
    const print = printerOf(session, dry === "client");
    const info = kindNamed(kind)!;
    const place = info.namespaced && (args.has("namespace") || dry !== "client") ? { namespace } : {};
    const { metadata, ...fields } = make(session, name) as { metadata?: Document };
    let document: Document = { kind, apiVersion, metadata: { name, ...place, ...metadata }, ...fields };
    if (dry !== "client" && !info.simulated) return fail(notSimulated(info));
    if (args.on("save-config")) document = withLastApplied(document);
    const object = dry === "client" ? (document as unknown as ApiObject) : created();
    io.out(
      print ? print([withoutManagedFields(object)], false) : `${objectName(info, name)} created${dryRunSuffix[dry]}\n`,
    );
    return 0;

    function created(): ApiObject {
      const answer = client.create(document, { dryRun: dry === "server" });
      if ("status" in answer && failing !== undefined)
        throw new Failure(`error: ${failing}${answer.status.message || statusText(answer.status)}`);
      return accepted(session, answer);
    }
  };
}

/** Kinds that `create` knows and the course does not simulate, in any form. */
const refused: readonly (readonly [name: string, kind: string])[] = [
  ["clusterrole", "ClusterRole"],
  ["clusterrolebinding", "ClusterRoleBinding"],
  ["role", "Role"],
  ["rolebinding", "RoleBinding"],
  ["ingress", "Ingress"],
  ["poddisruptionbudget", "PodDisruptionBudget"],
];

export const createCommands: readonly (readonly [string, CommandEntry])[] = [
  ...generators.map((generator): readonly [string, CommandEntry] => [
    `create ${generator.name}`,
    {
      about: generator.about,
      usage: generator.usage,
      flags: { ...commonFlags, ...generator.flags },
      run: runGenerator(generator),
    },
  ]),
  [
    "create token",
    {
      about: "Ask for a token of a ServiceAccount",
      usage: "SERVICE_ACCOUNT_NAME",
      flags: tokenFlags,
      run: createToken,
    },
  ],
  ...refused.map(([name, kind]): readonly [string, CommandEntry] => [
    `create ${name}`,
    {
      about: `(not simulated: ${kind})`,
      usage: "NAME",
      flags: { ...commonFlags, ...refusedFlags() },
      *run() {
        return fail(notSimulated(kindNamed(kind)!));
      },
    },
  ]),
];

function refusedFlags(): FlagTable {
  const lists = ["verb", "resource", "resource-name", "user", "group", "serviceaccount", "rule", "annotation"];
  const texts = [
    "class",
    "clusterrole",
    "role",
    "default-backend",
    "selector",
    "min-available",
    "max-unavailable",
    "non-resource-url",
    "aggregation-rule",
  ];
  return {
    ...Object.fromEntries(lists.map((name) => [name, { type: "list" } as const])),
    ...Object.fromEntries(texts.map((name) => [name, text])),
  };
}
