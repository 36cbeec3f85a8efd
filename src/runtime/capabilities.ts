/** Linux capabilities: what root may do in a container (uapi/linux/capability.h; containerd: pkg/oci, defaultUnixCaps). */

/** In the order of their bits. */
const NAMES =
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE".split(
    " ",
  );

export type Capability = "CHOWN" | "DAC_OVERRIDE" | "FOWNER" | "KILL" | "SETGID" | "SETUID" | "SYS_ADMIN";

/** Names without `CAP_`. */
export type Capabilities = ReadonlySet<string>;

export const allCapabilities: Capabilities = new Set(NAMES);

const usualCapabilities: Capabilities = new Set(
  "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE".split(
    " ",
  ),
);

/** The usual ones with some added, then some dropped; `ALL` stands for each. Names that Linux does not know count for nothing. */
export function capabilitiesWith(add: readonly string[], drop: readonly string[]): Capabilities {
  const upper = (names: readonly string[]) => names.map((name) => name.toUpperCase());
  const [added, dropped] = [upper(add), upper(drop)];
  const set = new Set(added.includes("ALL") ? NAMES : usualCapabilities);
  if (dropped.includes("ALL")) set.clear();
  for (const name of added) if (NAMES.includes(name)) set.add(name);
  for (const name of dropped) set.delete(name);
  return set;
}

/** As /proc shows it. */
export function capabilityMask(set: Capabilities): string {
  let bits = 0n;
  NAMES.forEach((name, i) => {
    if (set.has(name)) bits |= 1n << BigInt(i);
  });
  return bits.toString(16).padStart(16, "0");
}

/** Root alone has capabilities here; absent, nothing was taken from it. */
export function isCapable(
  who: { readonly uid: number; readonly capabilities?: Capabilities | undefined },
  what: Capability,
): boolean {
  return who.uid === 0 && (who.capabilities === undefined || who.capabilities.has(what));
}
