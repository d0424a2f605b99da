// How is the console built? Into the package, with hashed names, no inline script and nothing from elsewhere.
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";
import { parse } from "yaml";

const STARTS = ["small_5mw", "west_ningxia_direct", "west_ningxia_grid", "off_grid_10mw"];

/** Example projects of the repository as starting points of the form: the one copy stays in `examples/`. */
function starts(): Plugin {
  return {
    name: "starts",
    resolveId: (id) => (id === "virtual:starts" ? "\0starts" : null),
    load(id) {
      if (id !== "\0starts") return null;
      const projects = STARTS.map((name) => {
        const file = new URL(`../examples/${name}.yaml`, import.meta.url);
        return { name, project: parse(readFileSync(file, "utf8")) as unknown };
      });
      return `export default ${JSON.stringify(projects)}`;
    },
  };
}

export default defineConfig({
  plugins: [starts()],
  base: "/assets/",
  build: {
    outDir: "../src/wattloom/edge/console/assets",
    emptyOutDir: true,
    assetsDir: ".",
    target: "es2022",
    modulePreload: { polyfill: false },
    sourcemap: false,
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    chunkSizeWarningLimit: 700,
  },
});
