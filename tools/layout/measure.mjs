// The bar that a drawing is held to. A rule is a function that yields its faults as lists of ids; its sentence stands in RULES.
import { apart, boxOf, crosses, drawn, enters, flat, lengthOf, middle, together, upright, within } from './drawn.mjs';
import { hasIcon, is } from './model.mjs';
import { liesOnIcon, wrap, textWidth, TASK } from './text.mjs';

export const MOST = { elements: 30, width: 2600, height: 1700, crossingsPerFlow: .1, backPerFlow: .2, bendsPerFlow: 2 };

const RULES = {
  'not-drawn': [ 'is not drawn', notDrawn ],
  'shapes-overlap': [ 'lie on or too near each other', shapesOverlap ],
  'outside': [ 'lies outside its lane or sub-process', outside ],
  'line-through-shape': [ 'a line runs through a shape', lineThroughShape ],
  'lines-overlap': [ 'lie on each other, and do not end in the same place', linesOverlap ],
  'slanting': [ 'does not run straight or at right angles', slanting ],
  'loose-end': [ 'does not begin and end at the border of its shapes', looseEnd ],
  'no-room-for-arrow': [ 'its last piece is too short for the arrow', noRoomForArrow ],
  'label-covered': [ 'its name lies on something', labelCovered ],
  'label-broken': [ 'its name does not fit', labelBroken ],
  'label-on-icon': [ 'its name lies on its icon', labelOnIcon ],
  'label-astray': [ 'its name lies too far away', labelAstray ],
  'no-name': [ 'a choice without a question, or an answer without a word', noName ],
  'happy-path': [ 'the happy path does not run straight to the right here', happyPath ],
};

// Returns { ok, faults: [{rule, ids, sentence}], numbers }.
export async function measure(xml) {
  const d = await drawn(xml), faults = [];
  for (const [ rule, [ sentence, find ] ] of Object.entries(RULES)) for (const ids of find(d)) faults.push({ rule, ids, sentence });
  const numbers = count(d);
  for (const [ what, most ] of Object.entries(MOST)) {
    const free = what === 'crossingsPerFlow' ? numbers.crossings <= 1 : what === 'backPerFlow' && numbers.back <= 2;
    if (numbers[what] > most && !free) faults.push({ rule: 'too-much', ids: numbers.where[what] ?? [], sentence: `${what} is ${numbers[what]}, at most ${most}` });
  }
  delete numbers.where;
  return { ok: !faults.length, faults, numbers };
}

function count(d) {
  const flows = d.edges.filter(({ el }) => is(el, 'SequenceFlow')), crossings = pairs(flows).filter(([ a, b ]) => a.pieces.some(s => b.pieces.some(t => crosses(s, t))));
  const back = flows.filter(({ from, to }) => from && to && middle(to).x < middle(from).x - 10);
  const all = [ ...d.shapes, ...d.lanes ], per = n => Math.round(n / Math.max(1, flows.length) * 100) / 100;
  const span = (at, size) => all.length ? Math.max(...all.map(s => s[at] + s[size])) - Math.min(...all.map(s => s[at])) : 0;
  return {
    elements: d.shapes.filter(({ el }) => is(el, 'FlowNode')).length, flows: flows.length, width: span('x', 'w'), height: span('y', 'h'),
    crossings: crossings.length, crossingsPerFlow: per(crossings.length), back: back.length, backPerFlow: per(back.length),
    bendsPerFlow: per(flows.reduce((sum, edge) => sum + Math.max(0, edge.pieces.length - 1), 0)),
    where: { crossingsPerFlow: crossings.flat().map(e => e.id), backPerFlow: back.map(e => e.id) },
  };
}

const pairs = list => list.flatMap((a, i) => list.slice(i + 1).map(b => [ a, b ]));
const parents = el => el.$parent ? [ el.$parent, ...parents(el.$parent) ] : [];
const holds = (outer, inner) => outer.open && parents(inner.el).includes(outer.el);
const rides = (one, other) => one.el.attachedToRef === other.el || other.el.attachedToRef === one.el;
const container = root => root.rootElements.filter(el => is(el, 'Process'));

