/** Names of images, in all the forms they are written (distribution/reference: ParseNormalizedNamed). */

export interface ImageReference {
  /** `docker.io/library/busybox` */
  readonly repository: string;
  /** `latest` when neither tag nor digest is given. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const DOMAIN_PART = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = `(?:${DOMAIN_PART}(?:\\.${DOMAIN_PART})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const REFERENCE = new RegExp(
  `^((?:${DOMAIN}/)?${COMPONENT}(?:/${COMPONENT})*)(?::([\\w][\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
);

/** The cause as Go says it when the name cannot be parsed. */
export function parseImageReference(text: string): ImageReference | { readonly error: string } {
  if (/^[a-f0-9]{64}$/.test(text))
    return { error: `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings` };
  const slash = text.indexOf("/");
  const first = text.slice(0, slash);
  const hasDomain = slash >= 0 && (/[.:]/.test(first) || first === "localhost" || first.toLowerCase() !== first);
  let domain = hasDomain ? first : "docker.io";
  let rest = hasDomain ? text.slice(slash + 1) : text;
  if (domain === "index.docker.io") domain = "docker.io";
  if (domain === "docker.io" && !rest.includes("/")) rest = `library/${rest}`;
  const colon = rest.indexOf(":");
  const name = colon >= 0 ? rest.slice(0, colon) : rest;
  if (name.toLowerCase() !== name)
    return { error: `invalid reference format: repository name (${name}) must be lowercase` };
  const match = REFERENCE.exec(`${domain}/${rest}`);
  if (!match) return { error: "invalid reference format" };
  if (match[1]!.length > 255) return { error: "repository name must not be more than 255 characters" };
  const [, repository, tag, digest] = match;
  return { repository: repository!, tag: tag ?? (digest ? undefined : "latest"), digest };
}

/** `docker.io/library/busybox:1.28` */
export function canonicalName(reference: ImageReference): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${reference.repository}${tag}${digest}`;
}
