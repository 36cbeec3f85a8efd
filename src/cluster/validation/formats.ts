/** The forms of names, and what is said of those that have another (apimachinery: pkg/util/validation, pkg/api/validate/content). Each check answers a list of faults, empty when all is well. */
export type Check = (value: string) => string[];

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const label1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const keyName = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

const whole = (pattern: string) => new RegExp(`^${pattern}$`);
const labelPattern = whole(label);
const subdomainPattern = whole(subdomain);
const label1035Pattern = whole(label1035);
const keyPattern = whole(keyName);
const labelValuePattern = whole(`(${keyName})?`);

/** `… (e.g. 'my-name',  or '123-abc', regex used for validation is '…')` */
function withPattern(words: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${words} (regex used for validation is '${pattern}')`;
  return `${words} (e.g. ${examples.map((example, i) => `${i > 0 ? " or " : ""}'${example}', `).join("")}regex used for validation is '${pattern}')`;
}

function longest(value: string, most: number): string[] {
  return utf8Length(value) > most ? [`must be no more than ${most} characters`] : [];
}

export function utf8Length(text: string): number {
  let bytes = 0;
  for (const c of text) {
    const code = c.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

const subdomainWords =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";

export const isSubdomain: Check = (value) => [
  ...longest(value, 253),
  ...(subdomainPattern.test(value) ? [] : [withPattern(subdomainWords, subdomain, "example.com")]),
];

const labelWithUnderscore = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const subdomainWithUnderscore = `${labelWithUnderscore}(\\.${labelWithUnderscore})*`;
const subdomainWithUnderscorePattern = whole(subdomainWithUnderscore);

/** Of DNS search lists. */
export const isSubdomainWithUnderscore: Check = (value) => [
  ...longest(value, 253),
  ...(subdomainWithUnderscorePattern.test(value)
    ? []
    : [
        withPattern(
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
          subdomainWithUnderscore,
          "example.com",
        ),
      ]),
];

export const isLabel: Check = (value) => {
  const faults = longest(value, 63);
  if (labelPattern.test(value)) return faults;
  if (subdomainPattern.test(value)) return [...faults, "must not contain dots"];
  return [
    ...faults,
    withPattern(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      label,
      "my-name",
      "123-abc",
    ),
  ];
};

export const isLabel1035: Check = (value) => [
  ...longest(value, 63),
  ...(label1035Pattern.test(value)
    ? []
    : [
        withPattern(
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
          label1035,
          "my-name",
          "abc-123",
        ),
      ]),
];

/** For a generateName: a dash at the end will be followed by more. */
export function asPrefix(check: Check): Check {
  return (value) => check(value.length > 1 && value.endsWith("-") ? `${value.slice(0, -2)}a` : value);
}

const keyWords =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** Keys of labels and annotations, taints, finalizers, conditions. */
export const isKey: Check = (value) => {
  const parts = value.split("/");
  const faults: string[] = [];
  if (parts.length > 2)
    return [
      `a valid label key ${withPattern(keyWords, keyName, "MyName", "my.name", "123-abc")} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  if (parts.length === 2) {
    if (parts[0] === "") faults.push("prefix part must be non-empty");
    else faults.push(...isSubdomain(parts[0]!).map((fault) => `prefix part ${fault}`));
  }
  const name = parts.at(-1)!;
  if (name === "") faults.push("name part must be non-empty");
  else if (utf8Length(name) > 63) faults.push("name part must be no more than 63 bytes");
  if (!keyPattern.test(name))
    faults.push(`name part ${withPattern(keyWords, keyName, "MyName", "my.name", "123-abc")}`);
  return faults;
};

export const isLabelValue: Check = (value) => [
  ...(utf8Length(value) > 63 ? ["must be no more than 63 bytes"] : []),
  ...(labelValuePattern.test(value)
    ? []
    : [
        withPattern(
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
          `(${keyName})?`,
          "MyValue",
          "my_value",
          "12345",
        ),
      ]),
];

export const isPortName: Check = (value) => [
  ...longest(value, 15),
  ...(/^[-a-z0-9]+$/.test(value) ? [] : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
  ...(/[a-z]/.test(value) ? [] : ["must contain at least one letter (a-z)"]),
  ...(value.includes("--") ? ["must not contain consecutive hyphens"] : []),
  ...(value.startsWith("-") || value.endsWith("-") ? ["must not begin or end with a hyphen"] : []),
];

export const isEnvName: Check = (value) =>
  value !== "" && /^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];

/** Of a data key of ConfigMaps and Secrets. */
export const isDataKey: Check = (value) => [
  ...longest(value, 253),
  ...(/^[-._a-zA-Z0-9]+$/.test(value)
    ? []
    : [
        withPattern(
          "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
          "[-._a-zA-Z0-9]+",
          "key.name",
          "KEY_NAME",
          "key-name",
        ),
      ]),
  ...(value === "."
    ? ["must not be '.'"]
    : value === ".."
      ? ["must not be '..'"]
      : value.startsWith("..")
        ? ["must not start with '..'"]
        : []),
];

export const isHeaderName: Check = (value) =>
  /^[-A-Za-z0-9]+$/.test(value)
    ? []
    : [
        withPattern(
          "a valid HTTP header must consist of alphanumeric characters or '-'",
          "[-A-Za-z0-9]+",
          "X-Header-Name",
        ),
      ];

export function isPortNumber(value: number): string[] {
  return value >= 1 && value <= 65535 ? [] : ["must be between 1 and 65535, inclusive"];
}

/** Of users and groups. */
export function isId(value: number): string[] {
  return value >= 0 && value <= 2147483647 ? [] : ["must be between 0 and 2147483647, inclusive"];
}

export const nonNegative = "must be greater than or equal to 0";

/** As fields that are older than strict rules take it: IPv4 with leading zeros, too. */
export const isIp: Check = (value) => (isIPv4(value) || isIPv6(value) ? [] : [notIpAddress]);

export const isCidr: Check = (value) => {
  const [, ip = "", bits = ""] = /^(.*)\/(\d{1,3})$/.exec(value) ?? [];
  return (isIPv4(ip) && Number(bits) <= 32) || (isIPv6(ip) && Number(bits) <= 128)
    ? []
    : ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
};

export function isIPv4(value: string): boolean {
  return /^\d{1,4}(\.\d{1,4}){3}$/.test(value) && value.split(".").every((part) => Number(part) <= 255);
}

export function isIPv6(value: string): boolean {
  let text = value;
  const tail = /:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1];
  if (tail !== undefined) {
    if (!isIPv4(tail)) return false;
    text = `${text.slice(0, -tail.length)}0:0`;
  }
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}

const notIpAddress = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