function* everything(within) {
  for (const el of within.flowElements ?? []) { yield el; yield* everything(el); }
}

function* notDrawn({ root, shapes, lanes, edges }) {
  const seen = new Set([ ...shapes, ...lanes, ...edges ].map(each => each.el));
  for (const process of container(root)) {
    const closed = new Set(shapes.filter(s => is(s.el, 'SubProcess') && !s.open).map(s => s.el));
    for (const el of everything(process)) {
      if ((is(el, 'FlowNode') || is(el, 'SequenceFlow')) && !seen.has(el) && !parents(el).some(p => closed.has(p))) yield [ el.id ];
    }
    for (const lane of (process.laneSets ?? []).flatMap(set => set.lanes ?? [])) if (!seen.has(lane)) yield [ lane.id ];
  }
}

function* shapesOverlap({ shapes }) {
  for (const [ a, b ] of pairs(shapes)) {
    if (holds(a, b) || holds(b, a) || rides(a, b)) continue;
    const near = is(a.el, 'BoundaryEvent') || is(b.el, 'BoundaryEvent') ? 0 : 8;
    if (apart(a, b) < near) yield [ a.id, b.id ];
  }
}

function* outside({ shapes, lanes }) {
  const byEl = new Map([ ...shapes, ...lanes ].map(s => [ s.el, s ]));
  for (const lane of lanes) for (const el of lane.el.flowNodeRef ?? []) if (byEl.has(el) && !is(el, 'BoundaryEvent') && !within(byEl.get(el), lane)) yield [ el.id, lane.id ];
  for (const shape of shapes) {
    const around = byEl.get(shape.el.$parent);
    if (around?.open && !within(shape, around)) yield [ shape.id, around.id ];
  }
}

// A line may touch the two shapes that it joins, and leaves the task that its boundary event sits on.
function* lineThroughShape({ shapes, edges }) {
  for (const edge of edges) {
    for (const shape of shapes) {
      if (shape.open && [ edge.from, edge.to ].some(end => end && (end === shape || holds(shape, end)))) continue;
      const pad = shape === edge.from || shape === edge.to || rides(shape, edge.from ?? shape) ? -3 : 2;
      const pieces = shape.el === edge.from?.el.attachedToRef ? edge.pieces.slice(1) : edge.pieces;
      if (pieces.some(piece => enters(piece, shape, pad))) yield [ edge.id, shape.id ];
    }
  }
}

// Lines to the same shape may share their last stretch, and lines from the same shape their first; no others.
function* linesOverlap({ edges }) {
  for (const [ a, b ] of pairs(edges)) {
    let shared = 0;
    for (const s of a.pieces) for (const t of b.pieces) shared += together(s, t);
    const ends = (a.to === b.to ? common(a.points, b.points, -1) : 0) + (a.from === b.from ? common(a.points, b.points, 1) : 0);
    const onto = (one, other) => a.to !== b.to && one.points.slice(1, -1).some(p => other.pieces.some(piece => inside(p, piece)));
    if (shared > ends + 5 || onto(a, b) || onto(b, a)) yield [ a.id, b.id ];
  }
}

function common(a, b, way) {
  const [ one, other ] = way > 0 ? [ a, b ] : [ [ ...a ].reverse(), [ ...b ].reverse() ];
  let sum = 0;
  for (let i = 1; i < Math.min(one.length, other.length); i++) {
    sum += together({ a: one[i - 1], b: one[i] }, { a: other[i - 1], b: other[i] });
    if (one[i].x !== other[i].x || one[i].y !== other[i].y) break;
  }
  return sum;
}

const inside = (point, piece) => apart({ ...point, w: 0, h: 0 }, boxOf(piece)) <= 2 && Math.min(lengthOf({ a: point, b: piece.a }), lengthOf({ a: point, b: piece.b })) > 3;

function* slanting({ edges }) {
  for (const edge of edges) if (edge.pieces.some(piece => !flat(piece) && !upright(piece))) yield [ edge.id ];
}

