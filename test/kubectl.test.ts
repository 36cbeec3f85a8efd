/** kubectl's command line against a small cluster in memory: what it prints and how it exits. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyStrategicMerge, type MergeSchema } from "../src/cluster/patch/strategicMerge.ts";
import { notFound } from "../src/cluster/api/status.ts";
import type { ApiClient, ApiObject } from "../src/kubectl/client.ts";
import { kubectl } from "../src/kubectl/kubectl.ts";
import { Clock } from "../src/time/clock.ts";
import { startTask } from "../src/time/task.ts";
import schema from "../assets/core-v1-schema.json" with { type: "json" };

function world() {
  const objects = new Map<string, ApiObject>();
  const key = (kind: string, namespace: string | undefined, name: string) => `${kind}/${namespace ?? ""}/${name}`;
  const put = (object: ApiObject) => {
    objects.set(key(object.kind, object.metadata.namespace, object.metadata.name!), object);
    return { object, warnings: [] };
  };
  const client: ApiClient = {
    as: () => client,
    apply: (document) => put(document as unknown as ApiObject),
    evict: (namespace, name) => client.delete("Pod", namespace, name),
    get: (kind, namespace, name) => objects.get(key(kind, namespace, name)),
    list: (kind, namespace) =>
      [...objects.values()].filter((o) => o.kind === kind && (!namespace || o.metadata.namespace === namespace)),
    create: (document) => put(document as unknown as ApiObject),
    replace: (document) => put(document as unknown as ApiObject),
    patch(kind, namespace, name, patch) {
      const old = objects.get(key(kind, namespace, name));
      if (!old) return { status: notFound(kind, name) };
      const merged = applyStrategicMerge(old, patch as Record<string, unknown>, kind, schema as unknown as MergeSchema);
      assert.ok("value" in merged);
      return put(merged.value as ApiObject);
    },
    delete(kind, namespace, name) {
      const object = objects.get(key(kind, namespace, name))!;
      objects.delete(key(kind, namespace, name));
      return { object, warnings: [] };
    },
    watch: () => () => {},
    logs: () => "",
    *exec() {
      return { exitCode: 0 };
    },
    now: () => 0,
  };
  const files: Record<string, string> = {};
  const run = (...words: string[]) => {
    let out = "";
    let err = "";
    let exit = -1;
    const io = {
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
      stdin: () => undefined,
      readFile: (path: string) => files[path],
      writeFile: () => false,
    };
    const clock = new Clock();
    startTask(clock, kubectl(words, io, client), (code) => {
      exit = code;
    });
    return { out, err, exit };
  };
  return { run, files };
}

test("errors of the command line", () => {
  const { run } = world();
  assert.deepEqual(run("get", "pod", "nope"), {
    out: "",
    err: 'Error from server (NotFound): pods "nope" not found\n',
    exit: 1,
  });
  assert.equal(run("get", "pods", "--nope").err, "error: unknown flag: --nope\nSee 'kubectl get --help' for usage.\n");
  assert.equal(run("nosuch").err, 'error: unknown command "nosuch" for "kubectl"\n');
  assert.equal(run("get", "pds").err, 'error: the server doesn\'t have a resource type "pds"\n');
  assert.equal(
    run("get", "pods", "-o", "jsonpath={.items[0").err,
    "error: error parsing jsonpath {.items[0, unterminated array\n",
  );
});

test("a Pod made on the client is printed as YAML", () => {
  const { out } = world().run(
    "run",
    "env",
    "--image=nginx",
    "--labels=app=x,tier=y",
    "--env=A=1",
    "--dry-run=client",
    "-oyaml",
  );
  assert.equal(
    out,
    'apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    app: x\n    tier: "y"\n  name: env\nspec:\n  containers:\n  - env:\n    - name: A\n      value: "1"\n    image: nginx\n    name: env\n    resources: {}\n  dnsPolicy: ClusterFirst\n  restartPolicy: Always\nstatus: {}\n',
  );
});

test("apply creates, then finds nothing to do, then sends only what differs", () => {
  const { run, files } = world();
  const pod = (image: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {name: a, image: ${image}}\n`;
  files["p.yaml"] = pod("nginx");
  assert.equal(run("apply", "-f", "p.yaml").out, "pod/web created\n");
  assert.equal(run("apply", "-f", "p.yaml").out, "pod/web unchanged\n");
  files["p.yaml"] = pod("httpd");
  assert.equal(run("apply", "-f", "p.yaml").out, "pod/web configured\n");
  assert.equal(run("get", "pods", "-o", "jsonpath={.items[*].spec.containers[0].image}").out, "httpd");
  assert.equal(run("delete", "pod", "web").out, 'pod "web" deleted from default namespace\n');
});
