/** The tree of kubectl's commands: which words name one, and in which order the help shows them. */
import {
  apply,
  applyFlags,
  editLastApplied,
  setLastApplied,
  setLastAppliedFlags,
  viewLastApplied,
  viewLastAppliedFlags,
} from "./applyCommand.ts";
import { clusterCommands } from "./clusterCommands.ts";
import type { CommandEntry } from "./commandEntry.ts";
import { configCommands } from "./configCommands.ts";
import { cp, cpFlags } from "./cpCommand.ts";
import { createCommands } from "./createCommands.ts";
import { debug, debugFlags } from "./debugCommand.ts";
import { deleteFlags, remove } from "./deleteCommand.ts";
import { describe, describeFlags } from "./describeCommand.ts";
import { diff, diffFlags } from "./diffCommand.ts";
import { edit, editFlags } from "./editCommand.ts";
import { events, eventsFlags } from "./eventsCommand.ts";
import { attach, attachFlags, exec, execFlags } from "./execCommands.ts";
import { explain, explainFlags } from "./explain.ts";
import { expose, exposeFlags } from "./exposeCommand.ts";
import { createFlags, createFromFiles, replace, replaceFlags } from "./fileCommands.ts";
import type { FlagTable } from "./flags.ts";
import { get, getFlags } from "./getCommand.ts";
import { annotate, keyValueFlags, label } from "./keyValueCommands.ts";
import { logs, logsFlags } from "./logsCommand.ts";
import { cordon, cordonFlags, drain, drainFlags, taint, taintFlags } from "./nodeCommands.ts";
import { patch, patchFlags } from "./patchCommand.ts";
import { portForward, portForwardFlags } from "./portForwardCommand.ts";
import { run, runFlags } from "./runCommand.ts";
import {
  setEnv,
  setEnvFlags,
  setImage,
  setImageFlags,
  setResources,
  setResourcesFlags,
  setSelector,
  setSelectorFlags,
  setServiceAccount,
  setSubject,
} from "./setCommands.ts";
import { waitFlags, waitFor } from "./waitCommand.ts";
import { autoscale, autoscaleFlags, rollout, rolloutFlags, scale, scaleFlags } from "./workloadCommands.ts";

export type { CommandEntry };

const entry = (
  about: string,
  usage: string,
  flags: FlagTable,
  run: CommandEntry["run"],
  examples: readonly string[] = [],
): CommandEntry => ({ about, usage, flags, run, examples });

const rolloutOf = (about: string, verb: string): CommandEntry =>
  entry(
    `${about} (only what has roll-outs, which is not simulated)`,
    "(TYPE NAME | TYPE/NAME)",
    rolloutFlags,
    rollout(verb),
  );

