/** /proc and /sys as a container sees them. Everything is made at the moment of looking; nothing is kept. */
import { capabilityMask } from "./capabilities.ts";
import { DirectoryInode, type Filesystem, type Inode, SymlinkInode } from "./inode.ts";
import type { Kernel } from "./kernel.ts";
import { DescriptorInode, GeneratedDirectory, GeneratedInode } from "./madeUpInode.ts";
import { type Location, MagicLinkInode, type Mount } from "./mounts.ts";
import { OpenDirectory, RegularFile } from "./openFile.ts";
import { type ContainerScope, Process } from "./process.ts";
import { SIGNAL_NUMBERS } from "./signals.ts";
import { type SignalName, SysError } from "./sys.ts";

type Make = (viewer: unknown) => Inode;

/** A directory of named entries, each made when it is looked at. */
function table(filesystem: Filesystem, entries: Readonly<Record<string, Make>>): GeneratedDirectory {
  return new GeneratedDirectory(
    filesystem,
    () => Object.keys(entries),
    (name, viewer) => (Object.hasOwn(entries, name) ? entries[name]!(viewer) : undefined),
  );
}

class MagicLink extends MagicLinkInode {
  readonly #place: () => Location | undefined;
  constructor(filesystem: Filesystem, text: string, place: () => Location | undefined) {
    super(filesystem, { mode: 0o777, uid: 0, gid: 0 }, text);
    this.#place = place;
  }
  override destination(): Location | undefined {
    return this.#place();
  }
}

export function procRoot(kernel: Kernel, scope: () => ContainerScope, onNode: boolean): DirectoryInode {
  const fs = kernel.procFilesystem;
  const file =
    (text: () => string): Make =>
    () =>
      new GeneratedInode(fs, text);
  const link =
    (target: string): Make =>
    () =>
      new SymlinkInode(fs, { mode: 0o777, uid: 0, gid: 0 }, target);
  const pids = () => (onNode ? kernel.hostPids : scope().pids);
  const self = (viewer: unknown) => (viewer instanceof Process ? String(viewer.pidIn(pids())) : "1");
  const entries: Record<string, Make> = {
    self: (viewer) => new SymlinkInode(fs, { mode: 0o777, uid: 0, gid: 0 }, self(viewer)),
    "thread-self": (viewer) =>
      new SymlinkInode(fs, { mode: 0o777, uid: 0, gid: 0 }, `${self(viewer)}/task/${self(viewer)}`),
    mounts: link("self/mounts"),
    cgroups: file(() => CGROUPS),
    cmdline: file(() => "console=ttyS0 reboot=k panic=1\n"),
    cpuinfo: file(() => cpuinfo(kernel)),
    devices: file(() => "Character devices:\n  1 mem\n  5 /dev/tty\n136 pts\n\nBlock devices:\n254 virtblk\n"),
    diskstats: file(() => ""),
    filesystems: file(
      () => "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tcgroup\nnodev\tdevpts\n\text4\nnodev\toverlay\n",
    ),
    interrupts: file(() => ""),
    loadavg: file(() => loadavg(kernel)),
    meminfo: file(() => meminfo(kernel)),
    modules: file(() => ""),
    net: link("self/net"),
    partitions: file(() => "major minor  #blocks  name\n\n 254        0  268435456 vda\n"),
    stat: file(() => stat(kernel)),
    swaps: file(() => "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"),
    sys: () => sysctls(kernel, scope()),
    uptime: file(() => {
      const seconds = (kernel.uptimeMs + kernel.clock.now) / 1000;
      return `${seconds.toFixed(2)} ${(seconds * kernel.cpus * 0.97).toFixed(2)}\n`;
    }),
    version: file(() => `Linux version ${kernel.release} (build@node) #1 SMP PREEMPT_DYNAMIC\n`),
    vmstat: file(() => ""),
  };
  return new GeneratedDirectory(
    fs,
    () => [...[...pids().processes.keys()].sort((a, b) => a - b).map(String), ...Object.keys(entries)],
    (name, viewer) => {
      if (Object.hasOwn(entries, name)) return entries[name]!(viewer);
      const process = /^[1-9]\d*$/.test(name) ? pids().processes.get(Number(name)) : undefined;
      return process && processDirectory(kernel, process, onNode);
    },
  );
}

