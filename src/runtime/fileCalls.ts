/** The system calls on paths: what each checks, in Linux' order, and what it changes. All throw SysError. */
import { isCapable } from "./capabilities.ts";
import { DirectoryInode, FifoInode, FileInode, type Inode, type MemoryAccount, SymlinkInode } from "./inode.ts";
import { DescriptorInode } from "./madeUpInode.ts";
import { find, type Location, MagicLinkInode, may, pathOf, type Viewer, type Walked, walk } from "./mounts.ts";
import { type Stat, SysError } from "./sys.ts";

export interface Actor extends Viewer {
  readonly umask: number;
}

export function statOf(inode: Inode): Stat {
  return {
    type: inode.type,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    size: inode.size,
    ino: inode.ino,
    nlink: inode.nlink,
    atime: inode.atime,
    mtime: inode.mtime,
    ctime: inode.ctime,
    dev: inode.filesystem.device,
  };
}

function ownerFor(who: Actor, directory: DirectoryInode, mode: number) {
  // A setgid directory hands its group down: how volumes with an fsGroup keep it.
  const inherits = (directory.mode & 0o2000) !== 0;
  return { mode: mode & ~who.umask, uid: who.uid, gid: inherits ? directory.gid : who.gid };
}

/** The directory that is to take a new name. EEXIST, EROFS, EACCES, ENOENT. */
function forCreation(who: Actor, path: string): Walked & { readonly into: DirectoryInode } {
  const walked = walk(who, path, false);
  if (walked.found) throw new SysError("EEXIST");
  return { ...walked, into: writableDirectory(who, walked.directory) };
}

function writableDirectory(who: Viewer, directory: Location): DirectoryInode {
  if (directory.mount.readOnly) throw new SysError("EROFS");
  if (!(directory.inode instanceof DirectoryInode)) throw new SysError("ENOTDIR");
  if (directory.inode.filesystem.type === "proc" || directory.inode.filesystem.type === "sysfs")
    throw new SysError("ENOENT");
  if (!may(who, directory.inode, 2) || !may(who, directory.inode, 1)) throw new SysError("EACCES");
  return directory.inode;
}

/** A name that is to go: the sticky bit protects others' files. */
function forRemoval(who: Actor, path: string): { into: DirectoryInode; walked: Walked; inode: Inode } {
  const walked = walk(who, path, false);
  if (!walked.found) throw new SysError("ENOENT");
  if (walked.found.inode === walked.found.mount.root) throw new SysError("EBUSY");
  const into = writableDirectory(who, walked.directory);
  const { inode } = walked.found;
  if (into.mode & 0o1000 && !isCapable(who, "FOWNER") && who.uid !== inode.uid && who.uid !== into.uid)
    throw new SysError("EPERM");
  return { into, walked, inode };
}

export function createFile(who: Actor, walked: Walked, mode: number): Location {
  if (walked.wantsDirectory) throw new SysError("EISDIR");
  const into = writableDirectory(who, walked.directory);
  const inode = new FileInode(into.filesystem, ownerFor(who, into, mode));
  into.insert(walked.name, inode);
  return { mount: walked.directory.mount, inode, parent: walked.directory, name: walked.name };
}

export function mkdir(who: Actor, path: string, mode: number): void {
  const { into, name } = forCreation(who, path);
  const owner = ownerFor(who, into, mode);
  into.insert(name, new DirectoryInode(into.filesystem, { ...owner, mode: owner.mode | (into.mode & 0o2000) }));
}

export function rmdir(who: Actor, path: string): void {
  const last = path.replace(/\/+$/, "").split("/").pop();
  if (last === ".") throw new SysError("EINVAL");
  const { into, walked, inode } = forRemoval(who, path);
  if (!(inode instanceof DirectoryInode)) throw new SysError("ENOTDIR");
  if (!inode.isEmpty || last === "..") throw new SysError("ENOTEMPTY");
  into.remove(walked.name);
  inode.nlink = 0;
  inode.release();
}

export function unlink(who: Actor, path: string): void {
  const { into, walked, inode } = forRemoval(who, path);
  if (inode instanceof DirectoryInode) throw new SysError("EISDIR");
  if (walked.wantsDirectory) throw new SysError("ENOTDIR");
  into.remove(walked.name);
  inode.drop();
}

