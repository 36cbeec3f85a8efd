/** `course author new NAME`: a lesson file to begin with, true as it stands. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { shownPath, WorkspaceFault } from "../runner/workspace.ts";
import { type Context, UsageFault } from "./context.ts";
import { passed } from "./exitCode.ts";

export function authorNew({ terminal, cwd }: Context, name: string | undefined): number {
  if (name === undefined) throw new UsageFault("Name the lesson: course author new init-containers");
  const id = name
    .replace(/^.*[\\/]/, "")
    .replace(/\.md$/, "")
    .replace(/^\d+-/, "");
  if (!/^[a-z][a-z0-9-]*$/.test(id))
    throw new UsageFault(`A lesson's id has small letters, digits and dashes: ${name} does not fit.`);
  const path = /[\\/]|\.md$/.test(name)
    ? resolve(cwd, name)
    : join(cwd, "lessons", "en", `${nextNumber(join(cwd, "lessons", "en"))}-${id}.md`);
  const twin =
    existsSync(dirname(path)) && readdirSync(dirname(path)).find((one) => one.replace(/^\d+-/, "") === `${id}.md`);
  if (twin) throw new UsageFault(`There is a lesson ${id} already: ${shownPath(join(dirname(path), twin), cwd)}.`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, template(id), { flag: "wx" });
  } catch (error) {
    throw new WorkspaceFault(`${path} cannot be written: ${(error as Error).message}`);
  }
  terminal.print(
    `${shownPath(path, cwd)} is a lesson to begin with. course author check ${shownPath(path, cwd)} says what is not true in it.`,
  );
  return passed;
}

function nextNumber(folder: string): string {
  const numbers = existsSync(folder)
    ? readdirSync(folder)
        .map((name) => Number.parseInt(name, 10))
        .filter(Number.isInteger)
    : [];
  return String(Math.max(0, ...numbers) + 1).padStart(2, "0");
}

function template(id: string): string {
  const title = id[0]!.toUpperCase() + id.slice(1).replaceAll("-", " ");
  return `---
id: ${id}
title: ${title}
summary: One sentence that says what this lesson is about.
minutes: 10
objectives:
  - Say what a learner can do afterwards
---

# ${title}

What this lesson is about, in a few lines.

## A first look

A demo runs when the learner asks. What is printed below it is checked.

\`\`\`yaml demo
apiVersion: v1
kind: Pod
metadata:
  name: hello
spec:
  restartPolicy: Never
  containers:
    - name: hello
      image: busybox:1.36
      command: ["sh", "-c", "echo hello; sleep 5"]
\`\`\`

## Exercise: Say goodbye {#say-goodbye}

Make the container print \`goodbye\`.

\`\`\`yaml starter
apiVersion: v1
kind: Pod
metadata:
  name: hello
spec:
  restartPolicy: Never
  containers:
    - name: hello
      image: busybox:1.36
      command: ["sh", "-c", "echo hello; sleep 5"]
\`\`\`

\`\`\`yaml expect
seconds: 20
starterFails: says-goodbye
expect:
  - {id: says-goodbye, log: /^goodbye$/, by: 15s, say: A container does what its command says.}
\`\`\`

<details><summary>Hint</summary>

Look at \`command\`.

</details>

<details><summary>Solution</summary>

The shell prints what \`echo\` is told.

\`\`\`yaml solution
apiVersion: v1
kind: Pod
metadata:
  name: hello
spec:
  restartPolicy: Never
  containers:
    - name: hello
      image: busybox:1.36
      command: ["sh", "-c", "echo goodbye; sleep 5"]
\`\`\`

</details>

<details><summary>Wrong answer: the name changed</summary>

\`\`\`yaml wrong breaks=says-goodbye
apiVersion: v1
kind: Pod
metadata:
  name: goodbye
spec:
  restartPolicy: Never
  containers:
    - name: goodbye
      image: busybox:1.36
      command: ["sh", "-c", "echo hello; sleep 5"]
\`\`\`

\`\`\`yaml when
- {structure: metadata.name, matches: goodbye, because: the name is the mistake}
\`\`\`

A name is only a label. What the container prints is up to \`command\`.

</details>
`;
}