/** By the words after `kubectl`: `get`, `set image`. */
export const commands: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  [
    "get",
    entry(
      "Show objects",
      "(TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
      getFlags,
      get,
      [
        "kubectl get pods",
        "kubectl get pods -o wide -w",
        "kubectl get pod web -o yaml",
        "kubectl get pods -l app=web -o jsonpath='{.items[*].status.podIP}'",
      ],
    ),
  ],
  [
    "describe",
    entry(
      "Show one object in detail, with its events",
      "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
      describeFlags,
      describe,
      ["kubectl describe pod web", "kubectl describe node minikube"],
    ),
  ],
  [
    "create",
    entry("Make an object from a file, or from flags", "-f FILENAME", createFlags, createFromFiles, [
      "kubectl create -f pod.yaml",
      "kubectl create configmap settings --from-literal=mode=fast",
    ]),
  ],
  ...createCommands,
  [
    "apply",
    entry(
      "Make objects, or change them, until they are as a file says",
      "(-f FILENAME | -k DIRECTORY)",
      applyFlags,
      apply,
      ["kubectl apply -f pod.yaml", "kubectl apply -f - < pod.yaml"],
    ),
  ],
  [
    "apply view-last-applied",
    entry(
      "Show the file that was applied last",
      "(TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
      viewLastAppliedFlags,
      viewLastApplied,
    ),
  ],
  [
    "apply set-last-applied",
    entry("Say which file shall count as applied last", "-f FILENAME", setLastAppliedFlags, setLastApplied),
  ],
  [
    "apply edit-last-applied",
    entry(
      "Edit the file that counts as applied last",
      "(RESOURCE/NAME | -f FILENAME)",
      viewLastAppliedFlags,
      editLastApplied,
    ),
  ],
  [
    "replace",
    entry("Put a file in the place of an object", "-f FILENAME", replaceFlags, replace, [
      "kubectl replace -f pod.yaml",
      "kubectl replace --force -f pod.yaml",
    ]),
  ],
  [
    "delete",
    entry(
      "Delete objects by name, label or file",
      "([-f FILENAME] | TYPE [(NAME | -l label | --all)])",
      deleteFlags,
      remove,
      ["kubectl delete pod web", "kubectl delete pods --all", "kubectl delete pod web --grace-period=0 --force"],
    ),
  ],
  [
    "edit",
    entry("Change an object in your editor", "(RESOURCE/NAME | -f FILENAME)", editFlags, edit, [
      "kubectl edit pod web",
    ]),
  ],
  [
    "patch",
    entry(
      "Change some fields of an object",
      "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
      patchFlags,
      patch,
      [`kubectl patch pod web -p '{"spec":{"containers":[{"name":"web","image":"nginx:1.27"}]}}'`],
    ),
  ],
  [
    "run",
    entry(
      "Start a Pod with one container of an image",
      'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
      runFlags,
      run,
      [
        "kubectl run web --image=nginx",
        "kubectl run once -i --rm --restart=Never --image=busybox:1.28 -- echo hello",
        "kubectl run web --image=nginx --dry-run=client -o yaml",
      ],
    ),
  ],
  [
    "expose",
    entry(
      "Make a Service for a Pod",
      "(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]",
      exposeFlags,
      expose,
      ["kubectl expose pod web --port=80"],
    ),
  ],
  [
    "label",
    entry(
      "Set or take away labels",
      "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
      keyValueFlags,
      label,
      ["kubectl label pod web tier=front", "kubectl label pod web tier-"],
    ),
  ],
  [
    "annotate",
    entry(
      "Set or take away annotations",
      "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
      keyValueFlags,
      annotate,
      ["kubectl annotate pod web note='checked today'"],
    ),
  ],
  [
    "set image",
    entry(
      "Change the images of containers",
      "(-f FILENAME | TYPE NAME) CONTAINER_NAME_1=CONTAINER_IMAGE_1 ... CONTAINER_NAME_N=CONTAINER_IMAGE_N",
      setImageFlags,
      setImage,
      ["kubectl set image pod/web web=nginx:1.27"],
    ),
  ],
  [
    "set env",
    entry(
      "Change the environment variables of a Pod template",
      "RESOURCE/NAME KEY_1=VAL_1 ... KEY_N=VAL_N",
      setEnvFlags,
      setEnv,
    ),
  ],
  [
    "set resources",
    entry(
      "Change requests and limits",
      "(-f FILENAME | TYPE NAME) ([--limits=LIMITS & --requests=REQUESTS]",
      setResourcesFlags,
      setResources,
    ),
  ],
  [
    "set selector",
    entry(
      "Change what a Service selects",
      "(-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
      setSelectorFlags,
      setSelector,
    ),
  ],
  [
    "set serviceaccount",
    entry(
      "Change the ServiceAccount of a Pod template",
      "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
      setImageFlags,
      setServiceAccount,
    ),
  ],
  [
    "set subject",
    entry(
      "Change whom a binding names (not simulated)",
      "(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname]",
      { ...setImageFlags, user: { type: "list" }, group: { type: "list" }, serviceaccount: { type: "list" } },
      setSubject,
    ),
  ],
  [
    "logs",
    entry("Show what a container has written", "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]", logsFlags, logs, [
      "kubectl logs web",
      "kubectl logs web -c side --previous",
      "kubectl logs -f web --since=1m",
    ]),
  ],
  [
    "exec",
    entry(
      "Run a command in a container",
      "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
      execFlags,
      exec,
      ["kubectl exec web -- date", "kubectl exec -it web -- sh"],
    ),
  ],
  [
    "attach",
    entry("Connect to a container's first process", "(POD | TYPE/NAME) -c CONTAINER", attachFlags, attach, [
      "kubectl attach web -i",
    ]),
  ],
  [
    "cp",
    entry("Copy files to and from containers", "<file-spec-src> <file-spec-dest>", cpFlags, cp, [
      "kubectl cp notes.txt web:/tmp/notes.txt",
      "kubectl cp web:/etc/hosts hosts",
    ]),
  ],
  [
    "port-forward",
    entry(
      "Open a local port that leads into a Pod",
      "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
      portForwardFlags,
      portForward,
      ["kubectl port-forward pod/web 8080:80"],
    ),
  ],
  [
    "debug",
    entry(
      "Look into a Pod or a node with a container of your own",
      "(POD | TYPE[[.VERSION].GROUP]/NAME) [ -- COMMAND [args...] ]",
      debugFlags,
      debug,
      [
        "kubectl debug -it web --image=busybox:1.28 --target=web",
        "kubectl debug web --copy-to=web-copy --image=busybox:1.28 -- sleep 1d",
        "kubectl debug node/minikube --image=busybox:1.28",
      ],
    ),
  ],
  [
    "events",
    entry(
      "Show events in the order of time",
      "[(-o|--output=)json|yaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonpath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
      eventsFlags,
      events,
      ["kubectl events --for pod/web --watch"],
    ),
  ],
  [
    "wait",
    entry(
      "Wait until objects are as you say",
      "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
      waitFlags,
      waitFor,
      ["kubectl wait --for=condition=Ready pod/web --timeout=60s", "kubectl wait --for=delete pod/web"],
    ),
  ],
  [
    "explain",
    entry(
      "Say what the fields of a type mean",
      "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]",
      explainFlags,
      explain,
      ["kubectl explain pod.spec.containers.livenessProbe"],
    ),
  ],
  [
    "diff",
    entry("Show what applying a file would change", "-f FILENAME", diffFlags, diff, ["kubectl diff -f pod.yaml"]),
  ],
  ["cordon", entry("Let no more Pods onto a node", "NODE", cordonFlags, cordon(true))],
  ["uncordon", entry("Let Pods onto a node again", "NODE", cordonFlags, cordon(false))],
  [
    "drain",
    entry("Move all Pods away from a node", "NODE", drainFlags, drain, [
      "kubectl drain minikube --force --delete-emptydir-data",
    ]),
  ],
  [
    "taint",
    entry(
      "Set or take away taints of nodes",
      "NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N",
      taintFlags,
      taint,
      ["kubectl taint node minikube only=me:NoSchedule", "kubectl taint node minikube only-"],
    ),
  ],
  [
    "scale",
    entry(
      "Change how many replicas there are (what has replicas is not simulated)",
      "[--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
      scaleFlags,
      scale,
    ),
  ],
  [
    "autoscale",
    entry(
      "Let replicas follow the load (not simulated)",
      "(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS",
      autoscaleFlags,
      autoscale,
    ),
  ],
  ["rollout history", rolloutOf("Show earlier revisions", "history")],
  ["rollout pause", rolloutOf("Stop a roll-out for a while", "pause")],
  ["rollout restart", rolloutOf("Replace all Pods", "restart")],
  ["rollout resume", rolloutOf("Go on with a roll-out", "resume")],
  ["rollout status", rolloutOf("Say how far a roll-out is", "status")],
  ["rollout undo", rolloutOf("Go back to an earlier revision", "undo")],
  ...clusterCommands,
  ...configCommands,
]);

