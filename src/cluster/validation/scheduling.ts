/** What steers the scheduler: selectors, affinity, tolerations, spread constraints, gates. */
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
  Taint,
  Toleration,
  WeightedPodAffinityTerm,
} from "../api/types.ts";
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  Verbatim,
  withMore,
} from "./fieldError.ts";
import { isKey, isLabel, isLabelValue, isSubdomain } from "./formats.ts";
import { internalJson } from "./internalJson.ts";
import { faults, validateLabelSelector } from "./metadata.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function validateTolerations(tolerations: readonly Toleration[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, toleration] of (tolerations ?? []).entries()) {
    const at = `${path}[${i}]`;
    const { key = "", value = "", tolerationSeconds } = toleration;
    const operator = (toleration.operator ?? "") as string;
    const effect = (toleration.effect ?? "") as string;
    if (key) errors.push(...faults(`${at}.key`, key, isKey));
    else if (operator !== "Exists")
      errors.push(
        invalidValue(
          `${at}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        ),
      );
    if (tolerationSeconds !== undefined && effect !== "NoExecute")
      errors.push(invalidValue(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    if (operator === "Equal" || operator === "") {
      const wrong = isLabelValue(value);
      if (wrong.length > 0) errors.push(invalidValue(`${at}.operator`, value, wrong.join(";")));
    } else if (operator === "Exists") {
      if (value) errors.push(invalidValue(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    } else {
      // Gt and Lt exist behind a gate that is off.
      const known = operator === "Gt" || operator === "Lt";
      errors.push(notSupported(`${at}.operator`, operator, ["Equal", "Exists", ...(known ? ["Lt", "Gt"] : [])]));
    }
    if (effect && !effects.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, effects));
  }
  return errors;
}

export function validateTaints(taints: readonly Taint[] | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { key, value, effect }] of (taints ?? []).entries()) {
    const at = `${path}[${i}]`;
    errors.push(...faults(`${at}.key`, key, isKey));
    const wrong = isLabelValue(value ?? "");
    if (wrong.length > 0) errors.push(invalidValue(`${at}.value`, value, wrong.join(";")));
    if (!effect) errors.push(required(`${at}.effect`));
    else if (!effects.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, effects));
    const pair = `${key}:${effect}`;
    if (seen.has(pair))
      errors.push(
        withMore(
          duplicate(at, new Verbatim(internalJson("Taint", { key, value, effect }))),
          "taints must be unique by key and effect pair",
        ),
      );
    seen.add(pair);
  }
  return errors;
}

export function validateAffinity(affinity: Affinity | undefined, path: string): FieldError[] {
  if (!affinity) return [];
  const errors: FieldError[] = [];
  const { nodeAffinity } = affinity;
  if (nodeAffinity?.[REQUIRED])
    errors.push(...validateNodeSelector(nodeAffinity[REQUIRED], `${path}.nodeAffinity.${REQUIRED}`));
  for (const [i, term] of (nodeAffinity?.[PREFERRED] ?? []).entries()) {
    const at = `${path}.nodeAffinity.${PREFERRED}[${i}]`;
    if (term.weight <= 0 || term.weight > 100)
      errors.push(invalidValue(`${at}.weight`, term.weight, "must be in the range 1-100"));
    // Values of a preference may have any form.
    errors.push(...validateNodeSelectorTerm(term.preference ?? {}, `${at}.preference`, false));
  }
  for (const name of ["podAffinity", "podAntiAffinity"] as const) {
    for (const [i, term] of (affinity[name]?.[REQUIRED] ?? []).entries())
      errors.push(...validatePodAffinityTerm(term, `${path}.${name}.${REQUIRED}[${i}]`));
    for (const [i, term] of (affinity[name]?.[PREFERRED] ?? []).entries())
      errors.push(...validateWeightedTerm(term, `${path}.${name}.${PREFERRED}[${i}]`));
  }
  return errors;
}

function validateNodeSelector(selector: NodeSelector, path: string): FieldError[] {
  if (!selector.nodeSelectorTerms?.length)
    return [required(`${path}.nodeSelectorTerms`, "must have at least one node selector term")];
  return selector.nodeSelectorTerms.flatMap((term, i) =>
    validateNodeSelectorTerm(term, `${path}.nodeSelectorTerms[${i}]`),
  );
}

function validateNodeSelectorTerm(term: NodeSelectorTerm, path: string, checkValues = true): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((expression, i) =>
      validateExpression(expression, `${path}.matchExpressions[${i}]`, checkValues),
    ),
    ...(term.matchFields ?? []).flatMap((expression, i) =>
      validateFieldExpression(expression, `${path}.matchFields[${i}]`),
    ),
  ];
}

function validateExpression(
  { key, operator, values }: NodeSelectorRequirement,
  path: string,
  checkValues: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  switch (operator as string) {
    case "In":
    case "NotIn":
      if (!values?.length)
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case "Exists":
    case "DoesNotExist":
      if (values?.length)
        errors.push(
          forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      break;
    case "Gt":
    case "Lt":
      if (values?.length !== 1)
        errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      errors.push(invalidValue(`${path}.operator`, operator ?? "", "not a valid selector operator"));
  }
  errors.push(...faults(`${path}.key`, key, isKey));
  if (checkValues)
    for (const [i, value] of (values ?? []).entries())
      errors.push(...faults(`${path}.values[${i}]`, value, isLabelValue));
  return errors;
}

function validateFieldExpression({ key, operator, values }: NodeSelectorRequirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (operator === "In" || operator === "NotIn") {
    if (values?.length !== 1)
      errors.push(
        required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"),
      );
  } else errors.push(invalidValue(`${path}.operator`, operator ?? "", "not a valid selector operator"));
  if (key !== "metadata.name") errors.push(invalidValue(`${path}.key`, key, "not a valid field selector key"));
  else
    for (const [i, value] of (values ?? []).entries())
      errors.push(...faults(`${path}.values[${i}]`, value, isSubdomain));
  return errors;
}

function validatePodAffinityTerm(term: PodAffinityTerm, path: string): FieldError[] {
  const errors = validateLabelSelector(term.labelSelector, `${path}.labelSelector`);
  errors.push(...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`));
  for (const name of term.namespaces ?? []) errors.push(...faults(`${path}.namespace`, name, isLabel));
  errors.push(...validateMatchLabelKeys(term, path));
  if (!term.topologyKey) errors.push(required(`${path}.topologyKey`, "can not be empty"));
  errors.push(...faults(`${path}.topologyKey`, term.topologyKey ?? "", isKey));
  return errors;
}

