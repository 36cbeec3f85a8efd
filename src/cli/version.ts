/** From package.json, put in by the build. */
declare const PODCOURSE_VERSION: string | undefined;
export const version = typeof PODCOURSE_VERSION === "string" ? PODCOURSE_VERSION : "0.0.0";