function processDirectory(kernel: Kernel, process: Process, onNode: boolean): DirectoryInode {
  const fs = kernel.procFilesystem;
  const owned = (inode: Inode): Inode => {
    inode.uid = process.uid;
    inode.gid = process.gid;
    return inode;
  };
  const file =
    (text: () => string, mode = 0o444): Make =>
    () => {
      const inode = new GeneratedInode(fs, text);
      inode.mode = mode;
      return owned(inode);
    };
  const pids = onNode ? kernel.hostPids : process.scope.pids;
  const entries: Record<string, Make> = {
    cgroup: file(() => cgroupLines(process.scope.cgroupPath)),
    cmdline: file(() => (process.isDead ? "" : process.commandLine.map((word) => `${word}\0`).join(""))),
    comm: file(() => `${process.comm}\n`),
    cwd: () => new MagicLink(fs, "", () => (process.isDead ? undefined : process.cwd)),
    environ: file(() => [...process.env].map(([name, value]) => `${name}=${value}\0`).join(""), 0o400),
    exe: () =>
      new MagicLink(fs, process.executable, () => {
        let at = process.root;
        for (const name of process.executable.split("/")) {
          if (name === "" || !(at.inode instanceof DirectoryInode)) continue;
          const inode = at.inode.lookup(name);
          if (!inode) return undefined;
          at = { mount: at.mount, inode, parent: at, name };
        }
        return at;
      }),
    fd: () => descriptors(kernel, process),
    limits: file(() => limits(kernel)),
    mountinfo: file(() => mountinfo(process.scope.mounts.mounts)),
    mounts: file(() => mountLines(process.scope.mounts.mounts)),
    net: () => netDirectory(kernel, process.scope),
    oom_adj: file(() => "0\n"),
    oom_score: file(
      () =>
        `${Math.max(0, Math.round((process.rss / kernel.memoryBytes) * 1000) + process.scope.cgroup.oomScoreAdj)}\n`,
    ),
    oom_score_adj: file(() => `${process.scope.cgroup.oomScoreAdj}\n`),
    root: () => new MagicLink(fs, "/", () => (process.isDead ? undefined : process.root)),
    stat: file(() => statLine(process, pids)),
    statm: file(
      () => `${pages(process.rss * 4)} ${pages(process.rss)} ${pages(process.rss) >> 1} 1 0 ${pages(process.rss)} 0\n`,
    ),
    status: file(() => statusText(process, pids)),
    // A thread's folder has no threads of its own: a walk through /proc comes to an end.
    task: () =>
      new GeneratedDirectory(
        fs,
        () => [String(process.pidIn(pids))],
        (name) => (name === String(process.pidIn(pids)) ? table(fs, ofThread) : undefined),
      ),
  };
  const { task: _task, ...ofThread } = entries;
  const directory = table(fs, entries);
  owned(directory);
  return directory;
}

function descriptors(kernel: Kernel, process: Process): DirectoryInode {
  const fs = kernel.procFilesystem;
  const directory = new GeneratedDirectory(
    fs,
    () => [...process.descriptors.keys()].sort((a, b) => a - b).map(String),
    (name) => {
      const file = /^\d+$/.test(name) ? process.descriptors.get(Number(name))?.file : undefined;
      if (!file) return undefined;
      const place = file instanceof RegularFile || file instanceof OpenDirectory ? file.location : undefined;
      return new MagicLink(fs, file.describe(), () => {
        if (place) return place;
        const inode = new DescriptorInode(fs, file, process.uid, process.gid);
        return { mount: process.root.mount, inode, parent: process.root, name: file.describe() };
      });
    },
  );
  directory.mode = 0o500;
  directory.uid = process.uid;
  directory.gid = process.gid;
  return directory;
}

