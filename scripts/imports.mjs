// Checks which room imports which. Arguments: a root and its tsconfig.json files; without them, this checkout.
import { resolve } from "node:path";
import { projects, readImports } from "./graph.mjs";
import { findViolations } from "./importRule.mjs";

const [root = ".", ...configFiles] = process.argv.slice(2);
const imports = readImports(resolve(root), configFiles.length > 0 ? configFiles : projects);
const violations = findViolations(imports);
for (const violation of violations) console.log(violation);
console.log(`${imports.length} imports, ${violations.length} against the rule`);
process.exitCode = violations.length === 0 ? 0 : 1;
