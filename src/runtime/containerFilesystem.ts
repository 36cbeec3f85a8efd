/**
 * A container's view of files: its image with a writable layer over it, the kernel's own filesystems, and what the
 * kubelet mounts. Nothing is copied: thousands of containers share one image.
 */
import {
  DeviceInode,
  type DeviceName,
  DirectoryInode,
  Filesystem,
  type Budget,
  type Inode,
  SymlinkInode,
} from "./inode.ts";
import type { ImageDirectory } from "./imageTree.ts";
import type { Kernel } from "./kernel.ts";
import { find, makeDirectories, makeFile, MountNamespace, type Viewer } from "./mounts.ts";
import type { ContainerScope } from "./process.ts";
import { procRoot, sysRoot } from "./procfs.ts";
import { SysError } from "./sys.ts";

export interface BindMount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
}

/** A container's writable layer; the recorded node's disk is larger than anything that fits into our memory. */
const LAYER_INODES = 100_000;
const SHM_BYTES = 64 << 20;

const ROOT = { mode: 0o755, uid: 0, gid: 0 };
const DEVICES: readonly DeviceName[] = ["null", "zero", "full", "random", "urandom", "tty"];
const DEVICE_LINKS: readonly (readonly [string, string])[] = [
  ["fd", "/proc/self/fd"],
  ["stdin", "/proc/self/fd/0"],
  ["stdout", "/proc/self/fd/1"],
  ["stderr", "/proc/self/fd/2"],
  ["ptmx", "pts/ptmx"],
];

/** /dev: its devices come into being when they are looked at. */
class DevicesDirectory extends DirectoryInode {
  override lookup(name: string): Inode | undefined {
    const own = super.lookup(name);
    if (own) return own;
    let made: Inode | undefined;
    const link = DEVICE_LINKS.find(([one]) => one === name);
    if ((DEVICES as readonly string[]).includes(name)) made = new DeviceInode(this.filesystem, name as DeviceName);
    else if (link) made = new SymlinkInode(this.filesystem, ROOT, link[1]);
    else if (name === "pts" || name === "shm" || name === "mqueue") made = new DirectoryInode(this.filesystem, ROOT);
    if (made) this.insert(name, made);
    return made;
  }
  override names(): string[] {
    return [...new Set([...DEVICES, ...DEVICE_LINKS.map(([name]) => name), "pts", "shm", "mqueue", ...super.names()])];
  }
}

function rootViewer(mounts: MountNamespace): Viewer {
  return { uid: 0, gid: 0, groups: [], root: mounts.root, cwd: mounts.root };
}

export interface RootOptions {
  readonly kernel: Kernel;
  readonly budget: Budget;
  readonly image: ImageDirectory;
  readonly readOnly: boolean;
  readonly layerBytes: number;
  /** Asked when somebody looks: the scope holds the mounts. */
  readonly scope: () => ContainerScope;
  readonly hostPid: boolean;
}

export function containerRoot(options: RootOptions): MountNamespace {
  const { kernel, budget, scope } = options;
  const now = () => kernel.now();
  const overlay = new Filesystem({
    type: "overlay",
    source: "overlay",
    options:
      "rw,relatime,lowerdir=/var/lib/containerd/lower,upperdir=/var/lib/containerd/upper,workdir=/var/lib/containerd/work",
    maxInodes: LAYER_INODES,
    maxBytes: options.layerBytes,
    budget,
    now,
  });
  const mounts = new MountNamespace(new DirectoryInode(overlay, options.image, options.image), options.readOnly);
  mountKernelFilesystems(mounts, kernel, budget, scope, options.hostPid);
  return mounts;
}

/** /proc, /dev and /sys, in a container or on the node itself. */
export function mountKernelFilesystems(
  mounts: MountNamespace,
  kernel: Kernel,
  budget: Budget,
  scope: () => ContainerScope,
  hostPid: boolean,
): void {
  const now = () => kernel.now();
  const viewer = rootViewer(mounts);
  const at = (path: string) => makeDirectories(viewer, path);
  const tmpfs = (source: string, mountOptions: string, maxBytes: number) =>
    new Filesystem({ type: "tmpfs", source, options: mountOptions, maxBytes, budget, now });
  mounts.mount(at("/proc"), procRoot(kernel, scope, hostPid), false);
  const devices = new DevicesDirectory(tmpfs("tmpfs", "rw,nosuid,size=65536k,mode=755", 64 << 20), ROOT);
  mounts.mount(at("/dev"), devices, false);
  mounts.mount(at("/sys"), sysRoot(kernel, scope()), true);
  const shared = { mode: 0o1777, uid: 0, gid: 0 };
  const shm = new DirectoryInode(tmpfs("shm", "rw,nosuid,nodev,noexec,relatime,size=65536k", SHM_BYTES), shared);
  mounts.mount(find(viewer, "/dev/shm"), shm, false);
}

/** Throws SysError with the mount's fault: ENOENT no such host path, ENOTDIR a file over a directory or the reverse. */
export function bindMount(mounts: MountNamespace, node: Viewer, bind: BindMount): void {
  const source = find(node, bind.hostPath);
  const viewer = rootViewer(mounts);
  const isDirectory = source.inode.type === "directory";
  const target = isDirectory ? makeDirectories(viewer, bind.containerPath) : makeFile(viewer, bind.containerPath);
  if ((target.inode.type === "directory") !== isDirectory) throw new SysError("ENOTDIR");
  mounts.mount(target, source.inode, bind.readOnly, source.inode.filesystem.source);
}

export { rootViewer };
