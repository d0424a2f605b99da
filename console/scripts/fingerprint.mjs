// Does the committed build belong to these sources? SHA-256 over every source of the console, in the order of their names.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const assets = join(root, "../src/wattloom/edge/console/assets");
const LEFT_OUT = new Set(["node_modules", "dev"]);

/** Every file below `folder`, as paths with forward slashes from the console's root. */
function filesOf(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (folder === root && LEFT_OUT.has(name)) return [];
    return statSync(path).isDirectory() ? filesOf(path) : [relative(root, path).split("\\").join("/")];
  });
}

const sha = (bytes) => createHash("sha256").update(bytes).digest("hex");

const whole = createHash("sha256");
for (const name of filesOf(root).sort()) whole.update(`${name}\n${sha(readFileSync(join(root, name)))}\n`);
const sources = whole.digest("hex");

const files = Object.fromEntries(
  readdirSync(assets).filter((name) => name !== "manifest.json").sort().map((name) => [name, sha(readFileSync(join(assets, name)))]),
);
const manifest = JSON.stringify({ sources, files }, null, 2) + "\n";
if (process.argv.includes("--write")) writeFileSync(join(assets, "manifest.json"), manifest);
else process.stdout.write(manifest);
