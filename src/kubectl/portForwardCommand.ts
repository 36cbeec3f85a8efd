/** `kubectl port-forward`: a port beside the shell that leads into a Pod, until the command is interrupted. */
import type { Pod, Service } from "../cluster/api/types.ts";
import { Signal, type Task, wait } from "../time/task.ts";
import { fail } from "./failure.ts";
import type { FlagTable } from "./flags.ts";
import { asPod, namedObject, podOf } from "./podNamed.ts";
import { type Session, usageError } from "./session.ts";

export const portForwardFlags: FlagTable = {
  address: { type: "list", usual: "localhost" },
  "pod-running-timeout": { type: "duration", usual: "1m0s" },
};

interface Forward {
  readonly local: number;
  readonly remote: number;
}

export function* portForward(session: Session): Task<number> {
  const { args, io, client } = session;
  if (args.words.length < 2) return usageError(session, "TYPE/NAME and list of ports are required for port-forward");
  const [word, ...specs] = args.words;
  const named = namedObject(session, word!);
  const pod = podOf(session, named);
  const service = named.info.kind === "Service" ? (named.object as unknown as Service) : undefined;
  const forwards = specs.map((spec) => forwardOf(spec, pod, service));
  const { phase } = pod.status;
  if (phase !== "Running") return fail(`unable to forward port because pod is not running. Current status=${phase}`);
  if (!client.portForward)
    return fail("ports cannot be forwarded here: use kubectl exec to ask from inside the cluster");
  const open: { close(): void }[] = [];
  const ended = new Signal<void>();
  const stop = client.watch("Pod", ({ type, object }) => {
    if (object.metadata.uid !== pod.metadata.uid) return;
    if (type === "DELETED" || asPod(object).status.phase !== "Running") ended.fire();
  });
  try {
    const addresses = args.has("address") ? args.all("address") : ["localhost"];
    for (const { local, remote } of forwards)
      for (const address of addresses) {
        const ip = address === "localhost" ? "127.0.0.1" : address;
        const answer = client.portForward(pod, {
          address: ip,
          localPort: local,
          podPort: remote,
          onConnection: (port) => io.out(`Handling connection for ${port}\n`),
        });
        if ("error" in answer)
          return fail(
            `unable to listen on port ${local}: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 ${ip}:${local}: bind: ${answer.error}]`,
          );
        open.push(answer);
        io.out(`Forwarding from ${ip}:${answer.localPort} -> ${remote}\n`);
        if (address === "localhost") io.out(`Forwarding from [::1]:${answer.localPort} -> ${remote}\n`);
      }
    yield* wait(ended.asWait());
    return fail("lost connection to pod");
  } finally {
    stop();
    for (const one of open) one.close();
  }
}

/** `8080`, `8080:80`, `:80`, `8080:http`; of a Service the remote port is the Service's. */
function forwardOf(spec: string, pod: Pod, service: Service | undefined): Forward {
  const parts = spec.split(":");
  if (parts.length > 2) return fail(`invalid port format '${spec}'`);
  const remoteText = parts.length === 2 ? parts[1]! : parts[0]!;
  const localText = parts.length === 2 ? parts[0]! : undefined;
  if (remoteText === "") return fail("remote port cannot be empty");
  const remote = service ? targetPortOf(remoteText, pod, service) : containerPortOf(remoteText, pod);
  const local =
    localText === undefined
      ? /^\d+$/.test(remoteText)
        ? Number(remoteText)
        : remote
      : localText === ""
        ? 0
        : Number(localText);
  if (!Number.isInteger(local) || local < 0 || local > 65535)
    return fail(`error parsing local port '${localText}': strconv.ParseUint: parsing "${localText}": invalid syntax`);
  if (remote === 0) return fail("remote port must be > 0");
  return { local, remote };
}

function containerPortOf(text: string, pod: Pod): number {
  if (/^\d+$/.test(text)) return Number(text);
  const found = pod.spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === text);
  return found?.containerPort ?? fail(`Pod '${pod.metadata.name}' does not have a named port '${text}'`);
}

function targetPortOf(text: string, pod: Pod, { metadata, spec }: Service): number {
  const isNumber = /^\d+$/.test(text);
  const port = spec.ports?.find((one) => (isNumber ? one.port === Number(text) : one.name === text));
  if (!port)
    return fail(
      isNumber
        ? `Service ${metadata.name} does not have a service port ${text}`
        : `Service '${metadata.name}' does not have a named port '${text}'`,
    );
  if (port.protocol === "UDP") return fail(`UDP protocol is not supported for ${text}`);
  if (spec.clusterIP === "None") return port.port;
  const target = port.targetPort ?? port.port;
  return typeof target === "number" ? (target === 0 ? port.port : target) : containerPortOf(target, pod);
}
