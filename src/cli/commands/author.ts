/** `course author`: for those who write lessons. */
import type { Context } from "../context.ts";
import type { Options } from "../commandTable.ts";
import { UsageFault } from "../context.ts";
import { nearest } from "../../runner/nearMiss.ts";

const actions = ["check", "preview", "new"];

export async function run(
  context: Context,
  [action, path]: readonly (string | undefined)[],
  options: Options,
): Promise<number> {
  if (action === "check") return (await import("../authorCheck.ts")).authorCheck(context, path, options);
  if (action === "preview") return (await import("../authorPreview.ts")).authorPreview(context, path);
  if (action === "new") return (await import("../authorNew.ts")).authorNew(context, path);
  const near = nearest(action!, actions);
  throw new UsageFault(
    `course author takes ${actions.join(", ")}, not ${action}.${near ? ` Did you mean ${near}?` : ""}`,
  );
}
