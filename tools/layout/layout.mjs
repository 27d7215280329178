#!/usr/bin/env node
// Gives diagrams their coordinates: rewrites <bpmndi:BPMNDiagram> and leaves every other byte as it is.
//
//   node layout.mjs FILE …            draw in place what is not up to date
//   node layout.mjs --check FILE …    change nothing; exit 1 where a drawing is not what this tool drew
//   … --anew                          trust no stamp: draw all again (with --check: and compare)
//
// The drawing follows from the logic alone, so nobody moves shapes by hand: docs/drawing.md says how to steer it.
//   model.mjs → place.mjs (grid.mjs, route.mjs) → coordinates.mjs → labels.mjs → write.mjs → stamp.mjs
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { BpmnModdle } from 'bpmn-moddle';
import { coordinates } from './coordinates.mjs';
import { placeLabels } from './labels.mjs';
import { graph, is } from './model.mjs';
import { place } from './place.mjs';
import { holds, stamped } from './stamp.mjs';
import { textWidth, TASK } from './text.mjs';
import { withDrawing } from './write.mjs';

const HEAD = 30, PAD = 30, ORIGIN = { x: 160, y: 80 };

// Returns { xml, skipped: ids that are not drawn, cost, tried }.
export async function layout(xml) {
  const rootElement = await read(xml);
  const closed = new Set((rootElement.diagrams ?? []).flatMap(d => d.plane?.planeElement ?? [])
    .filter(shape => shape.isExpanded === false && shape.bpmnElement).map(shape => shape.bpmnElement.id));
  const pool = rootElement.rootElements.filter(el => is(el, 'Collaboration')).flatMap(c => (c.participants ?? []).map(p => ({ plane: c, p })))
    .find(({ p }) => p.processRef);
  const processes = rootElement.rootElements.filter(el => is(el, 'Process'));
  const process = pool?.p.processRef ?? processes[0];
  if (!process) return { xml, skipped: [], cost: 0, tried: 0 };
  const drawing = drawProcess(process, pool?.p, closed);
  drawing.skipped.push(...processes.filter(p => p !== process).map(p => p.id));
  return { xml: stamped(withDrawing(xml, (pool?.plane ?? process).id, drawing, ORIGIN), rootElement), ...drawing };
}

const read = async xml => (await new BpmnModdle().fromXML(xml)).rootElement;

function drawProcess(process, pool, closed) {
  const lanes = leaves(process.laneSets), laneOf = new Map();
  lanes.forEach((lane, at) => (lane.flowNodeRef ?? []).forEach(node => laneOf.set(node.id, at)));
  const inner = drawContainer(process, el => laneOf.get(el.id) ?? 0, Math.max(1, lanes.length), closed, lanes.map(lane => lane.name ?? ''));
  const head = (pool ? HEAD : 0) + (lanes.length ? HEAD : 0);
  const drawing = { shapes: [], edges: [], labels: new Map(), skipped: inner.skipped, cost: inner.cost, tried: inner.tried };
  if (pool) drawing.shapes.push({ el: pool, x: 0, y: 0, w: head + inner.w, h: inner.h, flat: true });
  lanes.forEach((el, at) => drawing.shapes.push({ el, x: pool ? HEAD : 0, y: inner.lanes[at].y, w: inner.w + head - (pool ? HEAD : 0), h: inner.lanes[at].h, flat: true }));
  add(drawing, inner, head, 0);
  return drawing;
}

// One process or open sub-process, its upper left corner at (0, 0).
function drawContainer(container, laneOf, laneCount, closed, laneNames) {
  const g = graph(container, laneOf, closed, el => drawContainer(el, () => 0, 1, closed, null));
  const effort = Math.min(laneNames ? 1000 : 300, g.nodes.length * 70);
  const { net, cost, tried } = place(g, laneCount, effort);
  const placed = coordinates(g, net, laneNames), names = placeLabels(placed);
  const everything = [ ...placed.shapes.values(), ...names.values(), ...[ ...placed.edges.values() ].flatMap(e => e.points.map(p => ({ ...p, w: 0, h: 0 }))) ];
  const left = Math.min(0, ...everything.map(b => b.x)), right = Math.max(placed.right, ...everything.map(b => b.x + b.w));
  const top = laneNames ? 0 : 30, dx = PAD - left, dy = top;
  const drawn = { shapes: [], edges: [], labels: new Map(), lanes: placed.lanes, skipped: [ ...g.skipped ], cost, tried };
  for (const [ id, label ] of names) drawn.labels.set(id, { ...label, x: label.x + dx, y: label.y + dy });
  for (const { node, ...box } of placed.shapes.values()) {
    drawn.shapes.push({ el: node.el, ...box, x: box.x + dx, y: box.y + dy, open: Boolean(node.drawn) });
    if (node.drawn) add(drawn, node.drawn, box.x + dx, box.y + dy);
  }
  for (const { points, edge } of placed.edges.values()) drawn.edges.push({ el: edge.el, points: points.map(p => ({ x: p.x + dx, y: p.y + dy })) });
  for (const edge of g.edges) if (!edge.path) drawn.skipped.push(edge.id);
  drawn.w = Math.max(right - left + 2 * PAD, textWidth(container.name ?? '', TASK) + 40);
  drawn.h = placed.bottom + (laneNames ? 0 : top + 10);
  return drawn;
}

function add(drawing, inner, dx, dy) {
  for (const shape of inner.shapes) drawing.shapes.push({ ...shape, x: shape.x + dx, y: shape.y + dy });
  for (const edge of inner.edges) drawing.edges.push({ ...edge, points: edge.points.map(p => ({ x: p.x + dx, y: p.y + dy })) });
  for (const [ id, label ] of inner.labels) drawing.labels.set(id, { ...label, x: label.x + dx, y: label.y + dy });
}

const leaves = sets => (sets ?? []).flatMap(set => (set.lanes ?? []).flatMap(lane => lane.childLaneSet?.lanes?.length ? leaves([ lane.childLaneSet ]) : [ lane ]));

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