const pages = (bytes: number) => Math.ceil(bytes / 4096);
const kib = (bytes: number) => Math.floor(bytes / 1024);

function meminfo(kernel: Kernel): string {
  const total = kernel.memoryBytes;
  const free = Math.max(0, total * 0.9 - kernel.memoryUsed());
  const rows: [string, number][] = [
    ["MemTotal", total],
    ["MemFree", free],
    ["MemAvailable", Math.min(total, free + total * 0.05)],
    ["Buffers", 64 << 20],
    ["Cached", total * 0.05],
    ["SwapCached", 0],
    ["Active", total * 0.04],
    ["Inactive", total * 0.03],
    ["Shmem", 4 << 20],
    ["SwapTotal", 0],
    ["SwapFree", 0],
  ];
  return rows.map(([name, bytes]) => `${`${name}:`.padEnd(15)} ${String(kib(bytes)).padStart(8)} kB\n`).join("");
}

function cpuinfo(kernel: Kernel): string {
  let out = "";
  for (let i = 0; i < kernel.cpus; i++)
    out += `processor\t: ${i}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel name\t: Virtual CPU\ncpu MHz\t\t: 2400.000\ncpu cores\t: ${kernel.cpus}\nflags\t\t: fpu sse sse2\n\n`;
  return out;
}

function loadavg(kernel: Kernel): string {
  const all = [...kernel.hostPids.processes.values()];
  const last = all.length > 0 ? all[all.length - 1]!.hostPid : 1;
  return `0.10 0.08 0.05 1/${all.length} ${last}\n`;
}

function stat(kernel: Kernel): string {
  const jiffies = Math.floor((kernel.uptimeMs + kernel.clock.now) / 10);
  const cpu = (n: number) =>
    `${Math.floor(jiffies * 0.02 * n)} 0 ${Math.floor(jiffies * 0.01 * n)} ${Math.floor(jiffies * 0.97 * n)} 0 0 0 0 0 0\n`;
  let out = `cpu  ${cpu(kernel.cpus)}`;
  for (let i = 0; i < kernel.cpus; i++) out += `cpu${i} ${cpu(1)}`;
  return `${out}ctxt 0\nbtime ${Math.floor((kernel.epochMs - kernel.uptimeMs) / 1000)}\nprocesses ${kernel.hostPids.processes.size}\nprocs_running 1\nprocs_blocked 0\n`;
}

const CONTROLLERS = ["cpuset", "cpu", "cpuacct", "blkio", "memory", "devices", "freezer", "pids"];
const CGROUPS = `#subsys_name\thierarchy\tnum_cgroups\tenabled\n${CONTROLLERS.map((name, i) => `${name}\t${i + 1}\t1\t1\n`).join("")}`;

function cgroupLines(path: string): string {
  return CONTROLLERS.map(
    (_name, i) => `${CONTROLLERS.length - i}:${CONTROLLERS[CONTROLLERS.length - 1 - i]}:${path}\n`,
  ).join("");
}

function mountOptions(mount: Mount): string {
  const options = mount.options.replace(/^r[wo],/, "");
  return `${mount.readOnly ? "ro" : "rw"},${options}`;
}

function mountLines(mounts: readonly Mount[]): string {
  return mounts
    .map(
      (mount) => `${mount.source} ${escaped(mount.target)} ${mount.root.filesystem.type} ${mountOptions(mount)} 0 0\n`,
    )
    .join("");
}

function mountinfo(mounts: readonly Mount[]): string {
  return mounts
    .map((mount, i) => {
      const { filesystem } = mount.root;
      return `${100 + i} ${i === 0 ? 99 : 100} 0:${filesystem.device} / ${escaped(mount.target)} ${mountOptions(mount)} - ${filesystem.type} ${mount.source} rw\n`;
    })
    .join("");
}

