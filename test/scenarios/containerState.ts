/** Whether a container's status is as wanted: state, reason, exit code, message, readiness, the state before. */
import type { ContainerStatus } from "../../src/cluster/api/types.ts";
import { check, equal, type Json, onlyKeys } from "./format.ts";

const keys = [
  "state",
  "reason",
  "reasonIn",
  "exitCode",
  "exitCodeNot",
  "message",
  "messageContains",
  "ready",
  "started",
  "signal",
  "lastState",
];

export function checkContainerState(status: ContainerStatus | undefined, wanted: Json, name: string): void {
  onlyKeys(wanted, keys, `containerStates.${name}`);
  check(status, `there is no status of container ${name}`);
  checkState(status.state ?? {}, wanted, name);
  if (wanted.ready !== undefined) equal(status.ready, wanted.ready, `ready of ${name}`);
  if (wanted.started !== undefined) equal(status.started, wanted.started, `started of ${name}`);
  if (wanted.lastState !== undefined) checkLastState(status, wanted.lastState, name);
}

export function checkLastState(status: ContainerStatus | undefined, wanted: Json, name: string): void {
  onlyKeys(wanted, keys, `lastState of ${name}`);
  checkState(status?.lastState ?? {}, wanted, `the last state of ${name}`);
}

function checkState(state: NonNullable<ContainerStatus["state"]>, wanted: Json, name: string): void {
  const [kind, details] = state.running
    ? ["running", state.running]
    : state.terminated
      ? ["terminated", state.terminated]
      : state.waiting
        ? ["waiting", state.waiting]
        : ["none", {}];
  const got = details as Json;
  const what = `${name} (${kind} ${got.reason ?? ""})`;
  if (wanted.state !== undefined) check(kind === wanted.state, `${what} is not ${wanted.state}`);
  if (wanted.reason !== undefined) equal(got.reason ?? "", wanted.reason, `reason of ${what}`);
  if (wanted.reasonIn !== undefined)
    check(wanted.reasonIn.includes(got.reason), `reason of ${what} is not one of ${wanted.reasonIn}`);
  if (wanted.exitCode !== undefined) equal(got.exitCode, wanted.exitCode, `exitCode of ${what}`);
  if (wanted.exitCodeNot !== undefined)
    check(got.exitCode !== undefined && got.exitCode !== wanted.exitCodeNot, `exitCode of ${what} is ${got.exitCode}`);
  if (wanted.signal !== undefined) equal(got.signal, wanted.signal, `signal of ${what}`);
  if (wanted.message !== undefined) equal(got.message ?? "", wanted.message, `message of ${what}`);
  if (wanted.messageContains !== undefined)
    check((got.message ?? "").includes(wanted.messageContains), `message of ${what} is ${got.message}`);
}
