// Builds src/ into static/dist/ with hashed names; manifest.json maps each name to its file.
import * as esbuild from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { licences } from './licences.mjs';

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

// bpmn-js' pictures for aligning and distributing say their colours in style attributes, which the pages' rules refuse, too:
// they would be black boxes.  As attributes of the drawing they may be said.
const inAttributes = text => text.replace(/ style=\\?"([^"\\]+)\\?"/g, (_, said) => said.split(';').filter(Boolean).map(one => one.split(':').map(part => part.trim())).map(([ name, value ]) => ` ${name}="${value}"`).join(''));
const pictures = { name: 'pictures-without-styles', setup: build => build.onLoad({ filter: /(align|distribute)-elements[\\/]\w+Icons\.js$/ }, ({ path: file }) => {
  const contents = inAttributes(readFileSync(file, 'utf8'));
  if (contents.includes('style=')) throw new Error(`${file} has changed: see how its pictures are coloured`);
  return { contents, loader: 'js' };
}) };

const built = await esbuild.build({
  entryPoints: [ 'src/site.css', 'src/site.js', 'src/diagram.js', 'src/compare.js', 'src/studio.js', 'src/draw-worker.js', 'src/form-editor.js', 'src/table-editor.js', 'src/play.js', 'src/live.js' ],
  bundle: true, splitting: true, format: 'esm', minify: true, target: 'es2022',
  outdir: out, entryNames: '[name]-[hash]', chunkNames: 'chunk-[hash]', assetNames: 'media/[name]-[hash]',
  // Browsers that read ES2022 read WOFF2; older font formats would only be carried along.
  loader: { '.svg': 'file', '.woff2': 'file', '.woff': 'empty', '.ttf': 'empty', '.eot': 'empty', '.png': 'file' },
  legalComments: 'linked', // One preact: form-js knows only up to this version, and two of them on a page do not see each other's state.
  alias: { preact: path.resolve('node_modules/preact') },
  metafile: true, plugins: [ constructed, pictures ], logLevel: 'warning',
});

const manifest = {};
for (const [ file, made ] of Object.entries(built.metafile.outputs)) {
  if (!made.entryPoint) continue;
  const name = path.basename(made.entryPoint);
  manifest[name] = path.relative(out, file);
  if (made.cssBundle) manifest[name.replace(/\.js$/, '.css')] = path.relative(out, made.cssBundle);
}
const svgs = [ [ 'icons.svg', 'node_modules/dkfds/dist/img/all-svg-icons.svg' ], [ 'marks.svg', 'src/marks.svg' ], [ 'icon.svg', 'src/icon.svg' ] ];
for (const [ name, from ] of svgs) add(name, readFileSync(from));
const packed = Object.values(built.metafile.outputs).flatMap(made => Object.keys(made.inputs));
add('licences.txt', licences([ ...packed, ...svgs.map(([ , from ]) => from) ]));
// Last, so that a half-finished build leaves no manifest.
writeFileSync(path.join(out, 'manifest.json'), JSON.stringify(manifest, null, 1) + '\n');

function add(name, bytes) {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8).toUpperCase();
  const { name: stem, ext } = path.parse(name);
  manifest[name] = `${stem}-${hash}${ext}`;
  writeFileSync(path.join(out, manifest[name]), bytes);
}
