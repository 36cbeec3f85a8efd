/** The node's own filesystem: what the kubelet writes for its Pods, and hostPath volumes. */
import * as paths from "./fileCalls.ts";
import { type Budget, DirectoryInode, FileInode, Filesystem, type Inode } from "./inode.ts";
import type { NodeFiles } from "./cri.ts";
import { find, type Location, makeDirectories, MountNamespace, step, type Viewer, walk } from "./mounts.ts";
import { SysError } from "./sys.ts";

interface Owner {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

export class NodeFilesystem implements NodeFiles {
  readonly viewer: Viewer & { readonly umask: number };
  readonly mounts: MountNamespace;
  readonly #budget: Budget;
  readonly #now: () => number;

  constructor(budget: Budget, now: () => number, diskBytes: number) {
    this.#budget = budget;
    this.#now = now;
    const disk = new Filesystem({ type: "ext4", source: "/dev/vda", maxBytes: diskBytes, budget, now });
    this.mounts = new MountNamespace(new DirectoryInode(disk, { mode: 0o755, uid: 0, gid: 0 }), false);
    const { root } = this.mounts;
    this.viewer = { uid: 0, gid: 0, groups: [], root, cwd: root, umask: 0 };
    for (const path of ["/dev", "/etc", "/home", "/opt", "/proc", "/root", "/run", "/srv", "/sys", "/usr", "/var/log"])
      this.mkdir(path);
    this.mkdir("/tmp", { mode: 0o1777 });
    this.mkdir("/var/tmp", { mode: 0o1777 });
  }

  mkdir(path: string, options: Owner = {}): void {
    const found = this.#find(path);
    if (found?.inode.type === "directory") return;
    const { inode } = makeDirectories(this.viewer, path);
    if (!found) own(inode, options);
  }

  writeFile(path: string, content: string, options: Owner = {}): void {
    const slash = path.lastIndexOf("/");
    const into = makeDirectories(this.viewer, path.slice(0, slash));
    const walked = step(this.viewer, into, path.slice(slash + 1) || ".");
    const place = walked.found ?? paths.createFile(this.viewer, walked, options.mode ?? 0o644);
    if (!(place.inode instanceof FileInode)) throw new SysError("EISDIR");
    own(place.inode, options);
    place.inode.truncate(0);
    if (content !== "") place.inode.write(0, content);
  }

  readFile(path: string): string | undefined {
    const inode = this.#find(path)?.inode;
    return inode instanceof FileInode ? inode.read(0, inode.size) : undefined;
  }

  symlink(target: string, path: string): void {
    makeDirectories(this.viewer, path.slice(0, path.lastIndexOf("/")));
    paths.symlink(this.viewer, target, path);
  }

  readdir(path: string): string[] | undefined {
    const inode = this.#find(path)?.inode;
    return inode instanceof DirectoryInode ? inode.names() : undefined;
  }

  typeOf(path: string): string | undefined {
    return this.#find(path)?.inode.type;
  }

  ownerOf(path: string): Required<Owner> | undefined {
    const inode = this.#find(path)?.inode;
    return inode && { mode: inode.mode, uid: inode.uid, gid: inode.gid };
  }

  rename(from: string, to: string): void {
    paths.rename(this.viewer, from, to);
  }

  remove(path: string): void {
    let walked: ReturnType<typeof walk>;
    try {
      walked = walk(this.viewer, path, false);
    } catch (error) {
      if (error instanceof SysError) return;
      throw error;
    }
    if (!walked.found || !walked.found.parent) return;
    const prefix = path.replace(/\/+$/, "");
    for (const mount of [...this.mounts.mounts])
      if (mount.target === prefix || mount.target.startsWith(`${prefix}/`)) {
        this.mounts.unmount(mount);
        mount.root.release();
      }
    const parent = walked.directory.inode as DirectoryInode;
    const inode = parent.lookup(walked.name);
    if (!inode) return;
    parent.remove(walked.name);
    if (inode instanceof DirectoryInode) inode.release();
    else inode.drop();
  }

  mountTmpfs(path: string, options: { sizeBytes?: number; mode: number }): void {
    this.mkdir(path);
    const { sizeBytes, mode } = options;
    const size = sizeBytes === undefined ? "" : `,size=${Math.ceil(sizeBytes / 1024)}k`;
    const filesystem = new Filesystem({
      type: "tmpfs",
      source: "tmpfs",
      options: `rw,relatime${size},noswap`,
      ...(sizeBytes !== undefined && { maxBytes: sizeBytes }),
      budget: this.#budget,
      now: this.#now,
    });
    this.mounts.mount(find(this.viewer, path), new DirectoryInode(filesystem, { mode, uid: 0, gid: 0 }), false);
  }

  usedBytes(path: string): number {
    const inode = this.#find(path)?.inode;
    return inode ? bytesIn(inode) : 0;
  }

  /** What lay in memory is gone, as after a reboot. */
  unmountMemory(): void {
    for (const mount of [...this.mounts.mounts])
      if (mount.root.filesystem.type === "tmpfs") {
        this.mounts.unmount(mount);
        mount.root.release();
      }
  }

  watch(directory: string, onChange: (name: string) => void): () => void {
    const { inode } = makeDirectories(this.viewer, directory);
    return (inode as DirectoryInode).watch(onChange);
  }

  #find(path: string): Location | undefined {
    try {
      return walk(this.viewer, path, true).found;
    } catch (error) {
      if (error instanceof SysError) return undefined;
      throw error;
    }
  }
}

function own(inode: Inode, { mode, uid, gid }: Owner): void {
  if (mode !== undefined) inode.mode = mode;
  if (uid !== undefined) inode.uid = uid;
  if (gid !== undefined) inode.gid = gid;
}

function bytesIn(inode: Inode): number {
  if (inode instanceof FileInode) return inode.size;
  if (!(inode instanceof DirectoryInode)) return 0;
  return inode.names().reduce((sum, name) => {
    const entry = name === "." || name === ".." ? undefined : inode.lookup(name);
    return sum + (entry ? bytesIn(entry) : 0);
  }, 0);
}
