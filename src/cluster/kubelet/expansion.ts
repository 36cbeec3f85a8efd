/** `$(VAR)` in commands, arguments and values (Kubernetes: third_party/forked/golang/expansion/expand.go). */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  let out = "";
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0 || dollar === text.length - 1) break;
    out += text.slice(at, dollar);
    const next = text[dollar + 1];
    if (next === "$") {
      out += "$";
      at = dollar + 2;
    } else if (next === "(") {
      const close = text.indexOf(")", dollar + 2);
      if (close < 0) {
        out += "$(";
        at = dollar + 2;
      } else {
        const name = text.slice(dollar + 2, close);
        out += lookup(name) ?? `$(${name})`;
        at = close + 1;
      }
    } else {
      out += `$${next}`;
      at = dollar + 2;
    }
  }
  return out + text.slice(at);
}

export function expandCommand(words: readonly string[], env: ReadonlyMap<string, string>): string[] {
  return words.map((word) => expand(word, (name) => env.get(name)));
}
