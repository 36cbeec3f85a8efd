/** The value of a resourceFieldRef as describe shows it: whole numbers of the divisor, rounded up. */
import type { Container, Quantity, ResourceFieldSelector } from "../cluster/api/types.ts";

const suffixes: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A limit that is not set is the node's to say: `node allocatable`. */
export function resourceFieldValue(field: ResourceFieldSelector, container: Container): string {
  const [list, ...name] = field.resource.split(".");
  const quantities = list === "limits" ? container.resources?.limits : container.resources?.requests;
  const amount = quantityValue(quantities?.[name.join(".")] ?? 0);
  if (amount === 0 && list === "limits") return "node allocatable";
  // The epsilon keeps 0.3 / 0.1 from being rounded up to 4.
  return String(Math.ceil(amount / (quantityValue(field.divisor ?? 1) || 1) - 1e-9));
}

/** `250m` → 0.25, `64Mi` → 67108864; what is no quantity counts as 0. */
function quantityValue(quantity: Quantity): number {
  const [, digits, suffix] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([numkMGTPE]?i?)$/.exec(String(quantity)) ?? [];
  const factor = suffixes[suffix ?? ""];
  return digits === undefined || factor === undefined ? 0 : Number(digits) * factor;
}
