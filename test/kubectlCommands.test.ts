/** kubectl in the sandbox, command by command: what each prints and how it ends. Rows are `command → exit, stdout, stderr`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sandbox } from "../src/sandbox/sandbox.ts";

const web = `apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: web, image: nginx, ports: [{containerPort: 80, name: http}]}
`;
const files = {
  "web.yaml": web,
  "mixed.yaml": `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n---\n${web.replace("name: web,", "name: two,")}`,
  "notes.txt": "hello\nworld\n",
  "a.env": "A=1\n# no\nB=two\n",
};

type Row = readonly [command: string, exit: number, stdout: string, stderr?: string];

function check(title: string, rows: readonly Row[]): void {
  test(title, () => {
    const sandbox = new Sandbox({ files });
    for (const [command, exit, stdout, stderr = ""] of rows)
      assert.deepEqual({ command, ...sandbox.run(command) }, { command, exit, stdout, stderr });
  });
}

const ready = "kubectl apply -f web.yaml; kubectl wait pod/web --for=condition=Ready";
const started: Row = [ready, 0, "pod/web created\npod/web condition met\n"];

check("words that are no command", [
  ["kubectl gte", 1, "", 'error: unknown command "gte" for "kubectl"\n\nDid you mean this?\n\tget\n'],
  ["kubectl list", 1, "", 'error: unknown command "list" for "kubectl"\n\nDid you mean this?\n\tget\n'],
  ["kubectl apply", 1, "", "error: must specify one of -f and -k\n"],
  ["kubectl wait pod/web", 1, "", "error: unrecognized condition: []\n"],
  ["kubectl drain", 1, "", "error: USAGE: drain NODE [flags]\nSee 'kubectl drain -h' for help and examples\n"],
  [
    "kubectl logs web --since=5",
    1,
    "",
    `error: invalid argument "5" for "--since" flag: time: missing unit in duration "5"\nSee 'kubectl logs --help' for usage.\n`,
  ],
]);

check("what is not simulated says so, and the rest of a file is done", [
  [
    "kubectl apply -f mixed.yaml",
    1,
    "pod/two created\n",
    "error: kind Deployment is not simulated; its Pod template is at spec.template\n",
  ],
  [
    "kubectl create deployment d --image=nginx",
    1,
    "",
    "error: kind Deployment is not simulated; its Pod template is at spec.template\n",
  ],
  ["kubectl get deployments", 0, "", "No resources found in default namespace.\n"],
  ["kubectl apply -k .", 1, "", "error: kustomizations are not simulated: give the manifests themselves with -f\n"],
  ["kubectl get deploy d", 1, "", 'Error from server (NotFound): deployments.apps "d" not found\n'],
]);

check("outputs", [
  started,
  [`kubectl get pod web -o go-template='{{range .spec.containers}}{{.name}}:{{len .ports}}{{end}}'`, 0, "web:1"],
  [
    `kubectl get pod web -o go-template='{{if .x}}a{{else if eq .kind "Pod"}}b{{end}}{{with .metadata}} {{printf "%-5s|" .name}}{{end}}'`,
    0,
    "b web  |",
  ],
  [
    `kubectl get pod web -o go-template='{{.no}} {{range $k, $v := .metadata.labels}}{{$k}}={{$v}}{{end}}'`,
    0,
    "<no value> app=web",
  ],
  [
    `kubectl get pod web -o go-template='{{.x.y}}'`,
    1,
    "",
    'error: error executing template "{{.x.y}}": template: output: executing "output" at <.x.y>: nil pointer evaluating interface {}.y\n',
  ],
  ["kubectl get pod web -o jsonpath-as-json='{.metadata.labels}'", 0, '[\n    {\n        "app": "web"\n    }\n]\n'],
  [
    "kubectl get pod web -o custom-columns=N:.metadata.name,I:.spec.containers[*].image,X:.x",
    0,
    "N     I       X\nweb   nginx   <none>\n",
  ],
  ["kubectl get pods --sort-by=.x", 1, "", `error: couldn't find any field with path "{.x}" in the list of objects\n`],
  [
    "kubectl get pod web svc/x",
    1,
    "",
    "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'\n",
  ],
]);

check("labels, annotations, patches, images", [
  started,
  ["kubectl label pod web tier=a", 0, "pod/web labeled\n"],
  ["kubectl label pod web tier=b", 1, "", "error: 'tier' already has a value (a), and --overwrite is false\n"],
  ["kubectl label pod web tier=a", 0, "pod/web not labeled\n"],
  ["kubectl label pod web tier- gone-", 0, 'label "gone" not found.\npod/web unlabeled\n'],
  [
    "kubectl annotate pod web n=1; kubectl annotate pod web n=2",
    1,
    "pod/web annotated\n",
    "error: --overwrite is false but found the following declared annotation(s): 'n' already has a value (1)\n",
  ],
  [`kubectl patch pod web -p '{"metadata":{"labels":{"a":"b"}}}'`, 0, "pod/web patched\n"],
  [`kubectl patch pod web -p '{"metadata":{"labels":{"a":"b"}}}'`, 0, "pod/web patched (no change)\n"],
  ["kubectl set image pod/web web=nginx:1.27", 0, "pod/web image updated\n"],
  ["kubectl set image pod/web nope=nginx", 1, "", 'error: unable to find container named "nope"\n'],
]);

check("editing with a command as the editor", [
  started,
  ["kubectl edit pod gone", 1, "", 'Error from server (NotFound): pods "gone" not found\n'],
  ["KUBE_EDITOR='sed -i s/nginx$/nginx:1.27/' kubectl edit pod web", 0, "pod/web edited\n"],
  ["KUBE_EDITOR=true kubectl edit pod web", 0, "", "Edit cancelled, no changes made.\n"],
  [
    "KUBE_EDITOR='sed -i s/containerPort:.80/containerPort:81/' kubectl edit pod web 2>&1 | tail -1",
    0,
    "error: Edit cancelled, no valid changes were saved.\n",
  ],
  ["sleep 5; timeout 1 kubectl get pods -w >watched; echo $?; wc -l <watched", 0, "124\n2\n"],
]);

check("generators", [
  ["kubectl create cm c --from-literal=a=b --from-file=notes.txt", 0, "configmap/c created\n"],
  ["kubectl create cm c", 1, "", 'error: failed to create configmap: configmaps "c" already exists\n'],
  [
    "kubectl create cm e --from-env-file=a.env --dry-run=client -o yaml",
    0,
    'apiVersion: v1\ndata:\n  A: "1"\n  B: two\nkind: ConfigMap\nmetadata:\n  name: e\n',
  ],
  [
    "kubectl create secret generic s --from-literal=pw=geheim; kubectl get secret s -o jsonpath='{.data.pw}'",
    0,
    "secret/s created\nZ2VoZWlt",
  ],
  ["kubectl create service clusterip x", 1, "", "error: at least one tcp port specifier must be provided\n"],
  [
    "kubectl create quota q --hard=pods=2; sleep 1; kubectl get quota q --no-headers | cut -c1-15",
    0,
    "resourcequota/q created\nq     pods: 0/2\n",
  ],
  ["kubectl run x --image=nginx -t", 1, "", "error: -i/--stdin is required for containers with -t/--tty=true\n"],
  ["kubectl run x --image=nginx --rm", 1, "", "error: --rm should only be used for attached containers\n"],
]);

check("deleting", [
  started,
  ["kubectl delete pods", 1, "", "error: resource(s) were provided, but no name was specified\n"],
  [
    "kubectl delete pod web --force --grace-period=5",
    1,
    "",
    "error: --force and --grace-period greater than 0 cannot be specified together\n",
  ],
  ["kubectl delete pod web --dry-run=server", 0, 'pod "web" deleted (server dry run) from default namespace\n'],
  ["kubectl replace --force -f web.yaml", 0, 'pod "web" deleted from default namespace\npod/web replaced\n'],
  ["kubectl delete -f web.yaml --wait=false -o name", 0, "pod/web\n"],
  ["kubectl delete pod gone --ignore-not-found", 0, "No resources found\n"],
  ["kubectl delete pods -l a=b", 0, "No resources found\n"],
]);

check("all is several types, and what the system needs comes back", [
  started,
  [
    "kubectl delete all --all",
    0,
    'pod "web" deleted from default namespace\nservice "kubernetes" deleted from default namespace\n',
  ],
  ["sleep 11; kubectl get all -o name", 0, "service/kubernetes\n"],
  [
    "kubectl delete sa default; sleep 1; kubectl get sa -o name",
    0,
    'serviceaccount "default" deleted from default namespace\nserviceaccount/default\n',
  ],
]);

check("nodes", [
  started,
  [
    "kubectl drain minikube",
    1,
    "node/minikube cordoned\n",
    'error: unable to drain node "minikube" due to error: cannot delete Pods that declare no controller (use --force to override): default/web, continuing command...\nThere are pending nodes to be drained:\n minikube\nerror: cannot delete Pods that declare no controller (use --force to override): default/web\n',
  ],
  [
    "kubectl drain minikube --force",
    0,
    "node/minikube already cordoned\nevicting pod default/web\npod/web evicted\nnode/minikube drained\n",
    "Warning: deleting Pods that declare no controller: default/web\n",
  ],
  ["kubectl uncordon minikube", 0, "node/minikube uncordoned\n"],
  ["kubectl taint node minikube a=b:NoSchedule", 0, "node/minikube tainted\n"],
  [
    "kubectl taint node minikube a=b:NoSchedule",
    1,
    "",
    "error: node minikube already has a taint(s) with same effect(s) and --overwrite is false\n",
  ],
  [
    "kubectl taint node minikube a-; kubectl taint node minikube a-",
    1,
    "node/minikube untainted\n",
    'error: taint "a" not found\n',
  ],
]);

check("files to and from containers", [
  started,
  ["kubectl cp notes.txt web:/tmp/n; kubectl exec web -- cat /tmp/n", 0, "hello\nworld\n"],
  [
    "mkdir d; echo 1 > d/a; kubectl cp d web:/tmp; kubectl cp web:/tmp/d back; cat back/a",
    0,
    "1\n",
    "tar: removing leading '/' from member names\n",
  ],
  ["kubectl cp gone.txt web:/tmp/n", 1, "", "error: gone.txt doesn't exist in local filesystem\n"],
]);

check("namespaces and contexts", [
  ["kubectl config set-context --current --namespace=kube-system", 0, 'Context "minikube" modified.\n'],
  ["kubectl get pods", 0, "", "No resources found in kube-system namespace.\n"],
  ["kubectl create ns t; kubectl run a --image=nginx -n t", 0, "namespace/t created\npod/a created\n"],
  [
    "kubectl delete ns t & sleep 1; kubectl get ns t --no-headers | cut -c1-17; wait",
    0,
    'namespace "t" deleted\nt     Terminating\n',
  ],
  [
    "kubectl get pods -n t; kubectl get ns t",
    1,
    "",
    'No resources found in t namespace.\nError from server (NotFound): namespaces "t" not found\n',
  ],
]);

test("events go after an hour", () => {
  const sandbox = new Sandbox({ files });
  sandbox.run(ready);
  assert.match(sandbox.run("kubectl get events").stdout, /Scheduled/);
  sandbox.runUntil(3700);
  assert.equal(sandbox.run("kubectl get events").stderr, "No resources found in default namespace.\n");
});

test("a Pod of one's own, attached, removed, with its exit status", () => {
  const sandbox = new Sandbox();
  const { exit, stdout } = sandbox.run(
    "echo hi | kubectl run -i --rm t --image=busybox:1.28 --restart=Never -- sh -c 'cat; exit 4'",
  );
  assert.deepEqual([exit, stdout], [4, 'hi\npod "t" deleted from default namespace\n']);
});

const noMatch = (selector: string, why: string): Row => [
  `kubectl get pods -l '${selector}'`,
  1,
  "",
  `Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "${selector}", field selector "": ${why}\n`,
];
const badLabel =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

check("label selectors are read as the server reads them", [
  ["kubectl run web --image=nginx --labels=app=web,n=5", 0, "pod/web created\n"],
  noMatch("=", "found '=', expected: !, identifier, or 'end of string'"),
  noMatch("app,", "found '', expected: identifier after ','"),
  noMatch("app=a b", "found 'b', expected: ',' or 'end of string'"),
  noMatch("app in web", "unable to parse requirement: found 'web' expected: '('"),
  noMatch("app in (web", "unable to parse requirement: found '', expected: ',' or ')'"),
  noMatch("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
  noMatch("app=-x", `unable to parse requirement: values[0][app]: Invalid value: "-x": ${badLabel}`),
  noMatch(
    "n>a",
    `unable to parse requirement: values[0]: Invalid value: "a": for 'Gt', 'Lt' operators, the value must be an integer`,
  ),
  ["kubectl get pods -o name -l 'app in (web,x),n>4,!nope'", 0, "pod/web\n"],
  ["kubectl get pods -o name -l 'app notin ()'", 0, "pod/web\n"],
  ["kubectl get pods -o name -l 'app!=web'", 0, ""],
]);

const applied =
  '{"apiVersion":"v1","kind":"Pod","metadata":{"annotations":{},"labels":{"app":"web"},"name":"web","namespace":"default"},"spec":{"containers":[{"image":"nginx","name":"web","ports":[{"containerPort":80,"name":"http"}]}],"foo":"bar","terminationGracePeriodSeconds":1}}';

check("patch: unknown fields are warned of, wrong types refused", [
  started,
  [
    `kubectl patch pod web -p '{"spec":{"foo":"bar"}}'`,
    0,
    "pod/web patched (no change)\n",
    'Warning: unknown field "spec.foo"\n',
  ],
  [
    `kubectl patch pod web -p '{"spec":{"containers":[{"name":"web","img":"x"}]},"metadata":{"labels":{"a":"b"}}}'`,
    0,
    "pod/web patched\n",
    'Warning: unknown field "spec.containers[0].img"\n',
  ],
  [
    "kubectl patch pod web -p text",
    1,
    "",
    "Error from server (BadRequest): json: cannot unmarshal string into Go value of type map[string]interface {}\n",
  ],
  [
    "kubectl patch pod web --type=merge -p 5",
    1,
    "",
    "Error from server (BadRequest): error decoding patch: json: cannot unmarshal number into Go value of type map[string]interface {}\n",
  ],
  [
    `kubectl patch pod web -p '{"spec":{"activeDeadlineSeconds":"x"}}'`,
    1,
    "",
    'The request is invalid: patch: Invalid value: "map[spec:map[activeDeadlineSeconds:x]]": cannot convert string to int64\n',
  ],
  [
    `kubectl patch pod web --type=json -p '[{"op":"remove","path":"/metadata/labels/nope"}]'`,
    1,
    "",
    "The request is invalid: the server rejected our request due to an error in our request\n",
  ],
  [
    `kubectl apply -f - <<'E'\n${web.replace("spec:", "spec:\n  foo: bar")}E`,
    1,
    "",
    `The request is invalid: patch: Invalid value: ${JSON.stringify(`map[metadata:map[annotations:map[kubectl.kubernetes.io/last-applied-configuration:${applied}\n]] spec:map[foo:bar]]`)}: strict decoding error: unknown field "spec.foo"\n`,
  ],
]);

check("a watch ends with its request", [
  started,
  [
    "kubectl get pods -w --request-timeout=2s -o name; clock",
    0,
    "pod/web\n0:03 since the cluster began, at the usual pace\n",
  ],
  [
    "kubectl get pods -w --request-timeout=x",
    1,
    "",
    "error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)\n",
  ],
]);

check("a quota counts what is there", [
  ["kubectl create quota q --hard=pods=1", 0, "resourcequota/q created\n"],
  [ready, 0, "pod/web created\npod/web condition met\n"],
  ["kubectl get quota q -o jsonpath='{.status.used}'", 0, '{"pods":"1"}'],
  [
    "kubectl run two --image=nginx",
    1,
    "",
    'Error from server (Forbidden): pods "two" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1\n',
  ],
  [
    "kubectl delete pod web; sleep 1; kubectl get quota q -o jsonpath='{.status.used}'",
    0,
    'pod "web" deleted from default namespace\n{"pods":"0"}',
  ],
]);

check("what the system put there is labelled", [
  [
    "kubectl get ns -o custom-columns=N:.metadata.name,L:.metadata.labels --no-headers | head -1",
    0,
    "default           map[kubernetes.io/metadata.name:default]\n",
  ],
  ["kubectl get svc -l provider=kubernetes -o name", 0, "service/kubernetes\n"],
  ["kubectl get pv,pvc", 0, "", "No resources found\n"],
  [
    "kubectl get pc -o custom-columns=N:.metadata.name,V:.value --no-headers",
    0,
    "system-cluster-critical   2000000000\nsystem-node-critical      2000001000\n",
  ],
  [
    "kubectl delete pc system-node-critical",
    1,
    "",
    'Error from server (Forbidden): priorityclasses.scheduling.k8s.io "system-node-critical" is forbidden: this is a system priority class and cannot be deleted\n',
  ],
]);

const resize = (pod: string, resources: object) =>
  `kubectl patch pod ${pod} --subresource=resize -p '${JSON.stringify({ spec: { containers: [{ name: pod, resources }] } })}'`;
const conditionOf = (pod: string) =>
  `kubectl get pod ${pod} -o jsonpath='{.status.conditions[0].type} {.status.conditions[0].reason} {.status.conditions[0].message}'`;
const resourcesOf = (pod: string) => `kubectl get pod ${pod} -o jsonpath='{.status.containerStatuses[0].resources}'`;

test("a resize is granted, waits for room, or is more than the node has", () => {
  const sandbox = new Sandbox({ files });
  const said = (command: string) => sandbox.run(command).stdout;
  const overrides = (cpu: string) =>
    JSON.stringify({ spec: { containers: [{ name: "web", image: "nginx", resources: { requests: { cpu } } }] } });
  said(`kubectl run web --image=nginx --overrides='${overrides("100m")}'`);
  said(`kubectl run two --image=nginx --overrides='${overrides("100m").replaceAll('"web"', '"two"')}'; sleep 5`);
  assert.equal(said(resize("web", { requests: { cpu: "150m" } })), "pod/web patched\n");
  assert.match(said(`sleep 0.2; ${conditionOf("web")}`), /^PodResizeInProgress {2}$/);
  assert.equal(said(`sleep 2; ${resourcesOf("web")}`), '{"requests":{"cpu":"150m"}}');
  assert.match(said(conditionOf("web")), /^PodReadyToStartContainers/);
  said(resize("two", { requests: { cpu: "5" } }));
  assert.equal(
    said(`sleep 2; ${conditionOf("two")}`),
    "PodResizePending Infeasible Node didn't have enough capacity: cpu, requested: 5000, capacity: 2000",
  );
  assert.equal(said(resourcesOf("two")), '{"requests":{"cpu":"100m"}}');
  said(resize("two", { requests: { cpu: "1900m" } }));
  assert.equal(
    said(`sleep 2; ${conditionOf("two")}`),
    "PodResizePending Deferred Node didn't have enough resource: cpu, requested: 1900, used: 150, capacity: 2000",
  );
  said("kubectl delete pod web --now; sleep 3");
  assert.equal(said(resourcesOf("two")), '{"requests":{"cpu":"1900m"}}');
  const text = said("kubectl get events -o custom-columns=R:.reason,O:.involvedObject.name,M:.message --no-headers");
  const told = text.split("\n").filter((line) => line.startsWith("Resize"));
  assert.deepEqual(
    told.map((line) => line.replace(/ +/g, " ")),
    [
      'ResizeInfeasible two Pod resize Infeasible: {"containers":[{"name":"two","resources":{"requests":{"cpu":"5"}}}],"generation":2,"error":"Node didn\'t have enough capacity: cpu, requested: 5000, capacity: 2000"}',
      'ResizeDeferred two Pod resize Deferred: {"containers":[{"name":"two","resources":{"requests":{"cpu":"1900m"}}}],"generation":3,"error":"Node didn\'t have enough resource: cpu, requested: 1900, used: 150, capacity: 2000"}',
      'ResizeStarted two Pod resize started: {"containers":[{"name":"two","resources":{"requests":{"cpu":"1900m"}}}],"generation":3}',
      'ResizeCompleted two Pod resize completed: {"containers":[{"name":"two","resources":{"requests":{"cpu":"1900m"}}}],"generation":3}',
      'ResizeStarted web Pod resize started: {"containers":[{"name":"web","resources":{"requests":{"cpu":"150m"}}}],"generation":2}',
      'ResizeCompleted web Pod resize completed: {"containers":[{"name":"web","resources":{"requests":{"cpu":"150m"}}}],"generation":2}',
    ],
  );
});

test("a resize changes the limits of what runs, restarts it where it is told to, and takes no memory that is used", () => {
  const sandbox = new Sandbox({
    files: {
      "r.yaml": `apiVersion: v1
kind: Pod
metadata: {name: r}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: r
    image: busybox:1.28
    command: [sleep, "3600"]
    resizePolicy: [{resourceName: cpu, restartPolicy: RestartContainer}]
    resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {cpu: 200m, memory: 128Mi}}
`,
    },
  });
  const said = (command: string) => sandbox.run(command).stdout;
  said("kubectl apply -f r.yaml; sleep 3");
  const limit = "kubectl exec r -- cat /sys/fs/cgroup/memory/memory.limit_in_bytes";
  assert.equal(said(limit), `${128 * 2 ** 20}\n`);
  said(`${resize("r", { limits: { memory: "256Mi" } })}; sleep 3`);
  assert.equal(said(limit), `${256 * 2 ** 20}\n`);
  assert.equal(
    said("kubectl get pod r --no-headers -o custom-columns=R:.status.containerStatuses[0].restartCount"),
    "0\n",
  );
  said(`${resize("r", { limits: { cpu: "300m" } })}; sleep 4`);
  assert.equal(
    said("kubectl get pod r --no-headers -o custom-columns=R:.status.containerStatuses[0].restartCount"),
    "1\n",
  );
  assert.match(said("kubectl get events"), /Container r resize requires restart/);
  said(`${resize("r", { requests: { memory: "64Ki" }, limits: { memory: "128Ki" } })}; sleep 3`);
  assert.match(
    said(conditionOf("r")),
    /^PodResizeInProgress Error cannot decrease memory limits: attempting to set container "r" memory limit \(131072\) below current usage \(\d+\)$/,
  );
});

test("what is drained was evicted", () => {
  const sandbox = new Sandbox({ files });
  sandbox.run(ready);
  const { stdout } = sandbox.run(
    'kubectl drain minikube --force 2>&1 & sleep 0.1; kubectl get pod web -o jsonpath=\'{.status.conditions[?(@.type=="DisruptionTarget")].message}{"\\n"}\'; wait',
  );
  assert.equal(
    stdout,
    `node/minikube cordoned
Warning: deleting Pods that declare no controller: default/web
evicting pod default/web
Eviction API: evicting
pod/web evicted
node/minikube drained
`,
  );
});

test("root in a container may do what its capabilities allow", () => {
  const security: Readonly<Record<string, string>> = {
    plain: "{}",
    none: "{allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}",
    more: "{capabilities: {add: [NET_ADMIN, SYS_TIME]}}",
    user: "{runAsUser: 1000}",
    privileged: "{privileged: true}",
  };
  const containers = Object.entries(security).map(
    ([name, context]) =>
      `  - {name: ${name}, image: 'busybox:1.28', command: [sleep, '3600'], securityContext: ${context}}\n`,
  );
  const manifest = `apiVersion: v1\nkind: Pod\nmetadata: {name: c}\nspec:\n  containers:\n${containers.join("")}`;
  const sandbox = new Sandbox({ files: { "c.yaml": manifest } });
  sandbox.run("kubectl apply -f c.yaml; sleep 5");
  const inside = (container: string, script: string) =>
    sandbox.run(`kubectl exec c -c ${container} -- sh -c '${script}'`);
  const shown = (container: string) =>
    inside(container, 'grep -E "CapEff|CapBnd|NoNew" /proc/1/status').stdout.match(/\w+$/gm)?.join(" ");
  assert.equal(shown("plain"), "00000000a80425fb 00000000a80425fb 0");
  assert.equal(shown("none"), "0000000000000000 0000000000000000 1");
  assert.equal(shown("more"), "00000000aa0435fb 00000000aa0435fb 0");
  assert.equal(shown("user"), "0000000000000000 00000000a80425fb 0");
  assert.equal(shown("privileged"), "000001ffffffffff 000001ffffffffff 0");
  const give = "touch /tmp/f; chown 1000 /tmp/f";
  assert.equal(inside("plain", give).exit, 0);
  assert.match(inside("none", give).stderr, /^chown: \/tmp\/f: Operation not permitted\n/);
  const others = "mkdir -m 0700 /tmp/d; chown 1000 /tmp/d; touch /tmp/d/f";
  assert.equal(inside("plain", others).exit, 0);
  assert.equal(
    inside("plain", "hostname x").stderr,
    "hostname: sethostname: Operation not permitted\ncommand terminated with exit code 1\n",
  );
  assert.equal(inside("privileged", "hostname x; hostname").stdout, "x\n");
});

check("a debug container sees the processes of its target", [
  started,
  [
    "kubectl debug web --image=busybox:1.28 --target=web -c d -- sh -c 'ps -o pid,args | head -2; kill -0 1; echo $?; ls /proc/1/root/usr/share/nginx/html'; sleep 2; kubectl logs web -c d",
    0,
    `Targeting container "web". If you don't see processes from this container it may be because the container runtime doesn't support this feature.
PID   COMMAND
    1 nginx: master process nginx -g daemon off;
0
50x.html
index.html
`,
  ],
]);

const advice = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
`;
const configMap = (data: string) => `<<'E'\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: ${data}\nE`;
const dataOf = "kubectl get cm c -o jsonpath='{.data}'";

check("server-side apply knows who set which field", [
  ["kubectl apply --server-side -f web.yaml; sleep 3", 0, "pod/web serverside-applied\n"],
  ["kubectl set image pod/web web=nginx:1.25", 0, "pod/web image updated\n"],
  ["kubectl label pod web app=other --overwrite", 0, "pod/web labeled\n"],
  [
    "kubectl apply --server-side -f web.yaml",
    1,
    "",
    `error: Apply failed with 2 conflicts: conflicts with "kubectl-label" using v1:
- .metadata.labels.app
conflicts with "kubectl-set" using v1:
- .spec.containers[name="web"].image
${advice}`,
  ],
  ["kubectl apply --server-side --force-conflicts -f web.yaml", 0, "pod/web serverside-applied\n"],
  ["kubectl get pod web -o jsonpath='{.metadata.labels.app} {.spec.containers[0].image}'", 0, "web nginx"],
  ["kubectl apply --server-side -f web.yaml", 0, "pod/web serverside-applied\n"],
  [
    "sed 's/image:/img: x, image:/' web.yaml | kubectl apply --server-side -f -",
    1,
    "",
    `Error from server: failed to create typed patch object (default/web; /v1, Kind=Pod): .spec.containers[name="web"].img: field not declared in schema\n`,
  ],
]);

check("server-side apply takes back what its document leaves out, and takes over what kubectl applied before", [
  [`kubectl create -f - ${configMap('{a: "1", b: "2"}')}`, 0, "configmap/c created\n"],
  [
    `kubectl apply --server-side -f - ${configMap('{a: "9"}')}`,
    1,
    "",
    `error: Apply failed with 1 conflict: conflict with "kubectl-create" using v1: .data.a\n${advice}`,
  ],
  [
    `kubectl apply --server-side --field-manager=me --force-conflicts -f - ${configMap('{a: "9", c: "3"}')}`,
    0,
    "configmap/c serverside-applied\n",
  ],
  [dataOf, 0, '{"a":"9","b":"2","c":"3"}'],
  [
    `kubectl apply --server-side --field-manager=me -f - ${configMap('{a: "9"}')}`,
    0,
    "configmap/c serverside-applied\n",
  ],
  [dataOf, 0, '{"a":"9","b":"2"}'],
  [
    `kubectl delete cm c; kubectl apply -f - ${configMap('{a: "1", b: "2"}')}`,
    0,
    'configmap "c" deleted from default namespace\nconfigmap/c created\n',
  ],
  [`kubectl apply --server-side -f - ${configMap('{a: "9"}')}`, 0, "configmap/c serverside-applied\n"],
  [dataOf, 0, '{"a":"9"}'],
]);

check("a JSONPath that asks for more than a list has says so", [
  ["kubectl create cm c --from-literal=a=1", 0, "configmap/c created\n"],
  [
    `kubectl get cm c -o jsonpath='{.data[0]}' 2>&1 | head -4`,
    0,
    'error: error executing jsonpath "{.data[0]}": Error executing template: map[string]interface {} is not array or slice. Printing more information for debugging the template:\n\ttemplate was:\n\t\t{.data[0]}\n\tobject given to jsonpath engine was:\n',
  ],
  [
    "kubectl get cm -o jsonpath='{.items[7].data}' 2>&1 | head -1",
    0,
    'error: error executing jsonpath "{.items[7].data}": Error executing template: array index out of bounds: index 7, length 2. Printing more information for debugging the template:\n',
  ],
  ["kubectl get cm c -o jsonpath='{.nope[7].data}'", 0, ""],
  ["kubectl get cm -o jsonpath='{.items[-2:].metadata.name}'", 0, "c kube-root-ca.crt"],
]);
