/** Commands about the cluster and about kubectl itself: `version`, `cluster-info`, `auth`, `top`, `completion` and the like. */
import type { Task } from "../time/task.ts";
import { apiResources, apiResourcesFlags, apiVersions } from "./apiResources.ts";
import type { CommandEntry } from "./commandEntry.ts";
import { fail, Failure } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { optionsHelp } from "./help.ts";
import { serverAddress } from "./kubeconfig.ts";
import { findResource } from "./resourceTypes.ts";
import { findObjects, outputFlags, resourceFlags, type Session, usageError } from "./session.ts";
import { TableWriter } from "./table.ts";
import { toJson, toYaml } from "./yamlPrinter.ts";

const bool = { type: "bool" } as const;
const text = { type: "string" } as const;

const kubernetesVersion = "v1.36.2";
const kustomizeVersion = "v5.8.1";

const build = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: kubernetesVersion,
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "",
  goVersion: "",
  compiler: "gc",
  platform: "linux/amd64",
};

function* version({ args, io }: Session): Task<number> {
  if (args.words.length > 0) return fail(`extra arguments: [${args.words.join(" ")}]`);
  const output = args.text("output") ?? "";
  if (!["", "yaml", "json"].includes(output)) return fail("--output must be 'yaml' or 'json'");
  const withServer = !args.on("client");
  if (output === "") {
    io.out(`Client Version: ${kubernetesVersion}\nKustomize Version: ${kustomizeVersion}\n`);
    if (withServer) io.out(`Server Version: ${kubernetesVersion}\n`);
    return 0;
  }
  const {
    emulationMajor: _,
    emulationMinor: __,
    minCompatibilityMajor: ___,
    minCompatibilityMinor: ____,
    ...client
  } = build;
  const all = { clientVersion: client, kustomizeVersion, ...(withServer && { serverVersion: build }) };
  io.out(
    output === "json"
      ? toJson(all, false).replace(/^( {4})+/gm, (pad) => " ".repeat(pad.length / 2))
      : `${toYaml(all)}\n`,
  );
  return 0;
}

function* clusterInfo(session: Session): Task<number> {
  const { io, client } = session;
  io.out(
    `Kubernetes control plane is running at ${serverAddress(client)}\n\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n`,
  );
  return 0;
}

const topFlags: FlagTable = {
  ...resourceFlags,
  containers: bool,
  "no-headers": bool,
  "show-capacity": bool,
  "show-swap": bool,
  "sort-by": text,
  sum: bool,
  "use-protocol-buffers": { type: "bool", usual: "true" },
};

function top(subject: string, needs: string) {
  return function* (session: Session): Task<number> {
    const { args } = session;
    const sortBy = args.text("sort-by") ?? "";
    if (!["", "cpu", "memory"].includes(sortBy)) return fail("--sort-by accepts only cpu or memory");
    if (args.words.length > 1) return usageError(session, subject);
    if (args.words.length > 0 && args.text("selector")) return fail(`only one of NAME or ${needs} can be provided`);
    // There is no metrics server in the cluster.
    return fail("Metrics API not available");
  };
}

/** Names that are no resources and that may be asked about all the same (cmd/auth/cani.go). */
const otherNames = new Set(["users", "groups"]);

