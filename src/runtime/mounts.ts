/** Mounts and paths: where a path leads for a process with this root, this working directory and these rights. */
import { type Capabilities, isCapable } from "./capabilities.ts";
import { DirectoryInode, FileInode, type Inode, SymlinkInode } from "./inode.ts";
import { type Errno, SysError } from "./sys.ts";

export class Mount {
  readonly root: Inode;
  readonly target: string;
  readOnly: boolean;
  /** What /proc/mounts shows; the root's filesystem's own unless a bind mount says otherwise. */
  readonly source: string;
  readonly options: string;
  readonly children = new Map<Inode, Mount>();

  constructor(root: Inode, target: string, readOnly: boolean, source = root.filesystem.source) {
    this.root = root;
    this.target = target;
    this.readOnly = readOnly;
    this.source = source;
    this.options = root.filesystem.options;
  }
}

/** A place in the tree, with the way that led to it: `..` and the path need it. */
export interface Location {
  readonly mount: Mount;
  readonly inode: Inode;
  readonly parent: Location | undefined;
  readonly name: string;
}

export class MountNamespace {
  readonly root: Location;
  readonly mounts: Mount[];

  constructor(root: DirectoryInode, readOnly: boolean) {
    const mount = new Mount(root, "/", readOnly);
    this.mounts = [mount];
    this.root = { mount, inode: root, parent: undefined, name: "" };
  }

  /** Mounts `inode` over the existing `at`. */
  mount(at: Location, inode: Inode, readOnly: boolean, source?: string): Mount {
    const mount = new Mount(inode, pathOf(at), readOnly, source);
    at.mount.children.set(at.inode, mount);
    this.mounts.push(mount);
    return mount;
  }

  unmount(mount: Mount): void {
    const index = this.mounts.indexOf(mount);
    if (index >= 0) this.mounts.splice(index, 1);
    for (const other of this.mounts)
      for (const [inode, child] of other.children) if (child === mount) other.children.delete(inode);
  }
}

export function pathOf(location: Location): string {
  let path = "";
  for (let at = location; at.parent; at = at.parent) path = `/${at.name}${path}`;
  return path || "/";
}

/** Who looks. */
export interface Viewer {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly root: Location;
  readonly cwd: Location;
  /** Of root; absent: all. */
  readonly capabilities?: Capabilities | undefined;
}

export type Right = 4 | 2 | 1;

export function may(viewer: Viewer, inode: Inode, right: Right): boolean {
  if (isCapable(viewer, "DAC_OVERRIDE")) return right !== 1 || inode.type === "directory" || (inode.mode & 0o111) !== 0;
  const shift = inode.uid === viewer.uid ? 6 : inode.gid === viewer.gid || viewer.groups.includes(inode.gid) ? 3 : 0;
  return ((inode.mode >> shift) & right) !== 0;
}

/** A link of /proc that leads to a place instead of a path. */
export abstract class MagicLinkInode extends SymlinkInode {
  abstract destination(): Location | undefined;
}

export interface Walked {
  /** The directory that holds, or would hold, the last name. */
  readonly directory: Location;
  readonly name: string;
  readonly found: Location | undefined;
  /** The path ended with a slash. */
  readonly wantsDirectory: boolean;
}

const MAX_LINKS = 40;
const NAME_MAX = 255;
const PATH_MAX = 4096;

/**
 * Walks `path`. ENOENT when a directory on the way is missing (a missing last name is not an error here),
 * ENOTDIR, EACCES, ELOOP, ENAMETOOLONG. `follow`: also through a link at the end.
 */
export function tryWalk(viewer: Viewer, path: string, follow: boolean): Walked | Errno {
  return walkFrom(path.charCodeAt(0) === SLASH ? viewer.root : viewer.cwd, viewer, path, follow);
}

const SLASH = 47;

