/** Names of users and groups, from /etc/passwd and /etc/group. */
import type { Task } from "../../time/task.ts";
import type { Sys } from "../sys.ts";
import { readIfPresent } from "./streams.ts";

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export class Accounts {
  readonly users: readonly User[];
  readonly groups: readonly { readonly name: string; readonly gid: number }[];

  constructor(passwd: string, group: string) {
    this.users = rows(passwd).map((f) => ({ name: f[0]!, uid: Number(f[2]), gid: Number(f[3]), home: f[5] ?? "/" }));
    this.groups = rows(group).map((f) => ({ name: f[0]!, gid: Number(f[2]) }));
  }
  userName(uid: number): string | undefined {
    return this.users.find((user) => user.uid === uid)?.name;
  }
  groupName(gid: number): string | undefined {
    return this.groups.find((group) => group.gid === gid)?.name;
  }
}

export function* readAccounts(sys: Sys): Task<Accounts> {
  const passwd = yield* readIfPresent(sys, "/etc/passwd");
  const group = yield* readIfPresent(sys, "/etc/group");
  return new Accounts(passwd ?? "", group ?? "");
}

function rows(file: string): string[][] {
  return file
    .split("\n")
    .map((line) => line.split(":"))
    .filter((fields) => fields.length >= 3);
}
