// Builds web/static/dist: `node web/assets/build.mjs`.  Names carry a hash of the content, so they
// may be cached for ever; manifest.json maps the plain names to them (read by web/manifest.py).
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "static", "dist");

const result = await build({
  absWorkingDir: join(here, "..", ".."),
  entryPoints: [join(here, "app.js"), join(here, "app.css")],
  outdir: target,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome109", "firefox115", "safari16"],
  minify: true,
  metafile: true,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  legalComments: "none",
  write: false,
});

const manifest = {};
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  if (output.entryPoint) {
    manifest[basename(output.entryPoint)] = basename(file);
  }
}

// New files first, manifest second, stale files last: a running server never points at nothing.
mkdirSync(target, { recursive: true });
const fresh = new Set(["manifest.json"]);
for (const file of result.outputFiles) {
  writeFileSync(file.path, file.contents);
  fresh.add(basename(file.path));
}
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
for (const name of readdirSync(target)) {
  if (!fresh.has(name)) {
    rmSync(join(target, name));
  }
}

const kilobytes = result.outputFiles.reduce((sum, f) => sum + f.contents.length, 0) / 1024;
console.log(`web/static/dist: ${result.outputFiles.length} files, ${Math.round(kilobytes)} KB`);
