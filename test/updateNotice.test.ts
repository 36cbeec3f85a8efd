import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { updateNotice } from "../src/runner/updateNotice.ts";
import { removeUnfinished } from "../src/runner/wholeFile.ts";

const day = (text: string) => new Date(`${text}T12:00:00Z`);

test("a version that is old says so, from its own date alone", () => {
  assert.equal(updateNotice("2026-01-01", day("2026-04-30"), {}), undefined);
  assert.match(updateNotice("2026-01-01", day("2026-05-01"), {})!, /is 4 months old.*npx podcourse@latest/);
  assert.equal(updateNotice("2026-01-01", day("2027-05-01"), { NO_UPDATE_NOTIFIER: "1" }), undefined);
  assert.equal(updateNotice("", day("2027-05-01"), {}), undefined);
  assert.equal(updateNotice("2026-05-01", day("2026-01-01"), {}), undefined, "a clock that is wrong");
});

test("what a killed process left half written is removed, that of a running one is not", () => {
  const folder = mkdtempSync(join(tmpdir(), "course-unfinished-"));
  try {
    for (const name of ["unfinished-999999999-0", `unfinished-${process.pid}-1`, "unfinished-x", "progress.jsonl"])
      writeFileSync(join(folder, name), "");
    removeUnfinished(folder);
    assert.deepEqual(
      readdirSync(folder).sort(),
      ["progress.jsonl", `unfinished-${process.pid}-1`, "unfinished-x"].sort(),
    );
    removeUnfinished(join(folder, "nowhere"));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