/** Words that stand for others. */
const aliases: Readonly<Record<string, string>> = {
  "create cm": "create configmap",
  "create ns": "create namespace",
  "create sa": "create serviceaccount",
  "create svc": "create service",
  "create resourcequota": "create quota",
  "create pc": "create priorityclass",
  "create deploy": "create deployment",
  "create cj": "create cronjob",
  "create ing": "create ingress",
  "create pdb": "create poddisruptionbudget",
  "set sa": "set serviceaccount",
  "top pods": "top pod",
  "top po": "top pod",
  "top nodes": "top node",
  "top no": "top node",
  "config use": "config use-context",
  log: "logs",
  resize: "scale",
};

/** Commands that only hold others, and what they are about. */
export const groups: Readonly<Record<string, string>> = {
  "create secret": "Make a Secret of one of three types.",
  "create service": "Make a Service of one of four types.",
  set: "Change one thing about objects that exist.",
  rollout: "Look after roll-outs of Deployments and the like, which are not simulated.",
  top: "Show what Pods or nodes use; this cluster has no metrics server.",
  auth: "Ask about permissions.",
  certificate: "Approve or deny certificate signing requests.",
  config: "Change the kubeconfig: clusters, users, contexts.",
  plugin: "Work with plugins, of which there are none here.",
};

/** kubectl's own sections. */
export const rootSections: readonly (readonly [title: string, names: readonly string[]])[] = [
  ["Basic Commands (Beginner)", ["create", "expose", "run", "set"]],
  ["Basic Commands (Intermediate)", ["explain", "get", "edit", "delete"]],
  ["Deploy Commands", ["rollout", "scale", "autoscale"]],
  ["Cluster Management Commands", ["certificate", "cluster-info", "top", "cordon", "uncordon", "drain", "taint"]],
  [
    "Troubleshooting and Debugging Commands",
    ["describe", "logs", "attach", "exec", "port-forward", "proxy", "cp", "auth", "debug", "events"],
  ],
  ["Advanced Commands", ["diff", "apply", "patch", "replace", "wait", "kustomize"]],
  ["Settings Commands", ["label", "annotate", "completion"]],
  ["Other Commands", ["api-resources", "api-versions", "config", "plugin", "version"]],
];

/** The full name after one more word, or undefined: the word is none of `name`'s commands. */
export function commandNames(name: string, word: string): string | undefined {
  const whole = name === "" ? word : `${name} ${word}`;
  if (whole === "help") return whole;
  const meant = aliases[whole] ?? whole;
  return commands.has(meant) || meant in groups ? meant : undefined;
}

export function findEntry(name: string): CommandEntry | undefined {
  return commands.get(name);
}

/** The last words, sorted. */
export function subcommandsOf(name: string): string[] {
  const depth = name === "" ? 1 : name.split(" ").length + 1;
  const all = [...commands.keys(), ...Object.keys(groups)];
  const inner = all
    .filter((one) => (name === "" || one.startsWith(`${name} `)) && !(one in aliases))
    .map((one) => one.split(" ")[depth - 1]!);
  return [...new Set(inner)].sort();
}
