/** The API server's pure parts: from JSON to an object that can be stored, or a refusal. */
export {
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  milliValue,
  parseQuantity,
  quantityOf,
  wholeValue,
} from "./quantity.ts";
export { type DecodeFault, decodeObject, decodeStruct } from "./decode.ts";
export { setDefaults } from "./defaults.ts";
export { allKinds, findKind, kindNamed, type KindInfo, resourceOf } from "./kinds.ts";
export type { ApiObject, Stored } from "./object.ts";
export { systemPriorities } from "./admission.ts";
export { copyOf } from "./copy.ts";
export { type CreateContext, prepareForCreate, staticPodDefaults } from "./prepare.ts";
export { prepareForUpdate, type Subresource } from "./update.ts";
export { objectRefusal, type Refused, refused } from "./objectRefusal.ts";
export { kubectlRefusal, manifestItems } from "./manifestItems.ts";
export { type QosClass, qosClassOf } from "./qos.ts";
export { quotaUsage } from "./resourceQuota.ts";
export { isSidecar, podLimits, podRequests } from "./resources.ts";
export { validateBinding, validateObject, validatePodLogOptions, validateUpdate } from "../validation/index.ts";
