import assert from "node:assert/strict";
import { test } from "node:test";
import { runScript } from "./appletProcess.ts";

const cases: readonly (readonly [script: string, exit: number, stdout: string, stderr: string])[] = [
  [
    "cat /nope; ls /nope",
    1,
    "",
    "cat: can't open '/nope': No such file or directory\nls: /nope: No such file or directory\n",
  ],
  ["yes | head -2", 0, "y\ny\n", ""],
  [
    "rm /tmp/x; rm -f /tmp/x; rm /tmp",
    1,
    "",
    "rm: can't remove '/tmp/x': No such file or directory\nrm: '/tmp' is a directory\n",
  ],
  ["echo hello | sed 's/l/L/g'; printf 'a\\nb\\nc\\n' | sed -n 2p", 0, "heLLo\nb\n", ""],
  ["printf '10\\n9\\n' | sort -n; echo a:b:c | cut -d: -f1,3; echo aabb | tr -s a", 0, "9\n10\na:c\nabb\n", ""],
  [
    "echo -n abc | md5sum; echo -n abc | base64; echo YWJj | base64 -d",
    0,
    "900150983cd24fb0d6963f7d28e17f72  -\nYWJj\nabc",
    "",
  ],
  ["echo abc | grep -o 'b*c'; echo abc | grep x", 1, "bc\n", ""],
  ["echo a b | xargs -n1 echo n; echo hi > /tmp/f; cp /tmp/f /tmp/g; cat /tmp/g", 0, "n a\nn b\nhi\n", ""],
  [
    "mkdir /tmp/w; echo hi > /tmp/w/index.html; httpd -p 8080 -h /tmp/w; wget -q -O- http://127.0.0.1:8080/",
    0,
    "hi\n",
    "",
  ],
  ["wget -q -O- http://127.0.0.1:1/", 1, "", "wget: can't connect to remote host (127.0.0.1): Connection refused\n"],
  ["timeout 1 sleep 5; echo $?", 0, "143\n", "Terminated\n"],
];

for (const [script, exit, stdout, stderr] of cases) {
  test(script, () => {
    const ran = runScript(script);
    assert.deepEqual([ran.exit, ran.stdout, ran.stderr], [exit, stdout, stderr]);
  });
}
