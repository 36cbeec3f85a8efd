/** Image names as container registries write them (distribution: reference/regexp.go). */
export interface ImageName {
  /** `docker.io/library/nginx` */
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const domain =
  "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]+)?";
const component = "[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*";
const name = new RegExp(
  `^(?:(${domain})/)?(${component}(?:/${component})*)(?::(\\w[\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
);

/** undefined when it is no image name: `Nginx`, `nginx:`, `a//b`. Without tag and digest the tag is `latest`. */
export function parseImageName(image: string): ImageName | undefined {
  if (image.length > 4096) return undefined;
  // The part before the first slash is a host only when it looks like one.
  const slash = image.indexOf("/");
  const first = slash < 0 ? "" : image.slice(0, slash);
  const hasHost = slash >= 0 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  const full = hasHost ? image : `docker.io/${slash < 0 ? "library/" : ""}${image}`;
  const match = name.exec(full);
  if (!match?.[1] || !match[2] || match[2].length > 255 || /^[0-9a-f]{64}$/.test(image)) return undefined;
  const digest = match[4] ?? "";
  return { repository: `${match[1]}/${match[2]}`, tag: match[3] ?? (digest ? "" : "latest"), digest };
}
