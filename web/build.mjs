// Builds src/ into static/dist/ with hashed names; manifest.json maps each name to its file.
import * as esbuild from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const out = 'static/dist';
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

// CodeMirror (in the editors of expressions) would write <style> elements, which the pages' rules refuse: style sheets
// made by script are not.  A style-mod that says it otherwise stops the build, so that this is looked at again.
const rule = '!root.head && root.adoptedStyleSheets';
const constructed = { name: 'constructed-style-sheets', setup: build => build.onLoad({ filter: /style-mod[\\/]src[\\/]style-mod\.js$/ }, ({ path: file }) => {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(rule)) throw new Error('style-mod has changed: see how it adds its styles');
  return { contents: text.replace(rule, 'root.adoptedStyleSheets'), loader: 'js' };
}) };

const built = await esbuild.build({
  entryPoints: [ 'src/site.css', 'src/site.js', 'src/diagram.js', 'src/compare.js', 'src/studio.js', 'src/form-editor.js', 'src/table-editor.js', 'src/play.js', 'src/live.js' ],
  bundle: true, splitting: true, format: 'esm', minify: true, target: 'es2022',
  outdir: out, entryNames: '[name]-[hash]', chunkNames: 'chunk-[hash]', assetNames: 'media/[name]-[hash]',
  // Browsers that read ES2022 read WOFF2; older font formats would only be carried along.
  loader: { '.svg': 'file', '.woff2': 'file', '.woff': 'empty', '.ttf': 'empty', '.eot': 'empty', '.png': 'file' },
  legalComments: 'linked', // One preact: form-js knows only up to this version, and two of them on a page do not see each other's state.
  alias: { preact: path.resolve('node_modules/preact') },
  metafile: true, plugins: [ constructed ], logLevel: 'warning',
});

const manifest = {};
for (const [ file, made ] of Object.entries(built.metafile.outputs)) {
  if (!made.entryPoint) continue;
  const name = path.basename(made.entryPoint);
  manifest[name] = path.relative(out, file);
  if (made.cssBundle) manifest[name.replace(/\.js$/, '.css')] = path.relative(out, made.cssBundle);
}
const svgs = [ [ 'icons.svg', 'node_modules/dkfds/dist/img/all-svg-icons.svg' ], [ 'marks.svg', 'src/marks.svg' ], [ 'icon.svg', 'src/icon.svg' ] ];
for (const [ name, from ] of svgs) {
  const bytes = readFileSync(from);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8).toUpperCase();
  manifest[name] = name.replace('.svg', `-${hash}.svg`);
  writeFileSync(path.join(out, manifest[name]), bytes);
}
// Last, so that a half-finished build leaves no manifest.
writeFileSync(path.join(out, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n');
