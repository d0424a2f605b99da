// Which words does nobody say? Keys of src/words/en.ts that no source names.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../src", import.meta.url));
const filesOf = (folder) => readdirSync(folder).flatMap((name) => (statSync(join(folder, name)).isDirectory() ? filesOf(join(folder, name)) : [join(folder, name)]));
const sources = filesOf(root).filter((name) => /\.tsx?$/.test(name) && !name.includes("words")).map((name) => readFileSync(name, "utf8")).join("\n");
const keys = [...readFileSync(join(root, "words/en.ts"), "utf8").matchAll(/^ {2,4}(\w+):/gm)].map((found) => found[1]);
const unused = [...new Set(keys)].filter((key) => !new RegExp(`\\b${key}\\b`).test(sources));
if (unused.length) {
  process.stdout.write(`nobody says: ${unused.join(", ")}\n`);
  process.exit(1);
}
