/** What a learner reads about a file that is refused: the server's words, plain words, and the line. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Assignment, Verdict } from "../src/grader/types.ts";
import { grade } from "../src/grader/grade.ts";
import { simulate } from "../src/simulation/simulate.ts";

const assignment: Assignment = {
  id: "t",
  worlds: [{ name: "", seconds: 1 }],
  expect: [],
  documents: ["ConfigMap", "Service", "Secret"],
  wrongAnswers: [],
};

const verdictOn = (text: string): Verdict => grade(assignment, text, simulate);

const head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n";
const spec = (text: string) => `${head}spec:\n${text}`;
const container = (text: string) => spec(`  containers:\n  - name: app\n    image: nginx:1.27\n${text}`);

/** Name, file, the server's or kubectl's words, the plain ones, the line. */
const mistakes: readonly (readonly [string, string, RegExp, RegExp, number])[] = [
  [
    "a tab",
    spec("\tcontainers: []\n"),
    /yaml: line 6: found character that cannot start any token/,
    /indented with a tab.*only spaces/,
    6,
  ],
  [
    "a missing dash",
    spec("  containers:\n    name: app\n    image: nginx\n"),
    /cannot unmarshal object into Go struct field PodSpec\.spec\.containers of type \[\]v1\.Container/,
    /containers is a list.*begins with "- "/,
    6,
  ],
  [
    "no space after the dash",
    spec("  containers:\n  -name: app\n    image: nginx\n"),
    /mapping values are not allowed in this context/,
    /a space is missing after the dash/,
    8,
  ],
  [
    "no space after the colon",
    spec("  containers:\n  - name: app\n    image:nginx\n    args: [a]\n"),
    /could not find expected ':'|mapping values/,
    /a space is missing after the colon/,
    9,
  ],
  [
    "a key indented too deep",
    spec("  containers:\n  - name: app\n      image: nginx\n"),
    /mapping values are not allowed/,
    /indented deeper than the line before/,
    8,
  ],
  [
    "a key indented too little",
    spec("  containers:\n  - name: app\n   image: nginx\n"),
    /did not find expected/,
    /fits no object above it|does not line up/,
    8,
  ],
  [
    "a quote that never ends",
    container('    command: ["sleep, "1"]\n'),
    /did not find expected ',' or '\]'|unexpected end of stream/,
    /not closed|never closed/,
    9,
  ],
  [
    "image on the wrong level",
    spec("  image: nginx\n  containers:\n  - name: app\n"),
    /unknown field "spec\.image"/,
    /image does not belong in spec; it belongs in spec\.containers/,
    6,
  ],
  [
    "a misspelt field",
    container("    comand: [sleep, '1']\n"),
    /unknown field "spec\.containers\[0\]\.comand"/,
    /Did you mean command\?/,
    9,
  ],
  [
    "a field in snake case",
    container("    image_pull_policy: Always\n"),
    /unknown field "spec\.containers\[0\]\.image_pull_policy"/,
    /Did you mean imagePullPolicy\?/,
    9,
  ],
  [
    "a field with a capital letter",
    container("    Ports: []\n"),
    /unknown field "spec\.containers\[0\]\.Ports"/,
    /Did you mean ports\?/,
    9,
  ],
  [
    "a probe below spec",
    `${container("")}  livenessProbe:\n    exec: {command: [ls]}\n`,
    /unknown field "spec\.livenessProbe"/,
    /belongs in spec\.containers/,
    9,
  ],
  [
    "cpu outside limits",
    container("    resources:\n      cpu: 100m\n"),
    /unknown field "spec\.containers\[0\]\.resources\.cpu"/,
    /belongs inside limits or requests/,
    10,
  ],
  [
    "a number where text belongs",
    container("    env:\n    - name: PORT\n      value: 8080\n"),
    /cannot unmarshal number into Go struct field EnvVar\.spec\.containers\.env\.value of type string/,
    /value is text.*Put it in quotes/,
    11,
  ],
  [
    "text where a number belongs",
    container('    ports:\n    - containerPort: "80"\n'),
    /cannot unmarshal string into Go struct field ContainerPort\.spec\.containers\.ports\.containerPort of type int32/,
    /whole number, without quotes/,
    10,
  ],
  [
    "a command that is one text",
    container("    command: sleep 10\n"),
    /cannot unmarshal string into Go struct field Container\.spec\.containers\.command of type \[\]string/,
    /command is a list/,
    9,
  ],
  [
    "a map where a list belongs",
    container("    env:\n      MODE: fast\n"),
    /cannot unmarshal object into Go struct field Container\.spec\.containers\.env of type \[\]v1\.EnvVar/,
    /env is a list/,
    9,
  ],
  [
    "yes in a list of texts",
    container("    args: [yes]\n"),
    /cannot unmarshal bool into Go struct field Container\.spec\.containers\.args of type string/,
    /YAML reads yes, no/,
    9,
  ],
  [
    "an amount with a B",
    container("    resources:\n      limits:\n        memory: 64MB\n"),
    /quantities must match the regular expression/,
    /memory is not an amount.*no "B"/,
    11,
  ],
  [
    "a policy in small letters",
    spec("  restartPolicy: never\n  containers:\n  - name: app\n    image: nginx\n"),
    /spec\.restartPolicy: Unsupported value: "never"/,
    /Did you mean Never\?.*Capitals matter/,
    6,
  ],
  [
    "a name with an underscore",
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: my_web\nspec:\n  containers:\n  - name: app\n    image: nginx\n",
    /The Pod "my_web" is invalid: metadata\.name/,
    /only small letters, digits.*For example: my-web/,
    4,
  ],
  [
    "a mount of a volume that is not there",
    container("    volumeMounts:\n    - name: data\n      mountPath: /data\n"),
    /volumeMounts\[0\]\.name: Not found: "data"/,
    /There is no volume data in spec\.volumes/,
    10,
  ],
  [
    "no image",
    spec("  containers:\n  - name: app\n"),
    /spec\.containers\[0\]\.image: Required value/,
    /needs image/,
    7,
  ],
  [
    "no kind",
    "apiVersion: v1\nmetadata:\n  name: web\n",
    /error validating data: kind not set/,
    /does not say what it is/,
    0,
  ],
  [
    "a kind in small letters",
    "apiVersion: v1\nkind: pod\nmetadata:\n  name: web\n",
    /no kind "pod" is registered/,
    /Kinds begin with a capital letter/,
    0,
  ],
  [
    "a misspelt kind",
    "apiVersion: v1\nkind: Pdo\nmetadata:\n  name: web\n",
    /no matches for kind "Pdo" in version "v1"/,
    /Did you mean Pod\?/,
    0,
  ],
  [
    "a ConfigMap beside the Pod with a number in it",
    `${container("")}---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  port: 80\n`,
    /cannot unmarshal number into Go struct field ConfigMap\.data of type string/,
    /port is text.*Put it in quotes/,
    15,
  ],
];

for (const [name, text, words, plain, line] of mistakes)
  test(`${name}: the server's words, then plain ones, and line ${line}`, () => {
    const { passed, first, rejected } = verdictOn(text);
    assert.equal(passed, false);
    assert.match(rejected?.message ?? first!.actual, words);
    assert.match(rejected ? rejected.plain.map((one) => one.text).join("\n") : first!.say!, plain);
    assert.equal((rejected?.plain.find(({ place }) => place)?.place ?? first!.place)?.line ?? 0, line);
  });

test("the items of a List are documents", () => {
  const list = `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: web}\n  spec:\n    containers:\n    - name: app\n      imagee: nginx\n`;
  const { rejected } = verdictOn(list);
  assert.match(rejected!.message, /unknown field "spec\.containers\[0\]\.imagee"/);
  assert.equal(rejected!.plain[0]!.place!.line, 10);
});

test("JSON is a manifest, too", () => {
  const { rejected } = verdictOn(
    '{"apiVersion": "v1", "kind": "Pod",\n "metadata": {"name": "web"},\n "spec": {"containers": [{"name": "app",\n  "imagee": "nginx"}]}}\n',
  );
  assert.equal(rejected!.plain[0]!.place!.line, 4);
});
