/** Variables of a container from the addresses that its Pod has. */
import { ApiServer } from "../../../src/cluster/apiServer.ts";
import { environmentOf } from "../../../src/cluster/kubelet/environment.ts";
import { sortedPodIps } from "../../../src/cluster/kubelet/podIps.ts";
import { Clock } from "../../../src/time/clock.ts";
import { Random } from "../../../src/time/random.ts";
import { check, equal } from "../format.ts";
import { podOf, type Table } from "./table.ts";

export const environment: Table = {
  when: ["env", "podIPs"],
  input: ["podIPs", "nodeIPs", "env"],
  expect: ["env"],
  check({ podIPs, nodeIPs, env }, expect) {
    const ips = sortedPodIps(nodeIPs ?? [], podIPs);
    const container = { name: "c", env };
    const pod = podOf({ containers: [container], enableServiceLinks: false });
    const hosts = (nodeIPs ?? []).map((ip: string) => ({ ip }));
    const status = {
      podIP: ips[0] ?? "",
      podIPs: ips.map((ip) => ({ ip })),
      ...(hosts.length > 0 && { hostIP: hosts[0].ip, hostIPs: hosts }),
    };
    const api = new ApiServer(new Clock(), new Random(1), 0);
    const made = environmentOf({ api, pod, container, status, allocatable: {} });
    check("env" in made, JSON.stringify(made));
    const got = Object.fromEntries(made.env.map(({ name, value }) => [name, value]));
    for (const [name, value] of Object.entries(expect.env)) equal(got[name], value, name);
  },
};