/** The same from `from` on, whatever `path` begins with. */
function walkFrom(from: Location, viewer: Viewer, path: string, follow: boolean): Walked | Errno {
  if (path === "") return "ENOENT";
  if (path.length >= PATH_MAX) return "ENAMETOOLONG";
  let at = from;
  // What is still to be walked: `text` from `start` on; a link puts its target in front of the rest.
  let text = path;
  let start = 0;
  let links = 0;
  let wantsDirectory = false;
  let directory = at.parent ?? at;
  let name = at.name;
  for (let isLast = false; !isLast; ) {
    const slash = text.indexOf("/", start);
    isLast = slash < 0;
    name = text.slice(start, isLast ? text.length : slash);
    const isFirst = start === 0;
    start = slash + 1;
    if (name === "" || name === ".") {
      if (isLast && !isFirst) {
        wantsDirectory = true;
        if (at.inode.type !== "directory") return "ENOTDIR";
      }
      name = at.name;
      directory = at.parent ?? at;
      continue;
    }
    if (!(at.inode instanceof DirectoryInode)) return "ENOTDIR";
    if (!may(viewer, at.inode, 1)) return "EACCES";
    if (name === "..") {
      if (at.parent && !(at.inode === viewer.root.inode && at.mount === viewer.root.mount)) at = at.parent;
      directory = at.parent ?? at;
      name = at.name;
      continue;
    }
    if (name.length > NAME_MAX) return "ENAMETOOLONG";
    const here = at;
    const next = enter(here, name, viewer);
    if (!next) {
      if (isLast || namesNothing(text, start))
        return { directory: here, name, found: undefined, wantsDirectory: !isLast };
      return "ENOENT";
    }
    if (next.inode instanceof SymlinkInode && (follow || !isLast)) {
      if (++links > MAX_LINKS) return "ELOOP";
      if (next.inode instanceof MagicLinkInode) {
        const place = next.inode.destination();
        if (!place) return "ENOENT";
        at = place;
        directory = at.parent ?? at;
        name = at.name;
        continue;
      }
      const target = next.inode.target;
      if (target === "") return "ENOENT";
      text = isLast ? target : `${target}/${text.slice(start)}`;
      start = 0;
      isLast = false;
      if (target.charCodeAt(0) === SLASH) at = viewer.root;
      continue;
    }
    directory = here;
    at = next;
  }
  return { directory, name, found: at, wantsDirectory };
}

/** As tryWalk, throwing the error. */
export function walk(viewer: Viewer, path: string, follow: boolean): Walked {
  const walked = tryWalk(viewer, path, follow);
  if (typeof walked === "string") throw new SysError(walked);
  return walked;
}

/** The existing place that `path` leads to. Throws ENOENT besides walk's. */
export function find(viewer: Viewer, path: string, follow = true): Location {
  const { found } = walk(viewer, path, follow);
  if (!found) throw new SysError("ENOENT");
  return found;
}

function enter(at: Location, name: string, viewer: Viewer): Location | undefined {
  const inode = (at.inode as DirectoryInode).lookup(name, viewer);
  if (!inode) return undefined;
  let mount = at.mount;
  let here = inode;
  if (mount.children.size > 0) {
    for (let over = mount.children.get(here); over && over !== mount; over = mount.children.get(here)) {
      mount = over;
      here = over.root;
    }
  }
  return { mount, inode: here, parent: at, name };
}

/** Whether only slashes and dots are left. */
function namesNothing(text: string, start: number): boolean {
  for (let i = start; i < text.length; i++) {
    const end = text.indexOf("/", i);
    const length = (end < 0 ? text.length : end) - i;
    if (length > 1 || (length === 1 && text[i] !== ".")) return false;
    i += length;
  }
  return true;
}

/** Makes the directories of an absolute path that are missing, and returns the last. */
export function makeDirectories(viewer: Viewer, path: string, owner = { mode: 0o755, uid: 0, gid: 0 }): Location {
  let at = viewer.root;
  let length = 0;
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    length += 1 + name.length;
    if (length >= PATH_MAX) throw new SysError("ENAMETOOLONG");
    let walked = step(viewer, at, name);
    if (!walked.found) {
      const parent = walked.directory.inode as DirectoryInode;
      parent.insert(walked.name, new DirectoryInode(parent.filesystem, owner));
      walked = step(viewer, at, name);
    }
    if (!walked.found) throw new SysError("ENOENT");
    at = walked.found;
    if (at.inode.type !== "directory") throw new SysError("ENOTDIR");
  }
  return at;
}

/** Where one name leads from a directory, links followed. Throws SysError. */
export function step(viewer: Viewer, from: Location, name: string): Walked {
  const walked = walkFrom(from, viewer, name, true);
  if (typeof walked === "string") throw new SysError(walked);
  return walked;
}

/** Makes an empty file at `path` when there is nothing, with its directories; a mount needs something to lie on. */
export function makeFile(viewer: Viewer, path: string): Location {
  const slash = path.lastIndexOf("/");
  makeDirectories(viewer, path.slice(0, slash));
  const walked = walk(viewer, path, true);
  if (walked.found) return walked.found;
  const parent = walked.directory.inode as DirectoryInode;
  parent.insert(walked.name, new FileInode(parent.filesystem, { mode: 0o755, uid: 0, gid: 0 }));
  return find(viewer, path);
}
