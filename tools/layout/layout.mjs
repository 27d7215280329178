#!/usr/bin/env node
// Gives diagrams their coordinates: rewrites <bpmndi:BPMNDiagram> and leaves every other byte as it is.
//
//   node layout.mjs FILE …            draw in place what is not up to date
//   node layout.mjs --check FILE …    change nothing; exit 1 where a drawing is not what this tool drew
//   … --anew                          trust no stamp: draw all again (with --check: and compare)
//
// The drawing follows from the logic alone, so nobody moves shapes by hand: docs/drawing.md says how to steer it.
//   draw.mjs: model.mjs → place.mjs (grid.mjs, route.mjs) → coordinates.mjs → labels.mjs → write.mjs → stamp.mjs
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { BpmnModdle } from 'bpmn-moddle';
import { withOwnDrawing } from './draw.mjs';
import { holds, stamped } from './stamp.mjs';

// Returns { xml, skipped: ids that are not drawn, cost, tried }.
export async function layout(xml) {
  const root = await read(xml), drawn = withOwnDrawing(xml, root);
  return { ...drawn, xml: drawn.xml === xml ? xml : stamped(drawn.xml, root) };
}

const read = async xml => (await new BpmnModdle().fromXML(xml)).rootElement;

async function main(args) {
  const files = args.filter(arg => !arg.startsWith('-')), check = args.includes('--check'), anew = args.includes('--anew');
  if (!files.length) { console.error('usage: layout.mjs [--check] [--anew] FILE …'); return 2; }
  let wrong = 0;
  for (const file of files) {
    try {
      const said = await one(file, check, anew);
      wrong ||= check && said ? 1 : 0;
      if (said) console.log(`${file}: ${said}`);
    } catch (error) {
      wrong = 1;
      console.error(`${file}: ${error.message.split('\n')[0]}`);
    }
  }
  return wrong;
}

// What is to be said of a file; null when it is as it should be.
async function one(file, check, anew) {
  const old = readFileSync(file, 'utf8');
  if (!anew && holds(old, await read(old))) return null;
  if (check && !anew) return 'the drawing is not what the tool drew from this logic; draw it again';
  const { xml, skipped, cost, tried } = await layout(old), left = skipped.length ? `; not drawn: ${skipped.join(', ')}` : '';
  if (check) return xml === old && !left ? null : `the tool draws it otherwise${left}`;
  if (xml !== old) writeFileSync(file, xml);
  return `drawn (cost ${cost}, ${tried} placements tried)${left}`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) process.exit(await main(process.argv.slice(2)));
