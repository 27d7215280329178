// The text that each npm package asks to have along: of every package that a built file holds something of.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const TEXT = /^(licen[cs]e|copying|notice|ofl)\b/i;
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const RULE = '\n' + '='.repeat(78) + '\n';

/** One text with a heading for each package (`name version (licence)`), from the files that were packed.
 *  `own`: texts that we keep, as `scope+name.txt`, for packages that publish none and for those that are packed inside
 *  others and not installed.  Throws where a package has neither. */
export function licences(files, own = 'licences') {
  const packed = new Map();
  for (const file of [ ...new Set(files) ].sort()) {
    const root = file.match(PACKAGE)?.[0];
    if (root) packed.set(root, [ ...packed.get(root) ?? [], file ]);
  }
  const missing = [], parts = [];
  const say = (name, root, held) => {
    const kept = path.join(own, name.replace('/', '+') + '.txt');
    const found = existsSync(kept) ? [ kept ] : existsSync(root) ? texts(root, held) : [];
    if (!found.length) missing.push(name);
    return found.map(read);
  };
  for (const [ root, held ] of packed) {
    const { name, version, license } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    const words = say(name, root, held);
    const inside = carried(held, packed);
    if (inside.length) words.unshift(`Its publisher has packed into it: ${inside.join(', ')}.`);
    for (const each of inside) words.push(...say(each, path.join('node_modules', each), []).map(text => `${each}:\n\n${text}`));
    parts.push([ `${name} ${version} (${license})`, ...new Set(words) ].join('\n\n'));
  }
  if (missing.length) throw new Error(`No licence text: ${missing.join(', ')}. Put it into web/licences/.`);
  return [ 'What the pages of Stafet are built of besides Stafet itself, and the licence of each.', ...parts ].join('\n' + RULE + '\n') + '\n';
}

/** The texts of a package: in its own folder, and in those on the way to the files that were packed (as beside fonts). */
function texts(root, files) {
  const folders = new Set([ root ]);
  for (const file of files) for (let at = path.dirname(file); at.length > root.length; at = path.dirname(at)) folders.add(at);
  return [ ...folders ].flatMap(folder => readdirSync(folder, { withFileTypes: true })
    .filter(each => each.isFile() && TEXT.test(each.name)).map(each => path.join(folder, each.name)).sort());
}

/** Packages that a packed file holds by its source map, and that were not packed by us. */
function carried(files, packed) {
  const maps = files.map(file => file + '.map').filter(file => existsSync(file));
  const names = maps.flatMap(file => JSON.parse(read(file)).sources.map(one => one.match(/^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]));
  return [ ...new Set(names) ].filter(name => name && ![ ...packed.keys() ].some(root => root.endsWith(`node_modules/${name}`))).sort();
}

function read(file) {
  return readFileSync(file, 'utf8').replaceAll('\r\n', '\n').trim();
}
