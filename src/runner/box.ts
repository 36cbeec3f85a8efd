/** A frame around a few lines. The one file that knows boxen; in plain mode there is no frame. */
import boxen from "boxen";
import type { Style } from "./style.ts";
import { truncate } from "./textWidth.ts";

export function box(
  lines: readonly string[],
  title: string,
  width: number,
  style: Style,
  tint: (text: string) => string = (text) => text,
): string[] {
  if (style.plain) return title === "" ? [...lines] : [`${title}:`, ...lines];
  // boxen wraps by itself, but breaks colours when it does; nothing is wider than the frame when it gets there.
  const inside = lines.map((line) => truncate(line, width - 4, style.glyph.ellipsis));
  const framed = boxen(inside.join("\n"), {
    width,
    padding: { left: 1, right: 1, top: 0, bottom: 0 },
    // Unicode corners are boxen's default, whatever the terminal can show.
    borderStyle: style.unicode ? "round" : "classic",
    ...(title !== "" && { title: ` ${title} ` }),
  });
  const [top = "", ...rest] = framed.split("\n");
  return [tint(top), ...rest.slice(0, -1), tint(rest.at(-1) ?? "")];
}
