/** An expectation in words: what, and when. */
import { sayPattern, sayRange } from "./pattern.ts";
import type { ContainerRef, Expectation, When } from "./types.ts";

export function describe(expectation: Expectation): string {
  if (expectation.words !== undefined) return expectation.words;
  switch (expectation.kind) {
    case "event": {
      const { reason, type, message, container, object, count, when } = expectation;
      const what = `${when.mode === "never" || count.max === 0 ? "no event" : "event"} ${reason}${type ? ` (${type})` : ""}`;
      return join(
        what,
        object && `about ${object}`,
        container && ofContainer(container),
        message && `saying ${sayPattern(message)}`,
        times(count),
      );
    }
    case "log": {
      const { text, container, stream, restart, count, when } = expectation;
      const what = `${when.mode === "never" || count.max === 0 ? "no line" : "a line"} ${sayPattern(text)} in the ${stream ?? "log"}`;
      return join(
        what,
        container && ofContainer(container),
        restart !== undefined && `after ${restart} restart${restart === 1 ? "" : "s"}`,
        times(count),
      );
    }
    case "pod": {
      const { pod, phase, status, ready, restarts, gone } = expectation;
      const wanted = [
        status && `STATUS ${status.join(" or ")}`,
        phase && `phase ${phase.join(" or ")}`,
        typeof ready === "string" && `READY ${ready}`,
        typeof ready === "boolean" && (ready ? "ready" : "not ready"),
        restarts && `RESTARTS ${sayRange(restarts)}`,
        gone !== undefined && (gone ? "gone" : "not gone"),
      ].filter(Boolean);
      return `${pod ? `Pod ${pod}` : "the Pod"}: ${wanted.join(", ")}`;
    }
    case "container": {
      const { container, state, reason, exitCode, signal, ready, started, restarts } = expectation;
      const wanted = [
        state,
        reason && `reason ${reason.join(" or ")}`,
        exitCode && `exit code ${sayRange(exitCode)}`,
        signal !== undefined && `signal ${signal}`,
        ready !== undefined && (ready ? "ready" : "not ready"),
        started !== undefined && (started ? "started" : "not started"),
        restarts && `restarts ${sayRange(restarts)}`,
      ].filter(Boolean);
      return `${container ? sayContainer(container) : "a container"}: ${wanted.join(", ")}`;
    }
    case "condition":
      return `condition ${expectation.condition} ${expectation.status}${expectation.reason ? ` (${expectation.reason.join(" or ")})` : ""}`;
    case "client":
    case "exec":
    case "kubectl":
    case "file": {
      const { exit, stdout, stderr, kind, command, container } = expectation;
      const asks =
        kind === "client"
          ? `from another Pod, ${command.join(" ")}`
          : kind === "file"
            ? `file ${command[1]}`
            : kind === "kubectl"
              ? `kubectl ${command.join(" ")}`
              : `inside the container, ${command.join(" ")}`;
      if (kind === "file" && exit?.min === 1) return join(`no ${asks}`, container && ofContainer(container));
      const wanted = [
        stdout && `${kind === "file" ? "has" : "prints"} ${stdout.map(sayPattern).join(" and ")}`,
        stderr && `prints to stderr ${stderr.map(sayPattern).join(" and ")}`,
        exit && kind !== "file" && `exits with ${sayRange(exit)}`,
        kind === "file" && !stdout && "is there",
      ].filter(Boolean);
      return join(asks, container && ofContainer(container), wanted.join(" and "));
    }
    case "order":
      return expectation.steps
        .map(({ what, within }) => `${describe(what)}${within ? ` (after ${sayRange(within)} s)` : ""}`)
        .join(", then ");
    case "structure": {
      const { path, of, has, each, matches, absent, count } = expectation;
      const wanted = [
        has !== undefined && `has ${JSON.stringify(has)}`,
        each !== undefined && `each ${JSON.stringify(each)}`,
        matches && `is ${sayPattern(matches)}`,
        absent !== undefined && (absent ? "is absent" : "is there"),
        count && `count ${sayRange(count)}`,
      ].filter(Boolean);
      return `${of ? `${of} ` : ""}${path} ${wanted.join(", ")}`;
    }
    case "answer":
      // What is looked for in it would be the answer.
      return "the right answer";
    case "typed":
      return expectation.count.max === 0
        ? `no command ${sayPattern(expectation.text)}`
        : join(`a command ${sayPattern(expectation.text)}`, times(expectation.count));
    case "predict":
      return expectation.question;
    case "given":
      return `${expectation.field} as it was given`;
    case "rejected":
      return join("the API server refuses it", expectation.message && `saying ${sayPattern(expectation.message)}`);
    case "warning":
      return join("the API server warns", expectation.message && `saying ${sayPattern(expectation.message)}`);
    case "any":
      return expectation.of.map(full).join(", or ");
    case "all":
      return expectation.of.map(full).join(", and ");
  }
}

/** Empty when the expectation has no time. */
export function describeWhen(expectation: Expectation): string {
  if ("at" in expectation)
    return expectation.at.length === 0 ? "at the end" : `at ${expectation.at.map(sayTime).join(", ")}`;
  if (!("when" in expectation)) return "";
  const happening = expectation.kind === "event" || expectation.kind === "log";
  const said = sayWhen(expectation.when, happening);
  // "no line …" says it already.
  return happening && expectation.words === undefined ? said.replace(/^never ?/, "") : said;
}

function sayWhen({ mode, from, to, lasting, end, begins }: When, happening: boolean): string {
  if (end) return "at the end";
  const window =
    to === undefined
      ? from === 0
        ? ""
        : `from ${sayTime(from)} on`
      : from === 0
        ? `by ${sayTime(to)}`
        : `between ${sayTime(from)} and ${sayTime(to)}`;
  if (mode === "every")
    return to !== undefined && from === to
      ? `at ${sayTime(from)}`
      : window
        ? `at every moment ${window}`
        : "all the time";
  if (mode === "never") return window ? `never ${window}` : "never";
  const duration = lasting === undefined ? "" : `for ${sayTime(lasting)} without a break`;
  return [begins ? "beginning" : "", duration, window].filter(Boolean).join(" ") || (happening ? "" : "at some moment");
}

export function full(expectation: Expectation): string {
  return join(describe(expectation), describeWhen(expectation));
}

export function sayTime(seconds: number): string {
  return `${Math.round(seconds * 10) / 10}s`;
}

export function sayContainer(ref: ContainerRef): string {
  if ("name" in ref) return `container ${ref.name}`;
  return `${ref.list === "initContainers" ? "init container" : "container"} number ${ref.position + 1}`;
}

function ofContainer(ref: ContainerRef): string {
  return `of ${sayContainer(ref)}`;
}

function times(count: { min?: number; max?: number }): string | undefined {
  if (count.max === 0 || (count.min === 1 && count.max === undefined)) return undefined;
  return count.min === 1 && count.max === 1 ? "once" : `${sayRange(count)} times`;
}

function join(...parts: (string | false | undefined | null)[]): string {
  return parts.filter(Boolean).join(" ");
}
