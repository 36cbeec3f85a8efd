/** The images that can be pulled: what the registry holds. Their facts are data (assets/images.json). */
import { Random } from "../time/random.ts";
import { canonicalName, type ImageReference, parseImageReference } from "./imageReference.ts";
import { buildImageTree, executable, type ImageDirectory, type ImageEntry } from "./imageTree.ts";

/** Files that images have in common, by name; and the parts of an image itself. */
export interface ImageParts {
  readonly base?: string;
  /** Path → permissions in octal. */
  readonly directories?: Readonly<Record<string, string>>;
  /** Path → text (mode 0644), or with a mode. */
  readonly files?: Readonly<Record<string, string | { readonly text: string; readonly mode: string }>>;
  readonly links?: Readonly<Record<string, string>>;
  /** Path → the program that it runs. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Names in /bin that run busybox. */
  readonly applets?: readonly string[];
}

export interface CatalogueImage extends ImageParts {
  readonly repository: string;
  readonly tags: readonly string[];
  /** All tags are one image: the status then shows the first. */
  readonly oneImage?: boolean;
  readonly bytes: number;
  readonly env?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly workingDir?: string;
  readonly user?: string;
  readonly stopSignal?: string;
  readonly exposedPorts?: readonly string[];
  readonly pullSeconds?: number;
}

export interface CatalogueData {
  readonly bases: Readonly<Record<string, ImageParts>>;
  readonly images: readonly CatalogueImage[];
}

export interface Credentials {
  /** The registry's host, as in the image's name. */
  readonly server: string;
  readonly username: string;
  readonly password: string;
}

/** A scenario's changes, by any name of the image. */
export interface ImageOverride {
  readonly pullSeconds?: number;
  /** The registry does not have it. */
  readonly missing?: boolean;
  /** What it is a copy of: `busybox:1.36`. */
  readonly like?: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly user?: string;
  readonly workingDir?: string;
  /** Who may pull it; absent: anyone. */
  readonly credentials?: Credentials;
  /** The registry refuses everyone, has no address, or does not answer. */
  readonly failure?: "denied" | "unresolvable" | "unreachable";
}

/** What a registry says to somebody who asks for an image. */
export type RegistryAnswer =
  | { readonly image: Image }
  | { readonly failure: "missing" | NonNullable<ImageOverride["failure"]> };

export interface Image {
  /** `docker.io/library/busybox:1.28`: what statuses show. */
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly stopSignal: string;
  readonly pullSeconds: number;
  readonly tree: () => ImageDirectory;
}

/** The recorded node pulled from a registry beside it. */
const PULL_SECONDS = 0.1;
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** What /bin/busybox of Debian weighs. */
const BUSYBOX_BYTES = 1982256;

export class ImageCatalogue {
  readonly #registry: Registry;
  readonly #overrides: ReadonlyMap<string, ImageOverride>;

  constructor(registry: Registry, overrides: ReadonlyMap<string, ImageOverride> = new Map()) {
    this.#registry = registry;
    this.#overrides = overrides;
  }

