/** The programs that images bring, by the name that their executables hold. */
import type { Task } from "../../time/task.ts";
import type { Program, Sys } from "../sys.ts";
import { agnhost } from "./agnhost.ts";
import { busyboxProgram } from "../applets/busybox.ts";
import { apache } from "./apache.ts";
import { curl } from "./curl.ts";
import { databasePrograms, execCommand } from "./databases.ts";
import { nginx } from "./nginx.ts";
import { pause } from "./pause.ts";
import { redisCli, redisServer } from "./redis.ts";
import { samplePrograms } from "./sampleServers.ts";
import { stress } from "./stress.ts";

/** Programs that the images have but that are not modelled: they say so instead of pretending. */
function refusal(what: string): Program {
  return function* (sys: Sys): Task<number> {
    yield* sys.write(2, `${what}: not modelled by this simulator\n`);
    return 1;
  };
}

/** Programs of well-known images that a manifest can name: pulled and started, they say that they are not modelled. */
const NOT_MODELLED = [
  "haproxy",
  "envoy",
  "fluentd",
  "fluent-bit",
  "memcached",
  "mongod",
  "mongosh",
  "rabbitmq-server",
  "traefik",
  "perl",
  "ruby",
  "java",
  "php",
  "go",
  "bash",
];

const PROGRAMS: Readonly<Record<string, Program>> = {
  agnhost,
  "apache-httpd": apache,
  curl,
  nginx,
  pause,
  "redis-cli": redisCli,
  "redis-server": redisServer,
  stress,
  ...databasePrograms,
  "exec-entrypoint": (sys) => execCommand(sys, sys.argv.slice(1)),
  "mysql-client": refusal("mysql"),
  node: refusal("node"),
  npm: refusal("npm"),
  pip: refusal("pip"),
  python3: refusal("python3"),
  ...samplePrograms,
  ...Object.fromEntries(NOT_MODELLED.map((name) => [name, refusal(name)])),
};

/** All programs, with busybox made of the applets and the shell given. */
export function programRegistry(
  applets: Readonly<Record<string, Program>>,
  sh: Program | undefined,
): (name: string) => Program | undefined {
  const shells: Readonly<Record<string, Program>> = sh ? { sh, ash: sh } : {};
  const busybox = busyboxProgram({ ...applets, ...shells });
  return (name) => {
    if (name === "busybox") return busybox;
    if (name === "sh" && sh) return sh;
    return Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  };
}
