// Reads what a file shows: shapes, lines and labels with their boxes, as bpmn-js puts them on the page.
import { BpmnModdle } from 'bpmn-moddle';
import { is } from './model.mjs';
import { wrap, LABEL } from './text.mjs';

// Returns { root, shapes: [{el, id, x, y, w, h, open}], lanes: same, edges: [{el, id, points, pieces, from, to}], labels: [{el, id, x, y, w, h, broken}] }.
export async function drawn(xml) {
  const { rootElement: root } = await new BpmnModdle().fromXML(xml);
  const found = { root, shapes: [], lanes: [], edges: [], labels: [] };
  for (const item of (root.diagrams ?? []).flatMap(d => d.plane?.planeElement ?? [])) {
    const el = item.bpmnElement;
    if (!el) continue;
    if (item.waypoint) found.edges.push(edgeOf(el, item));
    else {
      const { x, y, width: w, height: h } = item.bounds;
      const shape = { el, id: el.id, x, y, w, h, open: is(el, 'SubProcess') && item.isExpanded === true };
      (is(el, 'Lane') || is(el, 'Participant') ? found.lanes : found.shapes).push(shape);
    }
    const box = item.label?.bounds;
    if (box && el.name) found.labels.push(labelOf(el, box));
  }
  const byId = new Map(found.shapes.map(shape => [ shape.id, shape ]));
  for (const edge of found.edges) {
    edge.from = byId.get(edge.el.sourceRef?.id);
    edge.to = byId.get(edge.el.targetRef?.id);
  }
  return found;
}

function edgeOf(el, item) {
  const points = item.waypoint.map(({ x, y }) => ({ x, y }));
  const pieces = points.slice(1).map((b, i) => ({ a: points[i], b })).filter(({ a, b }) => a.x !== b.x || a.y !== b.y);
  return { el, id: el.id, points, pieces };
}

// The text is centred in its box and may need less, or more, than the box.
function labelOf(el, box) {
  const text = wrap(el.name, box.width, LABEL);
  return { el, id: el.id, x: box.x + (box.width - text.width) / 2, y: box.y, w: text.width, h: text.height, broken: text.broken || text.height > box.height + 1 };
}

export const boxOf = ({ a, b }) => ({ x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(a.x - b.x), h: Math.abs(a.y - b.y) });
export const middle = ({ x, y, w, h }) => ({ x: x + w / 2, y: y + h / 2 });
export const lengthOf = ({ a, b }) => Math.abs(a.x - b.x) + Math.abs(a.y - b.y);

// How far two boxes are from each other; less than 0 when they overlap by so much.
export function apart(one, other) {
  return Math.max(Math.max(one.x, other.x) - Math.min(one.x + one.w, other.x + other.w), Math.max(one.y, other.y) - Math.min(one.y + one.h, other.y + other.h));
}

// Does a piece of a line come into a box that is `pad` wider all round (or, below 0, narrower)?
export const enters = (piece, { x, y, w, h }, pad) => apart(boxOf(piece), { x: x - pad, y: y - pad, w: w + 2 * pad, h: h + 2 * pad }) <= 0;

export const within = (one, other) => one.x >= other.x - 1 && one.y >= other.y - 1 && one.x + one.w <= other.x + other.w + 1 && one.y + one.h <= other.y + other.h + 1;

export const flat = ({ a, b }) => a.y === b.y;
export const upright = ({ a, b }) => a.x === b.x;

// Do two pieces cross in the open, not at an end of either?
export function crosses(one, other) {
  const [ lying, standing ] = flat(one) ? [ one, other ] : [ other, one ];
  if (!flat(lying) || !upright(standing)) return false;
  const across = boxOf(lying), down = boxOf(standing);
  return down.x > across.x && down.x < across.x + across.w && across.y > down.y && across.y < down.y + down.h;
}

// How long two pieces lie on each other.
export function together(one, other) {
  const a = boxOf(one), b = boxOf(other);
  if (flat(one) && flat(other) && Math.abs(a.y - b.y) < 4) return Math.max(0, Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x));
  if (upright(one) && upright(other) && Math.abs(a.x - b.x) < 4) return Math.max(0, Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y));
  return 0;
}
