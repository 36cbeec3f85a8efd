// `npm run build`: builds dist/ whether or not it is due.
import { build, install, linkCommands, requireNode } from "./steps.mjs";

requireNode();
install();
await build({ force: true });
linkCommands();
