// The drawing of what a file holds: pool, lanes, open sub-processes from the inside out. Speaks to no disk and no machine,
// so that the studio draws with it, too, where a file has no drawing (web/src/draw-worker.js).
import { coordinates } from './coordinates.mjs';
import { placeLabels } from './labels.mjs';
import { graph, is } from './model.mjs';
import { place } from './place.mjs';
import { textWidth, TASK } from './text.mjs';
import { withDrawing } from './write.mjs';

const HEAD = 30, PAD = 30, ORIGIN = { x: 160, y: 80 };

// Returns { xml, skipped: ids that are not drawn, cost, tried }; `rootElement` is what bpmn-moddle reads in `xml`.  With a
// smaller `share` of the work somebody who waits for it has it sooner, with a bend or a crossing more.
export function withOwnDrawing(xml, rootElement, share = 1) {
  const closed = new Set((rootElement.diagrams ?? []).flatMap(d => d.plane?.planeElement ?? [])
    .filter(shape => shape.isExpanded === false && shape.bpmnElement).map(shape => shape.bpmnElement.id));
  const pool = rootElement.rootElements.filter(el => is(el, 'Collaboration')).flatMap(c => (c.participants ?? []).map(p => ({ plane: c, p })))
    .find(({ p }) => p.processRef);
  const processes = rootElement.rootElements.filter(el => is(el, 'Process'));
  const process = pool?.p.processRef ?? processes[0];
  if (!process) return { xml, skipped: [], cost: 0, tried: 0 };
  const drawing = drawProcess(process, pool?.p, closed, share);
  drawing.skipped.push(...processes.filter(p => p !== process).map(p => p.id));
  return { ...drawing, xml: withDrawing(xml, (pool?.plane ?? process).id, drawing, ORIGIN) };
}

function drawProcess(process, pool, closed, share) {
  const lanes = leaves(process.laneSets), laneOf = new Map();
  lanes.forEach((lane, at) => (lane.flowNodeRef ?? []).forEach(node => laneOf.set(node.id, at)));
  const inner = drawContainer(process, el => laneOf.get(el.id) ?? 0, Math.max(1, lanes.length), closed, lanes.map(lane => lane.name ?? ''), share);
  const head = (pool ? HEAD : 0) + (lanes.length ? HEAD : 0);
  const drawing = { shapes: [], edges: [], labels: new Map(), skipped: inner.skipped, cost: inner.cost, tried: inner.tried };
  if (pool) drawing.shapes.push({ el: pool, x: 0, y: 0, w: head + inner.w, h: inner.h, flat: true });
  lanes.forEach((el, at) => drawing.shapes.push({ el, x: pool ? HEAD : 0, y: inner.lanes[at].y, w: inner.w + head - (pool ? HEAD : 0), h: inner.lanes[at].h, flat: true }));
  add(drawing, inner, head, 0);
  return drawing;
}

// One process or open sub-process, its upper left corner at (0, 0).
function drawContainer(container, laneOf, laneCount, closed, laneNames, share) {
  const g = graph(container, laneOf, closed, el => drawContainer(el, () => 0, 1, closed, null, share));
  const effort = Math.min(laneNames ? 1000 : 300, g.nodes.length * 70) * share;
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
