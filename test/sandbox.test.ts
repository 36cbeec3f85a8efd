/** A shell beside a cluster: kubectl as a program among others, files, virtual time, the node. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sandbox } from "../src/sandbox/sandbox.ts";
import { simulateSession } from "../src/sandbox/session.ts";
import { sessionOf } from "../src/simulation/sessionScript.ts";
import { mistypedCommand } from "../src/runner/mistypedCommand.ts";
import { faultOf, replay } from "../src/sandbox/transcript.ts";

const pod = (name: string, script: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec:\n  terminationGracePeriodSeconds: 1\n  containers:\n  - {name: a, image: "busybox:1.36", command: [sh, -c, "${script}"]}\n`;

test("kubectl reads files, pipes and here-documents, and writes where it is told", () => {
  const sandbox = new Sandbox({ files: { "pod.yaml": pod("web", "sleep 1000") } });
  assert.deepEqual(sandbox.run("kubectl apply -f pod.yaml"), { exit: 0, stdout: "pod/web created\n", stderr: "" });
  assert.equal(sandbox.run("sed s/web/two/ pod.yaml | kubectl apply -f -").stdout, "pod/two created\n");
  assert.equal(sandbox.run("kubectl get pods -o name > names; wc -l < names").stdout, "2\n");
  assert.equal(sandbox.run("while read p; do kubectl get $p -o name; done < names").stdout, "pod/two\npod/web\n");
});

test("waiting takes virtual time, nothing else does", () => {
  const sandbox = new Sandbox({ files: { "pod.yaml": pod("web", "sleep 5; exit 3") } });
  sandbox.run("kubectl apply -f pod.yaml");
  const { stdout } = sandbox.run(
    "kubectl wait --for=condition=Ready pod/web --timeout=60s && sleep 12 && kubectl get pods",
  );
  assert.match(stdout, /condition met\n.*\nweb +0\/1 +(CrashLoopBackOff|Error) +1 \(\d+s ago\)/s);
  assert.ok(sandbox.seconds > 10 && sandbox.seconds < 20);
  sandbox.run("clock +5m");
  assert.ok(sandbox.seconds > 310);
});

test("what never ends is cut off, and leaves nothing behind", () => {
  const sandbox = new Sandbox();
  const { exit, stdout } = sandbox.run("kubectl run web --image=nginx >&2; kubectl get pods -w", {
    longestSeconds: 20,
  });
  assert.equal(exit, 124);
  assert.match(stdout, /web +1\/1 +Running/);
});

test("exec: streams, exit status, a command that is still running when its caller is killed", () => {
  const sandbox = new Sandbox({ files: { "pod.yaml": pod("web", "sleep 1000") } });
  sandbox.run("kubectl apply -f pod.yaml; sleep 3");
  assert.equal(sandbox.run("echo hi | kubectl exec -i web -- tr a-z A-Z").stdout, "HI\n");
  assert.equal(sandbox.run("kubectl exec web -- sh -c 'exit 7'").exit, 7);
  sandbox.run("timeout 5 kubectl exec web -- sleep 500");
  assert.doesNotMatch(sandbox.run("kubectl exec web -- ps").stdout, /sleep 500/);
});

test("the node: its static Pods, its processes", () => {
  const sandbox = new Sandbox({ files: { "web.yaml": pod("web", "sleep 1000") } });
  sandbox.run("cat web.yaml | ssh minikube 'cat > /etc/kubernetes/manifests/web.yaml'; sleep 5");
  assert.match(sandbox.run("kubectl get pods").stdout, /web-minikube +1\/1 +Running/);
  assert.match(sandbox.run("ssh minikube ps").stdout, /sleep 1000/);
  sandbox.run("kubectl delete pod web-minikube; sleep 12");
  assert.match(sandbox.run("kubectl get pods").stdout, /web-minikube +1\/1 +Running/);
  sandbox.run("ssh minikube rm /etc/kubernetes/manifests/web.yaml; sleep 5");
  assert.equal(sandbox.run("kubectl get pods").stderr, "No resources found in default namespace.\n");
  assert.equal(sandbox.run("ssh nowhere").exit, 255);
});

test("an interactive shell keeps its state, waits for whole commands, and survives Ctrl-C", () => {
  const sandbox = new Sandbox();
  let out = "";
  const prompts: string[] = [];
  const print = (text: string) => void (out += text);
  const shell = sandbox.openShell({ out: print, err: print }, ({ status, more }) =>
    prompts.push(`${status}${more ? "+" : ""}`),
  );
  const type = (line: string, seconds = 1) => {
    shell.feed(`${line}\n`, false);
    sandbox.runUntil(sandbox.seconds + seconds);
  };
  sandbox.runUntil(1);
  type("cd /tmp; x=5");
  type("if [ $x = 5 ]; then");
  type("pwd; false; fi");
  type("while true; do sleep 1; done", 10);
  shell.interrupt();
  sandbox.runUntil(sandbox.seconds + 1);
  type("echo still here $x $?");
  assert.equal(out, "/tmp\nstill here 5 130\n");
  assert.deepEqual(prompts, ["0", "0", "0+", "1", "130", "0"]);
  type("exit 4");
  assert.equal(shell.exit, 4);
});

test("a transcript: files, times, waits, writes", () => {
  const { steps } = replay({
    files: { "a.yaml": pod("a", "sleep 1000") },
    steps: [
      { run: "kubectl apply -f a.yaml" },
      { wait: 5 },
      { run: "kubectl get pod a --no-headers" },
      { write: "b.txt", text: "b\n" },
      { run: "cat b.txt; date +%s", at: 100 },
      { run: "date +%s" },
    ],
  });
  assert.match(steps[2]!.stdout!, /^a +1\/1 +Running +0 +5s\n$/);
  const [then, later] = [steps[4]!.stdout!, steps[5]!.stdout!];
  assert.match(then, /^b\n\d+\n$/);
  assert.ok(Number(later) - Number(then.slice(2)) <= 1);
});

test("what is no transcript is told", () => {
  assert.equal(faultOf([]), "it must be an object: {files, steps}");
  assert.match(faultOf({ steps: [{ run: 5 }] })!, /^steps\[0\]/);
  assert.equal(faultOf({ files: {}, steps: [{ run: "ls", at: 5 }] }), undefined);
});

test("a session in a scenario: a script, an answer, the same run again", () => {
  const scenario = {
    pod: JSON.parse(
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[{"name":"a","image":"nginx:nope"}]}}',
    ),
    seconds: 30,
    session: sessionOf(
      "# look first\nkubectl get pod web -o jsonpath='{.status.phase}'\n# at 10s\nkubectl set image pod/web a=nginx\ncat <<END\n# kept\n\nEND\nanswer wrong image\n",
    ),
  };
  const run = simulateSession(scenario);
  assert.deepEqual(
    run.session?.commands.map(({ line, status }) => [line.slice(0, 12), status]),
    [
      ["kubectl get ", 0],
      ["kubectl set ", 0],
      ["cat <<END\n# ", 0],
      ["answer wrong", 0],
    ],
  );
  assert.deepEqual(
    run.session?.answers.map(({ text }) => text),
    ["wrong image"],
  );
  assert.match(run.session?.output ?? "", /Pending.*image updated\n# kept\n\nYour answer: wrong image\n/s);
  assert.equal(run.trace.object?.status.phase, "Running");
  assert.equal(JSON.stringify(simulateSession(scenario)), JSON.stringify(run));
});

test("a mistyped command is told what is near it", () => {
  const sandbox = new Sandbox();
  const hint = (line: string) => {
    const { exit, stderr } = sandbox.run(line);
    return mistypedCommand(exit, stderr, sandbox);
  };
  assert.equal(hint("kubctl get pods"), "Did you mean kubectl?");
  assert.equal(hint("gerp x"), "Did you mean grep?");
  assert.equal(hint("zzzzzzzzzz"), undefined);
  assert.equal(hint("false"), undefined);
});

test("what is cut off says so", () => {
  assert.equal(new Sandbox().run("sleep 100", { longestSeconds: 5 }).cutOffAfterSeconds, 5);
  assert.equal("cutOffAfterSeconds" in new Sandbox().run("true"), false);
});
