// Which words does the field use? Takes the console's share of the glossary into src/terms.ts, in both languages.
import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "smol-toml";

const here = new URL(".", import.meta.url);
const glossary = parse(readFileSync(new URL("../../src/wattloom/glossary.toml", here), "utf8"));
const keys = readFileSync(new URL("terms.txt", here), "utf8").split("\n").map((line) => line.trim()).filter(Boolean);

const missing = keys.filter((key) => !(key in glossary));
if (missing.length) throw new Error(`glossary.toml lacks ${missing.join(", ")}`);

const entries = keys.map((key) => {
  const { en, zh, unit } = glossary[key];
  return `  ${key}: { en: ${JSON.stringify(en)}, zh: ${JSON.stringify(zh)}, unit: ${JSON.stringify(unit ?? "")} },`;
});
const text = `// Written by \`npm run terms\` from src/wattloom/glossary.toml; change the words there.\n\nexport const terms = {\n${entries.join("\n")}\n} as const;\n`;
writeFileSync(new URL("../src/terms.ts", here), text);
