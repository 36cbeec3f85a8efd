/**
 * An image's files: one immutable tree, shared by every container made from the image. Executables hold a header that
 * names their program, so a copied or renamed binary still runs.
 */

export type ImageNode = ImageDirectory | ImageFile | ImageSymlink;

interface Owned {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}
export interface ImageDirectory extends Owned {
  readonly type: "directory";
  readonly children: ReadonlyMap<string, ImageNode>;
}
export interface ImageFile extends Owned {
  readonly type: "file";
  readonly content: string;
  /** At least the content's length; the rest is zeros. */
  readonly size?: number;
}
export interface ImageSymlink extends Owned {
  readonly type: "symlink";
  readonly target: string;
}

/** A file to put into an image. Parents are made (mode 0755, root). */
export type ImageEntry =
  | {
      readonly path: string;
      readonly directory: true;
      readonly mode?: number;
      readonly uid?: number;
      readonly gid?: number;
    }
  | { readonly path: string; readonly symlink: string }
  | {
      readonly path: string;
      readonly content: string;
      readonly size?: number;
      readonly mode?: number;
      readonly uid?: number;
      readonly gid?: number;
    };

/** Later entries replace earlier ones of the same path. */
export function buildImageTree(entries: Iterable<ImageEntry>): ImageDirectory {
  const root = directory({});
  for (const entry of entries) {
    const names = entry.path.split("/").filter((name) => name !== "");
    const last = names.pop();
    let at = root;
    for (const name of names) {
      let next = at.children.get(name);
      if (next?.type !== "directory") {
        next = directory({});
        at.children.set(name, next);
      }
      at = next as MutableDirectory;
    }
    if (last === undefined) continue;
    const there = at.children.get(last);
    if ("directory" in entry)
      at.children.set(last, {
        ...directory(entry),
        children: new Map(there?.type === "directory" ? there.children : []),
      });
    else if ("symlink" in entry)
      at.children.set(last, { type: "symlink", mode: 0o777, uid: 0, gid: 0, target: entry.symlink });
    else {
      const { content, size, mode = 0o644, uid = 0, gid = 0 } = entry;
      at.children.set(last, { type: "file", mode, uid, gid, content, ...(size !== undefined && { size }) });
    }
  }
  return root;
}

interface MutableDirectory extends ImageDirectory {
  readonly children: Map<string, ImageNode>;
}

function directory(owner: { readonly mode?: number; readonly uid?: number; readonly gid?: number }): MutableDirectory {
  return {
    type: "directory",
    mode: owner.mode ?? 0o755,
    uid: owner.uid ?? 0,
    gid: owner.gid ?? 0,
    children: new Map(),
  };
}

const MAGIC = "\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0\x01\0\0\0program=";

/** What an executable that runs `program` holds. */
export function executable(program: string): string {
  return `${MAGIC}${program}\n`;
}

/** The program that these first bytes of a file name; undefined when it is no executable. */
export function programOf(content: string): string | undefined {
  if (!content.startsWith(MAGIC)) return undefined;
  return content.slice(MAGIC.length, content.indexOf("\n", MAGIC.length));
}