/** The user is the cluster's administrator; nobody else has been given anything. */
function* canI(session: Session): Task<number> {
  const { args, io } = session;
  const allowed = !args.has("as") || args.all("as-group").includes("system:masters");
  if (args.on("list")) {
    if (args.words.length > 0) return fail("list option must be specified with no arguments");
    if (args.on("quiet") || args.on("all-namespaces") || args.text("subresource"))
      return fail("list option can't be specified with neither quiet, all-namespaces nor subresource options");
    io.out(rulesTable(allowed, args.on("no-headers")));
    return 0;
  }
  if (args.on("no-headers")) return fail("--no-headers cannot be set without --list specified");
  if (args.words.length !== 2)
    return fail(
      "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
    );
  const [, what = ""] = args.words;
  if (what.startsWith("/")) {
    if (args.text("subresource")) return fail("--subresource can not be used with NonResourceURL");
  } else {
    const [resource = ""] = what.split("/");
    const info = resource === "*" ? undefined : findResource(resource);
    const [name = "", ...group] = resource.split(".");
    if (resource !== "*" && !info && !otherNames.has(resource))
      io.err(
        `Warning: the server doesn't have a resource type '${name}'${group.length > 0 ? ` in group '${group.join(".")}'` : ""}\n\n`,
      );
    if (info && !info.namespaced && !args.on("all-namespaces")) {
      const where = info.apiVersion.includes("/") ? ` in group '${info.apiVersion.split("/")[0]}'` : "";
      io.err(`Warning: resource '${info.resource}' is not namespace scoped${where}\n\n`);
    }
  }
  if (!args.on("quiet")) io.out(allowed ? "yes\n" : "no\n");
  return allowed ? 0 : 1;
}

function rulesTable(allowed: boolean, noHeaders: boolean): string {
  const paths = [
    "/api/*",
    "/api",
    "/apis/*",
    "/apis",
    "/healthz",
    "/livez",
    "/openapi/*",
    "/openapi",
    "/readyz",
    "/version/",
    "/version",
  ];
  const rows = [
    ...(allowed
      ? [
          ["*.*", "[]", "[]", "[*]"],
          ["", "[*]", "[]", "[*]"],
        ]
      : []),
    ["selfsubjectreviews.authentication.k8s.io", "[]", "[]", "[create]"],
    ["selfsubjectaccessreviews.authorization.k8s.io", "[]", "[]", "[create]"],
    ["selfsubjectrulesreviews.authorization.k8s.io", "[]", "[]", "[create]"],
    ...paths.map((path) => ["", `[${path}]`, "[]", "[get]"]),
  ];
  const header = ["Resources", "Non-Resource URLs", "Resource Names", "Verbs"];
  return new TableWriter().write(noHeaders ? rows : [header, ...rows]);
}

function* whoAmI({ args, io }: Session): Task<number> {
  const username = args.text("as") ?? "minikube-user";
  const groups = args.has("as")
    ? [...args.all("as-group"), "system:authenticated"]
    : ["system:masters", "system:authenticated"];
  const review = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
    metadata: {},
    status: { userInfo: { username, groups } },
  };
  const output = args.text("output") ?? "";
  if (output === "yaml") io.out(toYaml(review));
  else if (output === "json") io.out(toJson(review, false));
  else if (output === "")
    io.out(
      new TableWriter().write([
        ["ATTRIBUTE", "VALUE"],
        ["Username", username],
        ["Groups", `[${groups.join(" ")}]`],
      ]),
    );
  else
    return fail(`unable to match a printer suitable for the output format "${output}", allowed formats are: json,yaml`);
  return 0;
}

const shells = ["bash", "fish", "powershell", "zsh"];

function* completion(session: Session): Task<number> {
  const { args, io } = session;
  const [shell, ...more] = args.words;
  if (shell === undefined) return usageError(session, "Shell not specified.");
  if (more.length > 0) return usageError(session, "Too many arguments. Expected only the shell type.");
  if (!shells.includes(shell)) return usageError(session, `Unsupported shell type ${JSON.stringify(shell)}.`);
  io.out(`# ${shell}: this kubectl lives inside the course, where the Tab key completes its words without a script.\n`);
  return 0;
}

function* options({ io }: Session): Task<number> {
  io.out(optionsHelp());
  return 0;
}

function* pluginList(_session: Session): Task<number> {
  throw new Failure("error: unable to find any kubectl plugins in your PATH");
}

function refusal(why: string) {
  return function* (_session: Session): Task<number> {
    return fail(why);
  };
}

