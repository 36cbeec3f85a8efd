/** Which editor is opened, where, and how it is started on Windows. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chooseEditor, findCommand, startOf } from "../src/runner/editor.ts";
import { newFolder } from "./cliRun.ts";

const chosen: readonly [env: Record<string, string>, expected: string | undefined][] = [
  [{}, undefined],
  [{ EDITOR: "nano" }, "nano +7 pod.yaml"],
  [{ EDITOR: "nano", VISUAL: "vim -u NONE" }, "vim -u NONE +7 pod.yaml"],
  [{ VISUAL: "code --wait" }, "code --goto pod.yaml:7 (own window)"],
  [
    { VISUAL: '"C:\\Program Files\\VS Code\\bin\\code.cmd" -n' },
    "C:\\Program Files\\VS Code\\bin\\code.cmd -n --goto pod.yaml:7 (own window)",
  ],
  [{ VISUAL: "notepad.exe" }, "notepad.exe pod.yaml (own window)"],
  [{ TERM_PROGRAM: "vscode" }, "code --goto pod.yaml:7 (own window)"],
  [{ EDITOR: "  " }, undefined],
  [{ EDITOR: '""' }, undefined],
];
for (const [env, expected] of chosen)
  test(`${JSON.stringify(env)}: ${expected}`, () => {
    const editor = chooseEditor(env, "pod.yaml", 7);
    const said = editor && [editor.command, ...editor.args].join(" ") + (editor.ownWindow ? " (own window)" : "");
    assert.equal(said, expected);
  });

test("a path with spaces that is not in quotes is one command, if it is there", () => {
  const editor = join(newFolder(), "My Editor");
  writeFileSync(editor, "");
  assert.equal(chooseEditor({ EDITOR: editor }, "pod.yaml")?.command, editor);
});

test("Windows gets one line, and nothing in it has a meaning for cmd", () => {
  const editor = { command: "code", args: ["--goto", "C:\\a & b\\pod (1).yaml:3"], ownWindow: true };
  assert.deepEqual(startOf(editor, true), {
    command: '"code" "--goto" "C:\\a & b\\pod (1).yaml:3"',
    args: [],
    shell: true,
  });
  assert.deepEqual(startOf(editor, false), { command: "code", args: editor.args, shell: false });
});

test("a command is found on the PATH, on Windows also by its ending", { skip: process.platform === "win32" }, () => {
  const folder = newFolder();
  writeFileSync(join(folder, "myed"), "");
  mkdirSync(join(folder, "folder"));
  assert.equal(findCommand("myed", { PATH: `/nowhere:${folder}` }), join(folder, "myed"));
  assert.equal(findCommand("folder", { PATH: folder }), undefined);
  assert.equal(findCommand("other", { PATH: folder }), undefined);
  assert.equal(findCommand(join(folder, "myed"), {}), join(folder, "myed"));
});
