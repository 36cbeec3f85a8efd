/** Values as Go's fmt package writes them: %v, and the verbs of Printf that templates use. */

/** %v */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (typeof value === "object")
    return `map[${Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${key}:${goText(item)}`)
      .join(" ")}]`;
  if (typeof value === "number") return goNumber(value);
  return String(value);
}

/** Whole numbers as they are; others as %g, with an exponent from 1e21 on. */
function goNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return String(value);
  return String(value).replace(/e([+-])(\d)$/, "e$10$2");
}

const verb = /%([-+# 0]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g;

export function goPrintf(format: string, values: readonly unknown[]): string {
  let at = 0;
  const text = format.replace(
    verb,
    (_whole, flags: string, width = "0", precision: string | undefined, letter: string) => {
      if (letter === "%") return "%";
      if (at >= values.length) return `%!${letter}(MISSING)`;
      const cell = formatted(letter, values[at++], precision, flags);
      const pad = Math.max(0, Number(width) - [...cell].length);
      if (flags.includes("-")) return cell + " ".repeat(pad);
      return (flags.includes("0") && /^[dfxX]$/.test(letter) ? "0" : " ").repeat(pad) + cell;
    },
  );
  const extra = values.slice(at).map((value) => `${goType(value)}=${goText(value)}`);
  return extra.length > 0 ? `${text}%!(EXTRA ${extra.join(", ")})` : text;
}

function formatted(letter: string, value: unknown, precision: string | undefined, flags: string): string {
  const wrong = () => `%!${letter}(${goType(value)}=${goText(value)})`;
  switch (letter) {
    case "v":
      return goText(value);
    case "s":
      return typeof value === "string"
        ? precision === undefined
          ? value
          : value.slice(0, Number(precision))
        : typeof value === "object" && value !== null
          ? goText(value)
          : wrong();
    case "q":
      return typeof value === "string" ? JSON.stringify(value) : wrong();
    case "d":
      return typeof value === "number" && Number.isInteger(value)
        ? `${flags.includes("+") && value >= 0 ? "+" : ""}${value}`
        : wrong();
    case "x":
    case "X": {
      if (typeof value !== "number" && typeof value !== "string") return wrong();
      const hex =
        typeof value === "number"
          ? value.toString(16)
          : [...value].map((c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
      return letter === "X" ? hex.toUpperCase() : hex;
    }
    case "f":
      return typeof value === "number" ? value.toFixed(precision === undefined ? 6 : Number(precision)) : wrong();
    case "g":
      return typeof value === "number" ? goNumber(value) : wrong();
    case "t":
      return typeof value === "boolean" ? String(value) : wrong();
    case "T":
      return goType(value);
    default:
      return wrong();
  }
}

/** %#v */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (typeof value === "object")
    return `map[string]interface {}{${Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${goSyntax(item)}`)
      .join(", ")}}`;
  return typeof value === "string" ? JSON.stringify(value) : goText(value);
}

export function goType(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}
