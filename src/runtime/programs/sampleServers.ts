/** Small servers that Kubernetes' documentation uses: hello-app and echoserver. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { Fibers } from "./fibers.ts";
import { acceptAll, type Handler, listenOn, logPrefix, runServer, serveHttp } from "./goServer.ts";

function* serve(sys: Sys, port: number, handler: Handler): Task<number> {
  const listening = listenOn(sys, port);
  if (typeof listening !== "number") {
    yield* sys.write(2, `${logPrefix(sys)}${listening.error}\n`);
    return 1;
  }
  const fibers = new Fibers();
  acceptAll(sys, fibers, listening, (fd, peer) => serveHttp(sys, fd, peer, handler));
  return yield* runServer(sys, fibers, {});
}

const helloApp = (version: string): Program =>
  function* (sys) {
    const port = sys.env.get("PORT") || "8080";
    yield* sys.write(2, `${logPrefix(sys)}Server listening on port ${port}\n`);
    return yield* serve(sys, Number(port), function* (request) {
      yield* sys.write(2, `${logPrefix(sys)}Serving request: ${request.path}\n`);
      return { body: `Hello, world!\nVersion: ${version}\nHostname: ${sys.hostname()}\n` };
    });
  };

/** What echoserver tells of the Pod, when the manifest gives it in the environment. */
const POD_INFORMATION: readonly (readonly [variable: string, title: string])[] = [
  ["NODE_NAME", "node name"],
  ["POD_NAME", "pod name"],
  ["POD_NAMESPACE", "pod namespace"],
  ["POD_IP", "pod IP"],
];

const echoServer: Program = function* (sys) {
  return yield* serve(sys, 8080, function* (request, peer) {
    const known = POD_INFORMATION.filter(([variable]) => sys.env.get(variable));
    const pod =
      known.length === 0
        ? ["\t-no pod information available-"]
        : known.map(([variable, title]) => `\t${title}:\t${sys.env.get(variable)}`);
    const host = request.headers.get("host") ?? "";
    const port = host.includes(":") ? "" : ":8080";
    const body = [
      "",
      "",
      `Hostname: ${sys.hostname()}`,
      "",
      "Pod Information:",
      ...pod,
      "",
      "Server values:",
      "\tserver_version=nginx: 1.13.3 - lua: 10008",
      "",
      "Request Information:",
      `\tclient_address=${peer}`,
      `\tmethod=${request.method}`,
      `\treal path=${request.target}`,
      `\tquery=${request.query}`,
      "\trequest_version=1.1",
      "\trequest_scheme=http",
      `\trequest_uri=http://${host.replace(/:\d+$/, "")}${port || ":8080"}${request.target}`,
      "",
      "Request Headers:",
      ...[...request.headers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `\t${name}=${value}`),
      "",
      "Request Body:",
      request.body === "" ? "\t-no body in request-" : `${request.body}`,
      "",
      "",
    ].join("\n");
    return { headers: [["Content-Type", "text/plain"]], body };
  });
};

export const samplePrograms: Readonly<Record<string, Program>> = {
  echoserver: echoServer,
  "hello-app-1": helloApp("1.0.0"),
  "hello-app-2": helloApp("2.0.0"),
};