/** Keys whose values are taken from the Pod: they are merged into the selector, so it must be there and not name them twice. */
function validateMatchLabelKeys(
  term: Pick<PodAffinityTerm, "labelSelector" | "matchLabelKeys" | "mismatchLabelKeys">,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  for (const [list, keys] of [
    ["matchLabelKeys", matchLabelKeys],
    ["mismatchLabelKeys", mismatchLabelKeys],
  ] as const) {
    if (keys.length > 0 && !labelSelector)
      errors.push(forbiddenField(`${path}.${list}`, "must not be specified when labelSelector is not set"));
    else for (const [i, key] of keys.entries()) errors.push(...faults(`${path}.${list}[${i}]`, key, isKey));
  }
  const selected = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    // The index is that of the key, on the path of the term.
    if (matchLabelKeys.includes(key) && selected.has(key))
      errors.push(
        invalidValue(
          `${path}[${matchLabelKeys.lastIndexOf(key)}]`,
          key,
          "exists in both matchLabelKeys and labelSelector",
        ),
      );
    selected.add(key);
  }
  for (const [i, key] of matchLabelKeys.entries())
    if (mismatchLabelKeys.includes(key))
      errors.push(
        invalidValue(`${path}.matchLabelKeys[${i}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys"),
      );
  return errors;
}

function validateWeightedTerm({ weight, podAffinityTerm }: WeightedPodAffinityTerm, path: string): FieldError[] {
  const errors =
    weight <= 0 || weight > 100 ? [invalidValue(`${path}.weight`, weight, "must be in the range 1-100")] : [];
  return [...errors, ...validatePodAffinityTerm(podAffinityTerm ?? { topologyKey: "" }, `${path}.podAffinityTerm`)];
}

const actions = ["DoNotSchedule", "ScheduleAnyway"];

export function validateSpreadConstraints(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const constraints = spec.topologySpreadConstraints ?? [];
  for (const [i, constraint] of constraints.entries()) {
    const at = `${path}[${i}]`;
    const { maxSkew, topologyKey, minDomains, labelSelector } = constraint;
    const action = (constraint.whenUnsatisfiable ?? "") as string;
    if (maxSkew <= 0) errors.push(invalidValue(`${at}.maxSkew`, maxSkew, "must be greater than zero"));
    if (!topologyKey) errors.push(required(`${at}.topologyKey`, "can not be empty"));
    if (!actions.includes(action)) errors.push(notSupported(`${at}.whenUnsatisfiable`, action, actions));
    // The first of two equal ones is told.
    const repeated = constraints
      .slice(i + 1)
      .some((other) => other.topologyKey === topologyKey && (other.whenUnsatisfiable ?? "") === action);
    if (repeated) errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${action}}`));
    if (minDomains !== undefined) {
      if (minDomains <= 0) errors.push(invalidValue(`${at}.minDomains`, minDomains, "must be greater than zero"));
      if (action !== "DoNotSchedule")
        errors.push(
          invalidValue(
            `${at}.minDomains`,
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`,
          ),
        );
    }
    for (const policy of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      const value = constraint[policy] as string | undefined;
      if (value !== undefined && value !== "Honor" && value !== "Ignore")
        errors.push(notSupported(`${at}.${policy}`, value, ["Honor", "Ignore"]));
    }
    errors.push(...validateMatchLabelKeys(constraint, at));
    errors.push(...validateLabelSelector(labelSelector, `${at}.labelSelector`));
  }
  return errors;
}

export function validateSchedulingGates(spec: PodSpec, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { name }] of (spec.schedulingGates ?? []).entries()) {
    errors.push(...faults(`${path}[${i}]`, name, isKey));
    if (seen.has(name)) errors.push(duplicate(`${path}[${i}]`, name));
    seen.add(name);
  }
  return errors;
}
