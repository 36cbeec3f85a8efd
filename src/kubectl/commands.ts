/** The table of subcommands. */
import type { Task } from "../time/task.ts";
import { apiResources, canI, cordon, events, expose, setImage } from "./clusterCommands.ts";
import { debug } from "./debug.ts";
import { explain } from "./explain.ts";
import type { FlagTable } from "./flags.ts";
import { get, getFlags } from "./getCommand.ts";
import { describe, describeFlags } from "./describeCommand.ts";
import { exec, logs, remove, run, waitFor } from "./podCommands.ts";
import { clusterInfo, createCommands, currentContext, refuseScale, top, version } from "./otherCommands.ts";
import { fileFlags, outputFlags, resourceFlags, type Session, writeFlags } from "./session.ts";
import { apply, createFromFiles, keyValueCommand, patch, replace } from "./writeCommands.ts";

export interface CommandEntry {
  readonly flags: FlagTable;
  readonly usage?: string;
  run(session: Session): Task<number>;
}

const all = { type: "bool" } as const;
const keyValueFlags: FlagTable = {
  ...resourceFlags,
  ...outputFlags,
  ...writeFlags,
  all,
  overwrite: { type: "bool" },
  list: { type: "bool" },
};
const manifestFlags: FlagTable = {
  ...fileFlags,
  ...outputFlags,
  ...writeFlags,
  selector: { short: "l", type: "string" },
  "save-config": { type: "bool" },
};

/** By the words after `kubectl`: `get`, `set image`. */
export const commands: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  ["get", { flags: getFlags, run: get }],
  ["describe", { flags: describeFlags, run: describe }],
  [
    "apply",
    {
      flags: {
        ...manifestFlags,
        "server-side": all,
        "force-conflicts": all,
        force: all,
        "grace-period": { type: "int" },
      },
      run: apply,
    },
  ],
  ["create", { flags: manifestFlags, run: createFromFiles }],
  ...createCommands,
  ["replace", { flags: { ...manifestFlags, force: all, "grace-period": { type: "int" } }, run: replace }],
  [
    "delete",
    {
      flags: {
        ...resourceFlags,
        ...fileFlags,
        ...writeFlags,
        output: { short: "o", type: "string" },
        all,
        force: all,
        now: all,
        "grace-period": { type: "int" },
        wait: { type: "string", alone: "true" },
        timeout: { type: "string" },
        cascade: { type: "string", alone: "background" },
        "ignore-not-found": all,
      },
      run: remove,
    },
  ],
  [
    "logs",
    {
      flags: {
        follow: { short: "f", type: "bool" },
        previous: { short: "p", type: "bool" },
        container: { short: "c", type: "string" },
        "all-containers": all,
        prefix: all,
        timestamps: all,
        tail: { type: "int" },
        since: { type: "string" },
        "limit-bytes": { type: "int" },
        selector: { short: "l", type: "string" },
        "max-log-requests": { type: "int" },
      },
      run: logs,
    },
  ],
  [
    "exec",
    {
      flags: {
        container: { short: "c", type: "string" },
        stdin: { short: "i", type: "bool" },
        tty: { short: "t", type: "bool" },
        quiet: { short: "q", type: "bool" },
      },
      run: exec,
    },
  ],
  [
    "run",
    {
      flags: {
        ...outputFlags,
        ...writeFlags,
        image: { type: "string" },
        restart: { type: "string" },
        env: { type: "array" },
        labels: { short: "l", type: "list" },
        annotations: { type: "array" },
        port: { type: "int" },
        command: all,
        stdin: { short: "i", type: "bool" },
        tty: { short: "t", type: "bool" },
        rm: all,
        attach: all,
        quiet: { short: "q", type: "bool" },
        "image-pull-policy": { type: "string" },
      },
      run,
    },
  ],
  [
    "wait",
    {
      flags: {
        ...resourceFlags,
        all,
        for: { type: "string" },
        timeout: { type: "string" },
        filename: { short: "f", type: "list" },
      },
      run: waitFor,
    },
  ],
  [
    "patch",
    {
      flags: {
        ...resourceFlags,
        ...outputFlags,
        ...writeFlags,
        patch: { short: "p", type: "string" },
        "patch-file": { type: "string" },
        type: { type: "string" },
        subresource: { type: "string" },
      },
      run: patch,
    },
  ],
  ["label", { flags: keyValueFlags, run: keyValueCommand("labels", "labeled", "label") }],
  ["annotate", { flags: keyValueFlags, run: keyValueCommand("annotations", "annotated", "annotation") }],
  ["scale", { flags: { ...resourceFlags, replicas: { type: "int" } }, run: refuseScale }],
  [
    "events",
    { flags: { ...resourceFlags, for: { type: "string" }, types: { type: "list" }, "no-headers": all }, run: events },
  ],
  [
    "expose",
    {
      flags: {
        ...resourceFlags,
        port: { type: "int" },
        "target-port": { type: "string" },
        name: { type: "string" },
        type: { type: "string" },
        protocol: { type: "string" },
      },
      run: expose,
    },
  ],
  ["set image", { flags: resourceFlags, run: setImage }],
  ["cordon", { flags: {}, run: cordon(true) }],
  ["uncordon", { flags: {}, run: cordon(false) }],
  ["api-resources", { flags: { "api-group": { type: "string" }, "no-headers": all }, run: apiResources }],
  ["auth can-i", { flags: resourceFlags, run: canI }],
  ["explain", { flags: { recursive: all, "api-version": { type: "string" } }, run: explain }],
  [
    "debug",
    {
      flags: {
        image: { type: "string" },
        container: { short: "c", type: "string" },
        target: { type: "string" },
        stdin: { short: "i", type: "bool" },
        tty: { short: "t", type: "bool" },
        profile: { type: "string" },
      },
      run: debug,
    },
  ],
  ["version", { flags: { client: all, output: { short: "o", type: "string" } }, run: version }],
  ["cluster-info", { flags: {}, run: clusterInfo }],
  ["config current-context", { flags: {}, run: currentContext }],
  ["top", { flags: { ...resourceFlags, containers: all }, run: top }],
]);
