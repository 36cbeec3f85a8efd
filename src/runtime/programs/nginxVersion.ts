/** What the recorded registry's nginx images hold, whatever their tag says. */
export const NGINX_VERSION = "1.22.1";