export function rename(who: Actor, from: string, to: string): void {
  const source = forRemoval(who, from);
  const target = walk(who, to, false);
  const into = writableDirectory(who, target.directory);
  if (target.directory.mount !== source.walked.directory.mount) throw new SysError("EXDEV");
  const moved = source.inode;
  for (let at: Location | undefined = target.directory; at; at = at.parent)
    if (at.inode === moved) throw new SysError("EINVAL");
  const replaced = target.found?.inode;
  if (replaced === moved) return;
  if (replaced) {
    if (target.found!.mount.root === replaced) throw new SysError("EBUSY");
    if (replaced instanceof DirectoryInode) {
      if (!(moved instanceof DirectoryInode)) throw new SysError("EISDIR");
      if (!replaced.isEmpty) throw new SysError("ENOTEMPTY");
    } else if (moved instanceof DirectoryInode) throw new SysError("ENOTDIR");
    into.remove(target.name);
    if (replaced instanceof DirectoryInode) replaced.release();
    else replaced.drop();
  }
  source.into.remove(source.walked.name);
  into.insert(target.name, moved);
}

export function link(who: Actor, from: string, to: string): void {
  const source = find(who, from, false);
  if (source.inode instanceof DirectoryInode) throw new SysError("EPERM");
  const { into, name, directory } = forCreation(who, to);
  if (directory.mount !== source.mount) throw new SysError("EXDEV");
  source.inode.nlink++;
  into.insert(name, source.inode);
}

export function symlink(who: Actor, target: string, path: string): void {
  const { into, name } = forCreation(who, path);
  into.insert(name, new SymlinkInode(into.filesystem, ownerFor(who, into, 0o777), target));
}

export function mkfifo(who: Actor, path: string, mode: number): void {
  const { into, name } = forCreation(who, path);
  into.insert(name, new FifoInode(into.filesystem, ownerFor(who, into, mode)));
}

function ownedBy(who: Viewer, place: Location): Inode {
  if (place.mount.readOnly) throw new SysError("EROFS");
  if (!isCapable(who, "FOWNER") && who.uid !== place.inode.uid) throw new SysError("EPERM");
  return place.inode;
}

export function chmod(who: Actor, path: string, mode: number): void {
  const inode = ownedBy(who, find(who, path));
  inode.mode = mode & 0o7777;
  inode.ctime = inode.filesystem.now();
}

/** -1 leaves an id as it is. */
export function chown(who: Actor, path: string, uid: number, gid: number, follow: boolean): void {
  const place = find(who, path, follow);
  if (place.mount.readOnly) throw new SysError("EROFS");
  const { inode } = place;
  const onlyOwnGroup =
    who.uid === inode.uid && (uid === -1 || uid === inode.uid) && (gid === who.gid || who.groups.includes(gid));
  if (!isCapable(who, "CHOWN") && !onlyOwnGroup) throw new SysError("EPERM");
  if (uid !== -1) inode.uid = uid;
  if (gid !== -1) inode.gid = gid;
  inode.ctime = inode.filesystem.now();
}

export function utimes(who: Actor, path: string, atime: number, mtime: number): void {
  const place = find(who, path);
  if (place.mount.readOnly) throw new SysError("EROFS");
  if (!isCapable(who, "FOWNER") && who.uid !== place.inode.uid && !may(who, place.inode, 2))
    throw new SysError("EACCES");
  place.inode.atime = atime;
  place.inode.mtime = mtime;
}

export function truncate(who: Actor, path: string, size: number, account: MemoryAccount): void {
  const place = find(who, path);
  if (place.inode instanceof DirectoryInode) throw new SysError("EISDIR");
  if (!(place.inode instanceof FileInode)) throw new SysError("EINVAL");
  if (place.mount.readOnly) throw new SysError("EROFS");
  if (!may(who, place.inode, 2)) throw new SysError("EACCES");
  place.inode.truncate(size, account);
}

export function readdir(who: Actor, path: string): string[] {
  const { inode } = find(who, path);
  if (!(inode instanceof DirectoryInode)) throw new SysError("ENOTDIR");
  if (!may(who, inode, 4)) throw new SysError("EACCES");
  return inode.names(who);
}

export function readlink(who: Actor, path: string): string {
  const { inode } = find(who, path, false);
  if (!(inode instanceof SymlinkInode)) throw new SysError("EINVAL");
  if (inode instanceof MagicLinkInode) {
    const place = inode.destination();
    // What has no name in the filesystem goes by what it is: `pipe:[7]`.
    if (place && !(place.inode instanceof DescriptorInode)) return pathOf(place);
  }
  return inode.target;
}

export function mayAccess(who: Actor, path: string, mode: "read" | "write" | "execute"): boolean {
  try {
    const place = find(who, path);
    if (mode === "write" && place.mount.readOnly && place.inode.type !== "chardev" && place.inode.type !== "fifo")
      return false;
    return may(who, place.inode, mode === "read" ? 4 : mode === "write" ? 2 : 1);
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}