function* certificate(session: Session): Task<number> {
  const { args, io } = session;
  if (args.words.length === 0 && !args.has("filename"))
    return fail("one or more CSRs must be specified as <name> or -f <filename>");
  const { missing } = findObjects(session, ["certificatesigningrequests", ...args.words]);
  if (missing[0]) throw missing[0];
  io.out("No resources found\n");
  return 0;
}

const entry = (about: string, usage: string, flags: FlagTable, run: CommandEntry["run"]): CommandEntry => ({
  about,
  usage,
  flags,
  run,
});

const noKustomize = "kustomizations are not simulated: write the manifests themselves and apply them with -f";

export const clusterCommands: readonly (readonly [string, CommandEntry])[] = [
  [
    "version",
    entry(
      "Show the versions of kubectl and of the cluster",
      "[--client]",
      { client: bool, output: { short: "o", type: "string" } },
      version,
    ),
  ],
  ["cluster-info", entry("Say where the cluster's control plane is", "", {}, clusterInfo)],
  [
    "cluster-info dump",
    entry(
      "Write out much about the cluster (not simulated)",
      "",
      { "output-directory": text, namespaces: { type: "list" }, "all-namespaces": { short: "A", type: "bool" } },
      refusal("cluster-info dump is not simulated: use kubectl get and kubectl describe"),
    ),
  ],
  [
    "api-resources",
    entry("List the types of objects that the server knows", "[flags]", apiResourcesFlags, apiResources),
  ],
  ["api-versions", entry("List the API groups and versions that the server serves", "", {}, apiVersions)],
  [
    "top pod",
    entry(
      "Show what Pods use (needs a metrics server, which this cluster has not)",
      "[NAME | -l label]",
      topFlags,
      top("pod [NAME | -l label]", "selector"),
    ),
  ],
  [
    "top node",
    entry(
      "Show what nodes use (needs a metrics server, which this cluster has not)",
      "[NAME | -l label]",
      topFlags,
      top("node [NAME | -l label]", "--selector"),
    ),
  ],
  [
    "auth can-i",
    entry(
      "Ask whether something is allowed",
      "VERB [TYPE | TYPE/NAME | NONRESOURCEURL]",
      {
        "all-namespaces": { short: "A", type: "bool" },
        list: bool,
        "no-headers": bool,
        quiet: { short: "q", type: "bool" },
        subresource: text,
      },
      canI,
    ),
  ],
  ["auth whoami", entry("Say who you are to the server", "", outputFlags, whoAmI)],
  [
    "auth reconcile",
    entry(
      "Bring roles and bindings up to date (not simulated)",
      "-f FILENAME",
      { filename: { short: "f", type: "list" } },
      refusal("roles and bindings are not simulated"),
    ),
  ],
  [
    "certificate approve",
    entry(
      "Approve a certificate signing request",
      "(-f FILENAME | NAME)",
      { filename: { short: "f", type: "list" }, force: bool },
      certificate,
    ),
  ],
  [
    "certificate deny",
    entry(
      "Deny a certificate signing request",
      "(-f FILENAME | NAME)",
      { filename: { short: "f", type: "list" }, force: bool },
      certificate,
    ),
  ],
  ["completion", entry("Write a script for a shell's Tab key", "SHELL", {}, completion)],
  [
    "kustomize",
    entry(
      "Build manifests from a kustomization (not simulated)",
      "DIR",
      { output: { short: "o", type: "string" } },
      refusal(noKustomize),
    ),
  ],
  [
    "proxy",
    entry(
      "Open the API server on a local port (not simulated)",
      "[--port=PORT]",
      { port: { short: "p", type: "int" }, address: text, "api-prefix": text, www: { short: "w", type: "string" } },
      refusal("the API server has no address here: kubectl is the only way to it"),
    ),
  ],
  ["options", entry("List the flags that every command takes", "", {}, options)],
  ["plugin list", entry("List the plugins on the PATH", "", { "name-only": bool }, pluginList)],
];