  /** The same catalogue with a scenario's changes; names that cannot be parsed are left out. */
  with(overrides: Readonly<Record<string, ImageOverride>>): ImageCatalogue {
    const merged = new Map(this.#overrides);
    for (const [name, override] of Object.entries(overrides)) {
      const reference = parseImageReference(name);
      if (!("error" in reference)) merged.set(canonicalName(reference), override);
    }
    return new ImageCatalogue(this.#registry, merged);
  }

  /** What the registry answers; undefined: not found. */
  find(reference: ImageReference): Image | undefined {
    const name = canonicalName(reference);
    const override = this.#overrides.get(name);
    if (override?.missing) return undefined;
    const image =
      reference.digest === undefined
        ? this.#registry.tagged(name)
        : this.#registry.withDigest(`${reference.repository}@${reference.digest}`);
    return override ? overridden(image ?? this.#copied(name, reference, override.like), override) : image;
  }

  /** The image for one who shows these credentials, or why not. */
  ask(reference: ImageReference, shown: readonly Credentials[] = []): RegistryAnswer {
    const override = this.#overrides.get(canonicalName(reference));
    if (override?.failure) return { failure: override.failure };
    const image = this.find(reference);
    if (!image) return { failure: "missing" };
    const needed = override?.credentials;
    const has = (one: Credentials) =>
      one.server === needed?.server && one.username === needed.username && one.password === needed.password;
    return needed && !shown.some(has) ? { failure: "denied" } : { image };
  }

  #copied(name: string, reference: ImageReference, like: string | undefined): Image | undefined {
    const original = like === undefined ? { error: "" } : parseImageReference(like);
    const image = "error" in original ? undefined : this.#registry.tagged(canonicalName(original));
    if (!image) return undefined;
    const digest = reference.digest ?? `sha256:${new Random(name).hex(64)}`;
    return { ...image, name, digest: `${reference.repository}@${digest}` };
  }

  /** All names, e.g. for completion. */
  names(): string[] {
    return this.#registry.names();
  }
}

export function loadCatalogue(data: CatalogueData): ImageCatalogue {
  return new ImageCatalogue(new Registry(data));
}

/** All that can be pulled, without overrides. An image is made when somebody asks for it: most runs need one of hundreds. */
class Registry {
  readonly #data: CatalogueData;
  /** By name with tag: the entry, and the tag that its status shows. */
  readonly #entries = new Map<string, { readonly one: CatalogueImage; readonly shown: string }>();
  readonly #made = new Map<string, Image>();
  #byDigest: ReadonlyMap<string, Image> | undefined;

  constructor(data: CatalogueData) {
    this.#data = data;
    for (const one of data.images)
      for (const tag of one.tags)
        this.#entries.set(`${one.repository}:${tag}`, { one, shown: one.oneImage ? one.tags[0]! : tag });
  }

  names(): string[] {
    return [...this.#entries.keys()];
  }

  /** `docker.io/library/busybox:1.36` */
  tagged(name: string): Image | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    const shown = `${entry.one.repository}:${entry.shown}`;
    let image = this.#made.get(shown);
    if (!image) this.#made.set(shown, (image = this.#make(entry.one, shown)));
    return image;
  }

  /** `docker.io/library/busybox@sha256:…` */
  withDigest(name: string): Image | undefined {
    this.#byDigest ??= new Map(this.names().map((one) => [this.tagged(one)!.digest, this.tagged(one)!]));
    return this.#byDigest.get(name);
  }

  #make(one: CatalogueImage, name: string): Image {
    return {
      name,
      digest: `${one.repository}@sha256:${new Random(name).hex(64)}`,
      bytes: one.bytes,
      env: [...(one.env?.some((entry) => entry.startsWith("PATH=")) ? [] : [PATH]), ...(one.env ?? [])],
      entrypoint: one.entrypoint ?? [],
      cmd: one.cmd ?? [],
      workingDir: one.workingDir ?? "",
      user: one.user ?? "",
      stopSignal: one.stopSignal ?? "SIGTERM",
      pullSeconds: one.pullSeconds ?? PULL_SECONDS,
      tree: once(() => buildImageTree(entriesOf(this.#data, one))),
    };
  }
}

function overridden(image: Image | undefined, override: ImageOverride): Image | undefined {
  if (!image) return undefined;
  const { pullSeconds, entrypoint, cmd, user, workingDir } = override;
  return {
    ...image,
    ...(pullSeconds !== undefined && { pullSeconds }),
    ...(entrypoint && { entrypoint }),
    ...(cmd && { cmd }),
    ...(user !== undefined && { user }),
    ...(workingDir !== undefined && { workingDir }),
  };
}

function* entriesOf(data: CatalogueData, parts: ImageParts): Generator<ImageEntry> {
  const base = parts.base === undefined ? undefined : data.bases[parts.base];
  if (base) yield* entriesOf(data, base);
  for (const [path, mode] of Object.entries(parts.directories ?? {}))
    yield { path, directory: true, mode: Number.parseInt(mode, 8) };
  for (const applet of parts.applets ?? [])
    yield { path: `/bin/${applet}`, content: executable("busybox"), size: BUSYBOX_BYTES, mode: 0o755 };
  for (const [path, program] of Object.entries(parts.programs ?? {}))
    yield { path, content: executable(program), size: PROGRAM_BYTES, mode: 0o755 };
  for (const [path, file] of Object.entries(parts.files ?? {})) {
    if (typeof file === "string") yield { path, content: file };
    else yield { path, content: file.text, mode: Number.parseInt(file.mode, 8) };
  }
  for (const [path, symlink] of Object.entries(parts.links ?? {})) yield { path, symlink };
}

const PROGRAM_BYTES = 1 << 20;

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
