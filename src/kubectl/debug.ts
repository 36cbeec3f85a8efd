/** `kubectl debug POD`: adds an ephemeral container to a running Pod. */
import { notFound } from "../cluster/api/status.ts";
import type { Task } from "../time/task.ts";
import { fail, failWith } from "./failure.ts";
import { accepted, type Session } from "./session.ts";

export function* debug(session: Session): Task<number> {
  const { args, client, namespace } = session;
  const words = args.dash < 0 ? args.words : args.words.slice(0, args.dash);
  const command = args.dash < 0 ? [] : args.words.slice(args.dash);
  const name = words[0]?.replace(/^pods?\//, "");
  const image = args.text("image");
  if (!name) return fail("NAME or TYPE/NAME is required for debug");
  if (!image) return fail("you must specify --image when not using --copy-to.");
  const pod = client.get("Pod", namespace, name);
  if (!pod) return failWith(notFound("Pod", name));
  const { ephemeralContainers = [] } = pod.spec as { ephemeralContainers?: { name: string }[] };
  const container = args.text("container") ?? `debugger-${ephemeralContainers.length + 1}`;
  const target = args.text("target");
  const added = {
    name: container,
    image,
    ...(command.length > 0 && { command }),
    ...(target && { targetContainerName: target }),
    ...(args.on("stdin") && { stdin: true }),
    ...(args.on("tty") && { tty: true }),
  };
  if (!args.has("container")) session.io.err(`Defaulting debug container name to ${container}.\n`);
  const patch = { spec: { ephemeralContainers: [added] } };
  accepted(session, client.patch("Pod", namespace, name, patch, "strategic", { subresource: "ephemeralcontainers" }));
  return 0;
}
