/** Applets about the machine and the user: hostname, id, whoami, date, uptime, nproc, free, df, mount. */
import { utf8Encode } from "../bytes.ts";
import { type Program, type Sys, SysError } from "../sys.ts";
import { formatDate, nanoseconds, parseTime, parseTimeAs } from "./dateFormat.ts";
import { humanSize } from "./listing.ts";
import { applet, because, complain, Fault, parseOptions, usageFault } from "./options.ts";
import { resolveAll } from "./resolver.ts";
import { readIfPresent } from "./streams.ts";
import { readAccounts } from "./users.ts";

export const systemApplets: Readonly<Record<string, Program>> = {
  hostname: applet("hostname", function* (sys, args) {
    const options = parseOptions("hostname", args, "sidfF:y");
    const [given] = options.operands;
    if (given !== undefined) {
      try {
        sys.sethostname(given);
      } catch (error) {
        throw new Fault(`hostname: sethostname: ${because(error)}\n`);
      }
      return 0;
    }
    const name = utf8Encode(sys.hostname());
    let text = name;
    if (options.has("s")) text = name.split(".")[0]!;
    else if (options.has("i")) {
      const addresses = yield* resolveAll(sys, name);
      if (addresses.length === 0) throw new Fault(`hostname: ${name}: Unknown host\n`);
      // busybox ends each address with a blank.
      text = addresses.map((address) => `${address} `).join("");
    } else if (options.has("d")) {
      const dot = name.indexOf(".");
      text = dot < 0 ? "" : name.slice(dot + 1);
      if (text === "") return 0;
    } else if (options.has("f")) {
      const hosts = (yield* readIfPresent(sys, "/etc/hosts")) ?? "";
      const line = hosts
        .split("\n")
        .map((one) => one.split("#")[0]!.trim().split(/\s+/))
        .find((words) => words.slice(1).includes(name));
      text = line?.[1] ?? name;
    }
    yield* sys.write(1, `${text}\n`);
    return 0;
  }),
  id: applet("id", function* (sys, args) {
    const options = parseOptions("id", args, "ugGnrh");
    const accounts = yield* readAccounts(sys);
    const [who] = options.operands;
    const user =
      who === undefined ? undefined : accounts.users.find((one) => one.name === who || String(one.uid) === who);
    if (who !== undefined && !user) throw new Fault(`id: unknown user ${who}\n`);
    const uid = user?.uid ?? sys.uid;
    const gid = user?.gid ?? sys.gid;
    const groups = user ? [gid] : [...new Set([gid, ...sys.groups])];
    const userName = (id: number) => accounts.userName(id);
    const groupName = (id: number) => accounts.groupName(id);
    if (options.has("u") || options.has("g")) {
      const id = options.has("u") ? uid : gid;
      const name = options.has("u") ? userName(id) : groupName(id);
      if (options.has("n") && name === undefined) {
        yield* sys.write(1, `${id}\n`);
        throw new Fault(`id: unknown ID ${id}\n`);
      }
      yield* sys.write(1, `${options.has("n") ? name : id}\n`);
      return 0;
    }
    if (options.has("G")) {
      yield* sys.write(1, `${groups.map((id) => (options.has("n") ? (groupName(id) ?? id) : id)).join(" ")}\n`);
      return 0;
    }
    const shown = (id: number, name: string | undefined) => (name === undefined ? String(id) : `${id}(${name})`);
    let text = `uid=${shown(uid, userName(uid))} gid=${shown(gid, groupName(gid))}`;
    const more = groups.length > 1 || sys.groups.length > 0;
    if (more) text += ` groups=${groups.map((id) => shown(id, groupName(id))).join(",")}`;
    yield* sys.write(1, `${text}\n`);
    return 0;
  }),
  whoami: applet("whoami", function* (sys, args) {
    if (args.length > 0) throw usageFault("whoami");
    const name = (yield* readAccounts(sys)).userName(sys.uid);
    if (name === undefined) throw new Fault(`whoami: unknown uid ${sys.uid}\n`);
    yield* sys.write(1, `${name}\n`);
    return 0;
  }),
  date: applet("date", function* (sys, args) {
    const options = parseOptions("date", args, "Rs:ud:r:I::D:", {
      utc: "u",
      date: "d",
      reference: "r",
      "rfc-2822": "R",
      "iso-8601": "I",
    });
    let time = sys.now();
    const text = options.value("d");
    if (text !== undefined) {
      const form = options.value("D");
      const parsed = form === undefined ? parseTime(text, time) : parseTimeAs(form, text, time);
      if (parsed === undefined) throw new Fault(`date: invalid date '${text}'\n`);
      time = parsed;
    }
    const file = options.value("r");
    if (file !== undefined) {
      try {
        time = sys.stat(file).mtime;
      } catch (error) {
        throw new Fault(`date: can't stat '${file}': ${because(error)}\n`);
      }
    }
    if (options.operands.length > 1) throw new Fault(`date: invalid date '${options.operands[1]}'\n`);
    if (options.has("s")) throw new Fault("date: can't set date: Operation not permitted\n");
    const format = options.operands[0];
    if (format !== undefined && !format.startsWith("+")) throw new Fault(`date: invalid date '${format}'\n`);
    const iso: Readonly<Record<string, string>> = {
      "": "%Y-%m-%d",
      date: "%Y-%m-%d",
      hours: "%Y-%m-%dT%H+00:00",
      minutes: "%Y-%m-%dT%H:%M+00:00",
      seconds: "%Y-%m-%dT%H:%M:%S+00:00",
      ns: `%Y-%m-%dT%H:%M:%S,${nanoseconds(time)}+00:00`,
    };
    const precision = Object.keys(iso).find((name) => name !== "" && name.startsWith(options.value("I") || "date"));
    if (precision === undefined) throw usageFault("date");
    const chosen =
      format?.slice(1) ??
      (options.has("R") ? "%a, %d %b %Y %H:%M:%S %z" : options.has("I") ? iso[precision]! : "%a %b %e %H:%M:%S UTC %Y");
    yield* sys.write(1, `${formatDate(chosen, time)}\n`);
    return 0;
  }),
  uptime: applet("uptime", function* (sys) {
    const minutes = Math.floor(sys.uptime() / 60000);
    const days = Math.floor(minutes / 1440);
    const hours = Math.floor(minutes / 60) % 24;
    const up = `${days > 0 ? `${days} day${days === 1 ? "" : "s"}, ` : ""}${hours > 0 ? `${String(hours).padStart(2)}:${String(minutes % 60).padStart(2, "0")}` : `${minutes % 60} min`}`;
    const load = sys
      .limits()
      .load.map((one) => one.toFixed(2))
      .join(", ");
    yield* sys.write(1, ` ${formatDate("%H:%M:%S", sys.now())} up ${up},  0 users,  load average: ${load}\n`);
    return 0;
  }),
  nproc: applet("nproc", function* (sys) {
    yield* sys.write(1, `${Math.max(1, Math.floor(sys.limits().cpus))}\n`);
    return 0;
  }),
  free: applet("free", function* (sys, args) {
    // Its complaint is the usage alone (procps/free.c).
    if (args.some((arg) => /^-+[^-]/.test(arg) && !/^-[bkmgh]+$/.test(arg))) throw usageFault("free");
    const options = parseOptions("free", args, "bkmgh");
    const { memoryTotal, memoryFree } = sys.limits();
    const unit = options.has("b") ? 1 : options.has("m") ? 2 ** 20 : options.has("g") ? 2 ** 30 : 1024;
    const cell = (bytes: number) =>
      (options.has("h") ? humanSize(bytes) : String(Math.floor(bytes / unit))).padStart(12);
    const row = (...values: number[]) => values.map(cell).join("");
    yield* sys.write(
      1,
      `              total        used        free      shared  buff/cache   available\nMem:   ${row(memoryTotal, memoryTotal - memoryFree, memoryFree, 0, 0, memoryFree)}\nSwap:  ${row(0, 0, 0)}\n`,
    );
    return 0;
  }),
  df: applet("df", function* (sys, args) {
    const options = parseOptions("df", args, "PkmhTai");
    const mounts = mountLines((yield* readIfPresent(sys, "/proc/mounts")) ?? "");
    const human = options.has("h");
    const unit = options.has("m") ? 2 ** 20 : 1024;
    const size = (bytes: number) => (human ? humanSize(bytes) : String(Math.ceil(bytes / unit)));
    const type = options.has("T");
    let text = human
      ? `Filesystem           ${type ? "Type       " : ""}     Size      Used Available Use% Mounted on\n`
      : `Filesystem           ${type ? "Type       " : ""}${options.has("m") ? "1M-blocks" : options.has("P") ? "1024-blocks" : "1K-blocks"}${options.has("P") ? "" : "  "}    Used Available Use% Mounted on\n`;
    let status = 0;
    const paths = options.operands.length > 0 ? options.operands : mounts.map((mount) => mount.target);
    for (const path of paths) {
      let fs: ReturnType<Sys["statfs"]>;
      try {
        fs = sys.statfs(path);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        yield* complain(sys, `df: ${path}: can't find mount point\n`);
        status = 1;
        continue;
      }
      if (fs.total === 0 && options.operands.length === 0 && !options.has("a")) continue;
      const used = fs.total - fs.free;
      const percent = fs.total === 0 ? 0 : Math.ceil((used * 100) / fs.total);
      text += `${fs.source.padEnd(20)} ${type ? fs.type.padEnd(11) : ""}${size(fs.total).padStart(9)} ${size(used).padStart(9)} ${size(fs.free).padStart(9)} ${String(percent).padStart(3)}% ${fs.target}\n`;
    }
    yield* sys.write(1, text);
    return status;
  }),
  mount: applet("mount", function* (sys, args) {
    if (args.length > 0) {
      if (args.length === 1 && args[0] === "-a") return 0;
      throw new Fault("mount: permission denied (are you root?)\n");
    }
    const mounts = mountLines((yield* readIfPresent(sys, "/proc/mounts")) ?? "");
    yield* sys.write(
      1,
      mounts.map((one) => `${one.source} on ${one.target} type ${one.type} (${one.flags})\n`).join(""),
    );
    return 0;
  }),
  vi: applet("vi", function* () {
    throw new Fault("vi: not simulated: there is no terminal to edit on; write files with cat, sed or printf\n");
  }),
  umount: applet("umount", function* (_sys, args) {
    if (args.length === 0) throw usageFault("umount");
    throw new Fault(`umount: can't unmount ${args.at(-1)}: Operation not permitted\n`);
  }),
};

function mountLines(text: string): { source: string; target: string; type: string; flags: string }[] {
  return text
    .split("\n")
    .map((line) => line.split(" "))
    .filter((fields) => fields.length >= 4)
    .map(([source = "", target = "", type = "", flags = ""]) => ({ source, target, type, flags }));
}
