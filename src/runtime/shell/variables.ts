/** A shell's variables, with the scopes of functions. */
import { OUT_OF_MEMORY, ShellFault } from "./fault.ts";

export interface Variable {
  /** Undefined: exported, readonly or local, but unset. */
  value: string | undefined;
  exported: boolean;
  readonly: boolean;
}

/** A variable whose value is made when it is read. Setting one makes it ordinary. */
export type DynamicVariable = () => string;

const MAX_BYTES = 16 << 20;

export class Variables {
  readonly #table: Map<string, Variable>;
  readonly #dynamic = new Map<string, DynamicVariable>();
  /** A map for each function that runs: what its local variables were before. */
  readonly #scopes: Map<string, Variable | undefined>[];
  #environment: ReadonlyMap<string, string> | undefined;
  #bytes = 0;
  /** Called with the name of each variable that gets a new value. */
  onChange: (name: string, value: string | undefined) => void = () => {};

  constructor(from?: Variables) {
    this.#table = new Map();
    this.#scopes = [];
    if (from === undefined) return;
    for (const [name, variable] of from.#table) this.#table.set(name, { ...variable });
    for (const scope of from.#scopes) this.#scopes.push(new Map(scope));
    this.#environment = from.#environment;
    this.#bytes = from.#bytes;
  }

  defineDynamic(name: string, read: DynamicVariable): void {
    this.#dynamic.set(name, read);
  }

  isDynamic(name: string): boolean {
    return this.#dynamic.has(name);
  }

  forgetDynamic(name: string): void {
    this.#dynamic.delete(name);
  }

  get(name: string): string | undefined {
    if (this.#dynamic.size > 0) {
      const read = this.#dynamic.get(name);
      if (read !== undefined) return read();
    }
    return this.#table.get(name)?.value;
  }

  /** What was assigned last, even to a dynamic variable. */
  stored(name: string): string | undefined {
    return this.#table.get(name)?.value;
  }

  isExported(name: string): boolean {
    return this.#table.get(name)?.exported ?? false;
  }

  isReadonly(name: string): boolean {
    return this.#table.get(name)?.readonly ?? false;
  }

  /** Throws ShellFault for a readonly variable. */
  set(name: string, value: string, exported = false): void {
    const variable = this.#table.get(name);
    if (this.#dynamic.size > 0) this.#dynamic.delete(name);
    if (variable === undefined) {
      this.#count(value.length + name.length);
      this.#table.set(name, { value, exported, readonly: false });
      if (exported) this.#environment = undefined;
    } else {
      if (variable.readonly) throw new ShellFault(`${name}: is read only`);
      this.#count(value.length - (variable.value?.length ?? 0));
      variable.value = value;
      if (exported) variable.exported = true;
      if (variable.exported) this.#environment = undefined;
    }
    this.onChange(name, value);
  }

  /** For the shell's own variables: nobody is told, and readonly does not matter. */
  setQuietly(name: string, value: string): void {
    const variable = this.#table.get(name);
    if (variable === undefined) this.#table.set(name, { value, exported: false, readonly: false });
    else {
      variable.value = value;
      if (variable.exported) this.#environment = undefined;
    }
  }

  /** Throws ShellFault for a readonly variable. */
  unset(name: string): void {
    const variable = this.#table.get(name);
    this.#dynamic.delete(name);
    if (variable === undefined) return;
    if (variable.readonly) throw new ShellFault(`${name}: is read only`);
    this.#bytes -= (variable.value?.length ?? 0) + name.length;
    this.#table.delete(name);
    this.#environment = undefined;
    this.onChange(name, undefined);
  }

  mark(name: string, as: "exported" | "readonly", on = true): void {
    let variable = this.#table.get(name);
    if (variable === undefined) {
      variable = { value: undefined, exported: false, readonly: false };
      this.#table.set(name, variable);
    }
    variable[as] = on;
    if (as === "exported") this.#environment = undefined;
  }

  pushScope(): void {
    this.#scopes.push(new Map());
  }

  popScope(): void {
    const scope = this.#scopes.pop()!;
    for (const [name, before] of scope) {
      if (before === undefined) this.#table.delete(name);
      else this.#table.set(name, before);
      this.onChange(name, before?.value);
    }
    if (scope.size > 0) this.#environment = undefined;
  }

  get inFunction(): boolean {
    return this.#scopes.length > 0;
  }

  /** Makes `name` local to the function that runs; without a value it is unset there. */
  makeLocal(name: string, value: string | undefined): void {
    const scope = this.#scopes.at(-1)!;
    const current = this.#table.get(name);
    if (current?.readonly) throw new ShellFault(`${name}: is read only`);
    if (!scope.has(name)) scope.set(name, current === undefined ? undefined : { ...current });
    const exported = current?.exported ?? false;
    this.#table.set(name, { value, exported, readonly: false });
    this.#environment = undefined;
    this.onChange(name, value);
  }

  names(): string[] {
    return [...this.#table.keys()].sort();
  }

  marked(as: "exported" | "readonly"): string[] {
    return this.names().filter((name) => this.#table.get(name)![as]);
  }

  /** What programs are started with. */
  environment(): ReadonlyMap<string, string> {
    if (this.#environment !== undefined) return this.#environment;
    const environment = new Map<string, string>();
    for (const [name, variable] of this.#table) {
      if (variable.exported && variable.value !== undefined) environment.set(name, variable.value);
    }
    this.#environment = environment;
    return environment;
  }

  /** Names and values. */
  get bytes(): number {
    return this.#bytes;
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MAX_BYTES) throw new ShellFault(OUT_OF_MEMORY);
  }
}
