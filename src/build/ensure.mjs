// Installs and builds if that is due, and says nothing otherwise: run before a command that needs dist/.
import { prepare } from "./steps.mjs";

await prepare();