function* looseEnd({ edges }) {
  const off = (point, shape) => shape && Math.abs(apart({ ...point, w: 0, h: 0 }, shape)) > 4;
  for (const edge of edges) if (off(edge.points[0], edge.from) || off(edge.points.at(-1), edge.to)) yield [ edge.id ];
}

function* noRoomForArrow({ edges }) {
  for (const edge of edges) if (!edge.pieces.length || lengthOf(edge.pieces.at(-1)) < 12) yield [ edge.id ];
}

function* labelCovered({ shapes, lanes, edges, labels }) {
  for (const label of labels) {
    for (const shape of shapes) if (apart(label, shape) < -1 && !(shape.open && within(label, shape))) yield [ label.id, shape.id ];
    for (const edge of edges) if (edge.pieces.some(piece => enters(piece, label, -1))) yield [ label.id, edge.id ];
    for (const lane of lanes) if (apart(label, lane) < -2 && !within(label, lane)) yield [ label.id, lane.id ];
  }
  for (const [ a, b ] of pairs(labels)) if (apart(a, b) < 0) yield [ a.id, b.id ];
}

function* labelBroken({ shapes, lanes, labels }) {
  for (const label of labels) if (label.broken) yield [ label.id ];
  for (const { el, id, w, h, open } of shapes) {
    if (!is(el, 'Activity') || !el.name) continue;
    const text = wrap(el.name, w - 14, TASK), marks = el.loopCharacteristics || is(el, 'CallActivity') ? 22 : 0;
    if (text.broken || text.height + (open ? 0 : marks + 10) > (open ? 30 : h)) yield [ id ];
  }
  for (const { el, id, h } of lanes) if (el.name && textWidth(el.name, TASK) > h - 8) yield [ id ];
}

function* labelOnIcon({ shapes }) {
  for (const { el, id, w, h } of shapes) if (hasIcon(el) && el.name && liesOnIcon(el.name, w, h)) yield [ id ];
}

function* labelAstray({ shapes, edges, labels }) {
  const named = new Map(labels.map(label => [ label.el, label ]));
  for (const { el, id, ...box } of shapes) {
    if (!el.name || is(el, 'Activity')) continue;
    if (!named.has(el) || apart(named.get(el), box) > 24) yield [ id ];
  }
  for (const { el, id, pieces } of edges) {
    if (el.name && (!named.has(el) || Math.min(...pieces.map(piece => apart(named.get(el), boxOf(piece)))) > 16)) yield [ id ];
  }
}

function* noName({ root }) {
  for (const process of container(root)) {
    for (const el of everything(process)) {
      if (!is(el, 'ExclusiveGateway') && !is(el, 'InclusiveGateway')) continue;
      const out = el.outgoing?.length ? el.outgoing : (el.$parent.flowElements ?? []).filter(flow => flow.sourceRef === el);
      if (out.length > 1) yield* [ el, ...out ].filter(each => !each.name).map(each => [ each.id ]);
    }
  }
}

// From the start along the first flow out of each step: to the right, and straight where the lane is the same.
function* happyPath({ root, lanes, edges }) {
  const byFlow = new Map(edges.map(edge => [ edge.el, edge ]));
  const laneOf = shape => lanes.find(lane => (lane.el.flowNodeRef ?? []).includes(shape.el));
  for (const process of container(root)) {
    const seen = new Set(), flows = (process.flowElements ?? []).filter(el => is(el, 'SequenceFlow'));
    let at = (process.flowElements ?? []).find(el => is(el, 'StartEvent'));
    while (at && !seen.has(at)) {
      seen.add(at);
      const flow = flows.find(each => each.sourceRef === at), edge = byFlow.get(flow);
      if (edge?.from && edge.to && !seen.has(flow.targetRef)) {
        const straight = edge.pieces.length === 1 && flat(edge.pieces[0]);
        if (middle(edge.to).x <= middle(edge.from).x || (laneOf(edge.from) === laneOf(edge.to) && !straight)) yield [ edge.id ];
      }
      at = flow?.targetRef;
    }
  }
}
