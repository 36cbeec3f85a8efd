/** Mounts and paths: where a path leads for a process with this root, this working directory and these rights. */
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
}

export type Right = 4 | 2 | 1;

export function may(viewer: Viewer, inode: Inode, right: Right): boolean {
  if (viewer.uid === 0) return right !== 1 || inode.type === "directory" || (inode.mode & 0o111) !== 0;
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
  if (path === "") return "ENOENT";
  if (path.length >= PATH_MAX) return "ENAMETOOLONG";
  let at = path.charCodeAt(0) === 47 ? viewer.root : viewer.cwd;
  let names = path.split("/");
  let links = 0;
  let wantsDirectory = false;
  let directory = at.parent ?? at;
  let name = at.name;
  for (let i = 0; i < names.length; i++) {
    name = names[i]!;
    const isLast = i === names.length - 1;
    if (name === "" || name === ".") {
      if (isLast && i > 0) {
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
    const restIsEmpty = isLast || onlySlashes(names, i + 1);
    if (!next) {
      if (restIsEmpty) return { directory: here, name, found: undefined, wantsDirectory: !isLast };
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
      names = [...target.split("/"), ...names.slice(i + 1)];
      if (target.charCodeAt(0) === 47) at = viewer.root;
      i = -1;
      continue;
    }
    directory = here;
    at = next;
  }
  return { directory, name, found: at, wantsDirectory };
}

/** The same, throwing the error. */
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

function onlySlashes(names: readonly string[], from: number): boolean {
  for (let i = from; i < names.length; i++) if (names[i] !== "" && names[i] !== ".") return false;
  return true;
}

/** Makes the directories of an absolute path that are missing, and returns the last. */
export function makeDirectories(viewer: Viewer, path: string, owner = { mode: 0o755, uid: 0, gid: 0 }): Location {
  let at = viewer.root;
  let sofar = "";
  for (const name of path.split("/")) {
    if (name === "" || name === ".") continue;
    sofar += `/${name}`;
    const walked = walk(viewer, sofar, true);
    if (!walked.found) {
      const parent = walked.directory.inode as DirectoryInode;
      parent.insert(walked.name, new DirectoryInode(parent.filesystem, owner));
      at = find(viewer, sofar);
    } else at = walked.found;
    if (at.inode.type !== "directory") throw new SysError("ENOTDIR");
  }
  return at;
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