const escaped = (path: string) =>
  path.replace(/[ \t\n\\]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, "0")}`);

function limits(kernel: Kernel): string {
  const rows: [string, string, string, string][] = [
    ["Max cpu time", "unlimited", "unlimited", "seconds"],
    ["Max file size", "unlimited", "unlimited", "bytes"],
    ["Max processes", "unlimited", "unlimited", "processes"],
    ["Max open files", String(kernel.nofile), String(kernel.nofile), "files"],
    ["Max address space", "unlimited", "unlimited", "bytes"],
  ];
  const line = (row: readonly string[]) =>
    `${row[0]!.padEnd(26)}${row[1]!.padEnd(21)}${row[2]!.padEnd(21)}${row[3]!.padEnd(10)}\n`;
  return line(["Limit", "Soft Limit", "Hard Limit", "Units"]) + rows.map(line).join("");
}

function stateOf(process: Process): string {
  return process.info(process.scope.pids).state;
}

function statLine(process: Process, pids: ContainerScope["pids"]): string {
  const info = process.info(pids);
  const start = Math.floor((info.startedMs + 86_400_000) / 10);
  const jiffies = Math.floor(process.cpuMs / 10);
  return `${process.pidIn(pids)} (${process.comm}) ${info.state} ${info.ppid} ${process.group} ${process.group} 0 -1 4194560 0 0 0 0 ${jiffies} 0 0 0 20 0 1 0 ${start} ${process.rss * 4} ${pages(process.rss)} 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 0 0 0\n`;
}

const STATES: Readonly<Record<string, string>> = {
  R: "R (running)",
  S: "S (sleeping)",
  D: "D (disk sleep)",
  Z: "Z (zombie)",
  T: "T (stopped)",
};

function statusText(process: Process, pids: ContainerScope["pids"]): string {
  let ignored = 0n;
  let caught = 0n;
  for (const [signal, action] of process.actions) {
    const bit = 1n << BigInt(SIGNAL_NUMBERS[signal as SignalName] - 1);
    if (action === "ignore") ignored |= bit;
    else if (typeof action === "function") caught |= bit;
  }
  const mask = (bits: bigint) => bits.toString(16).padStart(16, "0");
  const bounding = capabilityMask(process.capabilities);
  const effective = process.uid === 0 ? bounding : mask(0n);
  const info = process.info(pids);
  const pid = process.pidIn(pids);
  const four = (id: number) => `${id}\t${id}\t${id}\t${id}`;
  return (
    `Name:\t${process.comm}\nUmask:\t${process.umask.toString(8).padStart(4, "0")}\nState:\t${STATES[stateOf(process)]}\n` +
    `Tgid:\t${pid}\nNgid:\t0\nPid:\t${pid}\nPPid:\t${info.ppid}\nTracerPid:\t0\nUid:\t${four(process.uid)}\nGid:\t${four(process.gid)}\n` +
    `FDSize:\t64\nGroups:\t${process.groups.join(" ")} \nNStgid:\t${pid}\nNSpid:\t${pid}\nNSpgid:\t${process.group}\nNSsid:\t${process.group}\n` +
    (info.state === "Z"
      ? ""
      : `VmPeak:\t${String(kib(process.rss * 4)).padStart(8)} kB\nVmSize:\t${String(kib(process.rss * 4)).padStart(8)} kB\nVmRSS:\t${String(kib(process.rss)).padStart(8)} kB\n`) +
    `Threads:\t1\nSigQ:\t0/96247\nSigPnd:\t${mask(0n)}\nShdPnd:\t${mask(0n)}\nSigBlk:\t${mask(0n)}\nSigIgn:\t${mask(ignored)}\nSigCgt:\t${mask(caught)}\n` +
    `CapInh:\t${mask(0n)}\nCapPrm:\t${effective}\nCapEff:\t${effective}\nCapBnd:\t${bounding}\nCapAmb:\t${mask(0n)}\nNoNewPrivs:\t${process.scope.noNewPrivileges ? 1 : 0}\nSeccomp:\t0\nCpus_allowed_list:\t0-1\n`
  );
}

function netDirectory(kernel: Kernel, scope: ContainerScope): DirectoryInode {
  const fs = kernel.procFilesystem;
  const file =
    (text: () => string): Make =>
    () =>
      new GeneratedInode(fs, text);
  const { network } = scope;
  return table(fs, {
    dev: file(() => {
      const zero =
        "       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n";
      return (
        "Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n" +
        `    lo:${zero}${network.ip === "" ? "" : `  eth0:${zero}`}`
      );
    }),
    route: file(() => {
      let out = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
      if (network.ip === "") return out;
      const [a, b, c] = network.ip.split(".").map(Number);
      const hex = (...bytes: number[]) => bytes.map((n) => n.toString(16).toUpperCase().padStart(2, "0")).join("");
      out += `eth0\t00000000\t${hex(1, c!, b!, a!)}\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`;
      return `${out}eth0\t${hex(0, c!, b!, a!)}\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n`;
    }),
    tcp: file(() => {
      let out = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
      let row = 0;
      for (const [port, sockets] of [...network.listeners].sort(([x], [y]) => x - y))
        for (const { local } of sockets) {
          const ip = local.ip
            .split(".")
            .reverse()
            .map((n) => Number(n).toString(16).toUpperCase().padStart(2, "0"))
            .join("");
          out += `${String(row++).padStart(4)}: ${ip}:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 ${20000 + port} 1 0 100 0 0 10 0\n`;
        }
      return out;
    }),
    tcp6: file(
      () =>
        "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n",
    ),
    udp: file(
      () =>
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n",
    ),
    unix: file(() => "Num       RefCount Protocol Flags    Type St Inode Path\n"),
    arp: file(() => "IP address       HW type     Flags       HW address            Mask     Device\n"),
  });
}

/** Kernel parameters that programs look at; a sandbox' own sysctls go over them. */
const SYSCTLS: Readonly<Record<string, string>> = {
  "fs.file-max": "9223372036854775807",
  "kernel.cap_last_cap": "40",
  "kernel.msgmax": "8192",
  "kernel.osrelease": "",
  "kernel.ostype": "Linux",
  "kernel.pid_max": "4194304",
  "kernel.random.boot_id": "",
  "kernel.random.uuid": "",
  "kernel.sem": "32000\t1024000000\t500\t32000",
  "kernel.shm_rmid_forced": "0",
  "kernel.shmmax": "18446744073692774399",
  "kernel.threads-max": "192495",
  "net.core.somaxconn": "4096",
  "net.ipv4.ip_forward": "1",
  "net.ipv4.ip_local_port_range": "32768\t60999",
  "net.ipv4.ip_local_reserved_ports": "",
  "net.ipv4.ip_unprivileged_port_start": "0",
  "net.ipv4.ping_group_range": "0\t2147483647",
  "net.ipv4.tcp_fin_timeout": "60",
  "net.ipv4.tcp_keepalive_intvl": "75",
  "net.ipv4.tcp_keepalive_probes": "9",
  "net.ipv4.tcp_keepalive_time": "7200",
  "net.ipv4.tcp_rmem": "4096\t131072\t6291456",
  "net.ipv4.tcp_syncookies": "1",
  "net.ipv4.tcp_wmem": "4096\t16384\t4194304",
  "net.ipv6.conf.all.disable_ipv6": "1",
  "vm.max_map_count": "1048576",
  "vm.overcommit_memory": "1",
  "vm.swappiness": "60",
};

function sysctls(kernel: Kernel, scope: ContainerScope): DirectoryInode {
  const fs = kernel.procFilesystem;
  const values = new Map<string, () => string>();
  for (const [name, value] of Object.entries(SYSCTLS)) values.set(name, () => value);
  values.set("kernel.osrelease", () => kernel.release);
  values.set("kernel.random.uuid", () => kernel.random.uuid());
  values.set("kernel.hostname", () => scope.uts.hostname);
  for (const [name, value] of scope.uts.sysctls) values.set(name, () => value);
  const directory = (prefix: string): DirectoryInode => {
    const names = new Set<string>();
    for (const name of values.keys()) if (name.startsWith(prefix)) names.add(name.slice(prefix.length).split(".")[0]!);
    return new GeneratedDirectory(
      fs,
      () => [...names].sort(),
      (name) => {
        if (!names.has(name)) return undefined;
        const value = values.get(prefix + name);
        if (!value) return directory(`${prefix}${name}.`);
        return new GeneratedInode(
          fs,
          () => `${value()}\n`,
          () => {
            throw new SysError("EROFS");
          },
        );
      },
    );
  };
  return directory("");
}

/** /sys/fs/cgroup of cgroup v1, as on the recorded node. */
function cgroupRoot(kernel: Kernel, scope: () => ContainerScope): DirectoryInode {
  const fs = kernel.sysFilesystem;
  const file =
    (text: () => string): Make =>
    () =>
      new GeneratedInode(fs, () => `${text()}\n`);
  const group = () => scope().cgroup;
  const unlimited = "9223372036854771712";
  const memory: Record<string, Make> = {
    "memory.limit_in_bytes": file(() => String(group().memoryLimit ?? unlimited)),
    "memory.usage_in_bytes": file(() => String(group().memory)),
    "memory.max_usage_in_bytes": file(() => String(Math.max(group().maxMemory, group().memory))),
    "memory.failcnt": file(() => String(group().oomKills)),
    "memory.soft_limit_in_bytes": file(() => unlimited),
    "memory.swappiness": file(() => "60"),
    "memory.oom_control": file(() => `oom_kill_disable 0\nunder_oom 0\noom_kill ${group().oomKills}`),
    "memory.stat": file(
      () => `cache ${Math.max(0, group().tmpfsBytes)}\nrss ${group().memory - Math.max(0, group().tmpfsBytes)}`,
    ),
  };
  const cpu: Record<string, Make> = {
    "cpu.cfs_period_us": file(() => "100000"),
    "cpu.cfs_quota_us": file(() =>
      String(group().cpuLimit === undefined ? -1 : Math.max(1000, group().cpuLimit! * 100)),
    ),
    "cpu.shares": file(() => "1024"),
    "cpu.stat": file(() => "nr_periods 0\nnr_throttled 0\nthrottled_time 0"),
    "cpuacct.usage": file(() => String(Math.round(group().cpuMs * 1e6))),
  };
  const processes = file(() =>
    [...group().processes]
      .map((one) => one.pid)
      .sort((a, b) => a - b)
      .join("\n"),
  );
  const controller =
    (entries: Record<string, Make>): Make =>
    () =>
      table(fs, { ...entries, "cgroup.procs": processes, tasks: processes });
  return table(fs, {
    memory: controller(memory),
    cpu: controller(cpu),
    "cpu,cpuacct": controller(cpu),
    cpuacct: controller(cpu),
    cpuset: controller({ "cpuset.cpus": file(() => `0-${kernel.cpus - 1}`), "cpuset.mems": file(() => "0") }),
    pids: controller({
      "pids.current": file(() => String(group().processes.size)),
      "pids.max": file(() => String(group().processLimit)),
    }),
  });
}

export function sysRoot(kernel: Kernel, scope: ContainerScope): DirectoryInode {
  const fs = kernel.sysFilesystem;
  const file =
    (text: () => string): Make =>
    () =>
      new GeneratedInode(fs, () => `${text()}\n`);
  const { network } = scope;
  const device =
    (mac: string, mtu: number, up: string): Make =>
    () =>
      table(fs, { address: file(() => mac), mtu: file(() => String(mtu)), operstate: file(() => up) });
  return table(fs, {
    class: () =>
      table(fs, {
        net: () =>
          table(fs, {
            lo: device("00:00:00:00:00:00", 65536, "unknown"),
            ...(network.ip !== "" && { eth0: device(network.mac, 1500, "up") }),
          }),
      }),
    devices: () =>
      table(fs, {
        system: () =>
          table(fs, {
            cpu: () =>
              table(fs, { online: file(() => `0-${kernel.cpus - 1}`), present: file(() => `0-${kernel.cpus - 1}`) }),
          }),
      }),
    fs: () => table(fs, { cgroup: () => cgroupRoot(kernel, () => scope) }),
    kernel: () => table(fs, { mm: () => table(fs, {}) }),
  });
}
