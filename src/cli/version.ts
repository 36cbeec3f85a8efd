/** From package.json, put in by the build. */
declare const PODCOURSE_VERSION: string | undefined;
declare const PODCOURSE_RELEASED: string | undefined;
export const version = typeof PODCOURSE_VERSION === "string" ? PODCOURSE_VERSION : "0.0.0";
/** `2026-11-26`: the day of the last change in it; empty where nobody knows. */
export const released = typeof PODCOURSE_RELEASED === "string" ? PODCOURSE_RELEASED : "";
