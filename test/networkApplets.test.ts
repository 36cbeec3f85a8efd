/** What busybox' network tools say in a Pod: Services, headless ones, Pods, names that are not there, ports nobody has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sandbox } from "../src/sandbox/sandbox.ts";

const CLUSTER = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: a, image: nginx}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {terminationGracePeriodSeconds: 1, containers: [{name: a, image: busybox, command: [sleep, infinity]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.96.0.77, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: whole}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: idle}
spec: {clusterIP: 10.96.0.78, selector: {app: nobody}, ports: [{port: 80}]}
`;

const DNS = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n";
const missing = (name: string) => `** server can't find ${name}: NXDOMAIN\n\n`;

const sandbox = new Sandbox({ files: { "all.yaml": CLUSTER } });
sandbox.run("kubectl apply -f all.yaml; kubectl wait --for=condition=Ready pod/web pod/client --timeout=60s");
const ip = sandbox.run("kubectl get pod web -o jsonpath='{.status.podIP}'").stdout;
const gateway = ip.replace(/\d+$/, "1");

type Case = readonly [command: string, exit: number, stdout: string | RegExp, stderr?: string];

const cases: readonly Case[] = [
  [
    "nslookup web.default.svc.cluster.local",
    0,
    `${DNS}Name:\tweb.default.svc.cluster.local\nAddress: 10.96.0.77\n\n\n`,
  ],
  ["nslookup whole.default.svc.cluster.local", 0, `${DNS}Name:\twhole.default.svc.cluster.local\nAddress: ${ip}\n\n\n`],
  ["nslookup -type=a web.default.svc.cluster.local.", 0, /^Server.*\n\nName:\tweb.*\nAddress: 10\.96\.0\.77\n\n$/s],
  [
    "nslookup nope.default.svc.cluster.local",
    1,
    DNS + missing("nope.default.svc.cluster.local") + missing("nope.default.svc.cluster.local"),
  ],
  ["nslookup -type=x web", 1, "", 'nslookup: invalid query type "X"\n'],
  ["nslookup web 10.96.0.99", 1, ";; connection timed out; no servers could be reached\n\n"],
  ["wget -qO- http://web | grep -c Welcome", 0, /^[1-9]/],
  ["wget -qO- http://whole:80 | grep -c Welcome", 0, /^[1-9]/],
  ["wget -qO- http://idle", 1, "", "wget: can't connect to remote host (10.96.0.78): Connection refused\n"],
  [`wget -qO- http://${ip}:81`, 1, "", `wget: can't connect to remote host (${ip}): Connection refused\n`],
  ["wget -qO- http://nope", 1, "", "wget: bad address 'nope'\n"],
  ["wget -qO- http://web/nope", 1, "", "wget: server returned error: HTTP/1.1 404 Not Found\n"],
  ["wget -T 2 -qO- http://10.96.0.99", 1, "", "wget: download timed out\n"],
  ["wget -T 2 -qO- http://web:81", 1, "", "wget: download timed out\n"],
  ["nc web 80 < /dev/null", 0, ""],
  ["nc idle 80", 1, "", "nc: can't connect to remote host (10.96.0.78): Connection refused\n"],
  ["nc -w 2 10.96.0.99 80", 1, "", "nc: timed out\n"],
  ["nc nope 80", 1, "", "nc: bad address 'nope'\n"],
  [`telnet ${ip} 81`, 1, "", `telnet: can't connect to remote host (${ip}): Connection refused\n`],
  ["telnet nope", 1, "", "telnet: bad address 'nope'\n"],
  ["ping -c 1 nope", 1, "", "ping: bad address 'nope'\n"],
  [
    `ping -c 1 ${ip}`,
    0,
    /^PING (\S+) \(\1\): 56 data bytes\n64 bytes from \1: seq=0 ttl=64 time=\d\.\d{3} ms\n\n--- \1 ping statistics ---\n1 packets transmitted, 1 packets received, 0% packet loss\nround-trip min\/avg\/max = \d\.\d{3}\/\d\.\d{3}\/\d\.\d{3} ms\n$/,
  ],
  [
    "ping -c 1 -W 1 web",
    1,
    "PING web (10.96.0.77): 56 data bytes\n\n--- web ping statistics ---\n1 packets transmitted, 0 packets received, 100% packet loss\n",
  ],
  [
    `traceroute -n ${ip}`,
    0,
    /^traceroute to (\S+) \(\1\), 30 hops max, 46 byte packets\n 1 {2}\1( {2}\d\.\d{3} ms){3}\n$/,
  ],
  [
    "traceroute -q 2 -w 1 -m 3 10.96.0.77",
    0,
    new RegExp(`\n 1 {2}${gateway} \\(${gateway}\\)( {2}\\d\\.\\d{3} ms){2}\n 2( {2}\\*){2}\n 3( {2}\\*){2}\n$`),
  ],
  ["traceroute nope", 1, "", "traceroute: bad address 'nope'\n"],
];

for (const [command, exit, stdout, stderr = ""] of cases)
  test(command, () => {
    const script = command.replaceAll('"', '\\"');
    const ran = sandbox.run(`kubectl exec client -- sh -c "${script}"`);
    const said = ran.stderr.replace(/^command terminated with exit code \d+\n/m, "");
    assert.equal(said, stderr);
    if (typeof stdout === "string") assert.equal(ran.stdout, stdout);
    else assert.match(ran.stdout, stdout);
    assert.equal(ran.exit, exit);
  });

test("printenv and its like are on the learner's own machine", () => {
  assert.equal(sandbox.run("A=1 printenv A; seq 3 | split -l 2; ls x*").stdout, "1\nxaa\nxab\n");
});
