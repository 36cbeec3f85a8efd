/** What `--json` prints is what assets/schemas/ says: a contract with other programs. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { course, listed, newFolder } from "./cliRun.ts";
import { commandTable } from "../src/cli/commandTable.ts";
import { type Schema, schemaFaults } from "./jsonSchema.ts";

const folder = new URL("../assets/schemas/", import.meta.url);
const schemaOf = (name: string): Schema => JSON.parse(readFileSync(new URL(`${name}.schema.json`, folder), "utf8"));

const cwd = newFolder();
const first = listed(cwd)[0]!;
const index = JSON.parse(readFileSync(new URL("../dist/course.json", import.meta.url), "utf8"));
const answers: { id: string } | undefined = index.lessons
  .flatMap(({ exercises }: { exercises: { id: string; answers?: string }[] }) => exercises)
  .find((exercise: { answers?: string }) => exercise.answers === "commands");
const solution = course(["solution", first.id], { cwd }).stdout;
course(["show", first.id], { cwd });
const starter = readFileSync(`${join(cwd, "podcourse", ...first.id.split("/"))}.yaml`, "utf8");
course(["author", "new", "sidecars"], { cwd });
const lesson = join(cwd, "lessons/en/01-sidecars.md");
const untrue = join(cwd, "02-untrue.md");
writeFileSync(
  untrue,
  readFileSync(lesson, "utf8").replace("echo goodbye", "echo farewell").replace("id: sidecars", "id: untrue"),
);

const check = (manifest: string) => ({ args: ["check", first.id, "-", "--json"], input: manifest });
const outputs: readonly { schema: string; name: string; args: string[]; input?: string }[] = [
  { schema: "list", name: "list", args: ["list", "--json"] },
  { schema: "where", name: "where", args: ["where", "--json"] },
  { schema: "doctor", name: "doctor", args: ["doctor", "--json"] },
  { schema: "check-all", name: "check --all", args: ["check", "--all", "--json"] },
  { schema: "verdict", name: "a solution", ...check(solution) },
  { schema: "verdict", name: "the starter", ...check(starter) },
  { schema: "verdict", name: "what is no YAML", ...check("a: [\n") },
  { schema: "verdict", name: "what the server refuses", ...check(solution.replace(/name: .*/, "name: Not_A_Name")) },
  {
    schema: "verdict",
    name: "an endless loop",
    ...check(solution.replace(/command: .*/, 'command: ["sh", "-c", "while true; do :; done"]')),
  },
  ...(answers
    ? [
        {
          schema: "verdict",
          name: "commands",
          args: ["check", answers.id, "-", "--json"],
          input: "kubectl get pods\n",
        },
        {
          schema: "verdict",
          name: "commands that pass",
          args: ["check", answers.id, "-", "--json"],
          input: course(["solution", answers.id], { cwd }).stdout,
        },
      ]
    : []),
  { schema: "author-check", name: "a true lesson", args: ["author", "check", lesson, "--json"] },
  { schema: "author-check", name: "a lesson that is not true", args: ["author", "check", untrue, "--json"] },
];
for (const { schema, name, args, input } of outputs) {
  test(`${schema}: ${name}`, () => {
    const { stdout, stderr } = course(args, { cwd, ...(input !== undefined && { input }) });
    const value = JSON.parse(stdout);
    assert.deepEqual(schemaFaults(schemaOf(schema), value), [], stderr);
    assert.equal(value.version, 1);
  });
}

test("every command that prints JSON has an output here", () => {
  const printing = commandTable.filter(({ options = [] }) => options.some(([flags]) => flags === "--json"));
  for (const { name } of printing)
    assert.ok(
      outputs.some(({ args }) => args[0] === name),
      name,
    );
});

test("every schema is held by an output, and refuses another", () => {
  const names = readdirSync(folder).map((name) => name.replace(".schema.json", ""));
  assert.deepEqual(names.sort(), [...new Set(outputs.map(({ schema }) => schema))].sort());
  for (const name of names) {
    assert.notDeepEqual(schemaFaults(schemaOf(name), { version: 2 }), []);
    assert.notDeepEqual(schemaFaults(schemaOf(name), { version: 1, surprise: true }), []);
  }
});
