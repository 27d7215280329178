#!/usr/bin/env node
// Measures drawings and holds them to a bar (measure.mjs). Exit 1 when a file is under it.
//
//   node check.mjs FILE …           one line per fault, with the ids at fault, and a line of numbers per file
//   node check.mjs --json FILE …    [{ file, ok, faults: [{ rule, ids, sentence }], numbers }]
import { readFileSync } from 'node:fs';
import { measure } from './measure.mjs';

const args = process.argv.slice(2), files = args.filter(arg => !arg.startsWith('-')), found = [];
if (!files.length) {
  console.error('usage: check.mjs [--json] FILE …');
  process.exit(2);
}
for (const file of files) {
  try {
    found.push({ file, ...await measure(readFileSync(file, 'utf8')) });
  } catch (error) {
    found.push({ file, ok: false, faults: [ { rule: 'unreadable', ids: [], sentence: error.message.split('\n')[0] } ], numbers: {} });
  }
}
if (args.includes('--json')) console.log(JSON.stringify(found, null, 1));
else {
  for (const { file, ok, faults, numbers } of found) {
    for (const { rule, ids, sentence } of faults) console.log(`${file}: ${rule}: ${ids.join(', ')}${ids.length ? ' ' : ''}${sentence}`);
    console.log(`${file}: ${ok ? 'good' : 'under the bar'} (${Object.entries(numbers).map(([ what, n ]) => `${what} ${n}`).join(', ')})`);
  }
}
process.exit(found.every(({ ok }) => ok) ? 0 : 1);
