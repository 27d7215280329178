// From BPMN to a plain graph: what has to be placed, and which lines join it.
import { liesOnIcon, wrap, TASK } from './text.mjs';

export const EVENT = 36, GATEWAY = 50;
export const is = (el, type) => el.$instanceOf(`bpmn:${type}`);
export const hasIcon = el => is(el, 'Task') && el.$type !== 'bpmn:Task';
export const isOpenSub = (el, closed) => is(el, 'SubProcess') && !closed.has(el.id) && (el.flowElements ?? []).length > 0;

// A node: { id, el, kind: task|event|gateway|sub, w, h, lane, col, row, boundary: [node], out: [edge], into: [edge] }
// An edge: { id, el, src, dst, border: boundary node or null, name, back, first }
export function graph(container, laneOf, closed, inner) {
  const nodes = [], byId = new Map(), strips = [], skipped = [];
  const elements = container.flowElements ?? [];
  const width = taskWidth(elements.filter(el => is(el, 'Activity') && !isOpenSub(el, closed)));
  const add = (el, kind, w, h, extra = {}) => {
    const node = { id: el.id, el, kind, w, h, lane: laneOf(el), col: 0, row: 0, boundary: [], out: [], into: [], order: nodes.length, ...extra };
    byId.set(el.id, node);
    // An event sub-process has no flows: it gets a strip of its own under its lane's rows.
    (el.triggeredByEvent ? strips : nodes).push(node);
  };
  for (const el of elements) {
    if (is(el, 'SequenceFlow') || is(el, 'BoundaryEvent') || is(el, 'DataObject')) continue;
    if (isOpenSub(el, closed)) {
      const drawn = inner(el);
      add(el, 'sub', drawn.w, drawn.h, { drawn });
    } else if (is(el, 'Activity')) {
      // Room for the icon at the top, and for the marks of rounds and calls at the bottom.
      const marks = el.loopCharacteristics || is(el, 'CallActivity') ? 42 : 38;
      const h = Math.max(80, Math.ceil((wrap(el.name, width - 16, TASK).height + marks) / 10) * 10);
      add(el, 'task', width, hasIcon(el) && liesOnIcon(el.name, width, h) ? h + 10 : h);
    } else if (is(el, 'Event')) add(el, 'event', EVENT, EVENT);
    else if (is(el, 'Gateway')) add(el, 'gateway', GATEWAY, GATEWAY);
    else skipped.push(el.id);
  }
  for (const el of elements.filter(each => is(each, 'BoundaryEvent'))) {
    const host = byId.get(el.attachedToRef?.id);
    if (!host) { skipped.push(el.id); continue; }
    const node = { id: el.id, el, kind: 'boundary', w: EVENT, h: EVENT, host, slot: SLOTS[host.boundary.length] ?? 0 };
    host.boundary.push(node);
    byId.set(el.id, node);
  }
  const edges = [];
  for (const el of elements.filter(each => is(each, 'SequenceFlow'))) {
    const from = byId.get(el.sourceRef?.id), dst = byId.get(el.targetRef?.id);
    if (!from || !dst || dst.kind === 'boundary') { skipped.push(el.id); continue; }
    const border = from.kind === 'boundary' ? from : null;
    const edge = { id: el.id, el, src: border ? border.host : from, dst, border, name: (el.name ?? '').trim(), back: false, first: false };
    edges.push(edge);
    edge.src.out.push(edge);
    dst.into.push(edge);
  }
  for (const el of container.artifacts ?? []) if (!is(el, 'Association')) skipped.push(el.id);
  markBack(nodes, edges);
  return { nodes, edges, strips, byId, skipped, happy: markFirst(nodes, edges) };
}

// Where boundary events sit on the lower edge: right, left, middle.
const SLOTS = [ 1, -1, 0 ];

function taskWidth(tasks) {
  const fits = width => tasks.every(el => {
    const name = wrap(el.name, width - 16, TASK);
    return !name.broken && name.lines.length <= 3;
  });
  return [ 100, 110, 120, 130, 140, 160 ].find(fits) ?? 160;
}

// A flow back to a step that is still open on the way here is a loop; depth first from the start.
function markBack(nodes, edges) {
  const state = new Map();
  const starts = [ ...nodes.filter(n => is(n.el, 'StartEvent')), ...nodes.filter(n => !n.into.length), ...nodes ];
  const visit = node => {
    state.set(node, 'open');
    for (const edge of [ ...node.out ].sort((a, b) => Boolean(a.border) - Boolean(b.border))) {
      if (state.get(edge.dst) === 'open') edge.back = true;
      else if (!state.has(edge.dst)) visit(edge.dst);
    }
    state.set(node, 'done');
  };
  for (const start of starts) if (!state.has(start)) visit(start);
  for (const edge of edges) if (edge.src === edge.dst) edge.back = true;
}

// The happy path, in its order: from the start along the first flow that is written out of each step.
function markFirst(nodes, edges) {
  const seen = new Set();
  let node = nodes.find(n => is(n.el, 'StartEvent')) ?? nodes[0];
  while (node && !seen.has(node)) {
    seen.add(node);
    const next = edges.find(e => e.src === node && !e.border && !e.back);
    if (next) next.first = true;
    node = next?.dst;
  }
  for (const each of nodes) each.happy = seen.has(each);
  return [ ...seen ];
}
