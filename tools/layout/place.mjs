// Chooses column and row for every node: a first guess, then many small moves, each judged by really routing all edges.
import { grid, columnsOf } from './grid.mjs';
import { route } from './route.mjs';

const COST = { row: 150, column: 220, crooked: 60, crookedFirst: 1500, handlerAbove: 220 };
const WALKS = 4, HEAT = 200;
// What a crossing costs. Where lines cross for the first price, the dearer ones are tried, until none cross.
const CROSS = [ 400, 800, 1600 ];

// Leaves node.col, node.row and edge.path; returns the grid. `effort` is how many placements are tried in each of the walks.
export function place(g, laneCount, effort) {
  columnsOf(g);
  firstRows(g);
  const first = remember(g), found = [];
  for (g.cross of CROSS) {
    recall(g, first);
    found.push({ price: g.cross, tried: effort * (WALKS + 1), ...search(g, laneCount, effort) });
    if (!found.at(-1).crossings) break;
  }
  const best = found.reduce((a, b) => b.crossings < a.crossings ? b : a);
  g.cross = best.price;
  recall(g, best.kept);
  return { net: drawnOn(g, laneCount), cost: Math.round(best.cost), tried: found.reduce((sum, each) => sum + each.tried, 0) };
}

// The best placement at the present price of a crossing, and how many lines still cross.
function search(g, laneCount, effort) {
  const first = remember(g);
  let best = { cost: Infinity };
  for (let seed = 1; seed <= WALKS; seed++) {
    recall(g, first);
    const found = walk(g, laneCount, effort, HEAT, dice(seed));
    if (found.cost < best.cost) best = found;
  }
  recall(g, best.kept);
  best = walk(g, laneCount, effort, HEAT / 2, dice(0));
  recall(g, best.kept);
  drawnOn(g, laneCount);
  return { ...best, crossings: crossings(g.edges) };
}

// The grid of the final drawing, with every line routed on it.
function drawnOn(g, laneCount) {
  const net = grid(g, laneCount, { x: 6, y: 5 });
  route(g, net, 4);
  return net;
}

function crossings(edges) {
  const pieces = edges.flatMap(edge => (edge.path ?? []).slice(1).map((b, i) => ({ edge, a: edge.path[i], b })));
  const between = (x, p, q) => Math.min(p, q) < x && x < Math.max(p, q);
  const flat = pieces.filter(({ a, b }) => a[1] === b[1]), upright = pieces.filter(({ a, b }) => a[0] === b[0]);
  return flat.reduce((sum, s) => sum + upright.filter(t => s.edge !== t.edge && between(t.a[0], s.a[0], s.b[0]) && between(s.a[1], t.a[1], t.b[1])).length, 0);
}

// Many small moves, each judged by really routing all edges. At first a move may make things somewhat worse, or the first
// guess would bind all later ones; the best placement on the way is returned.
function walk(g, laneCount, effort, heat, random) {
  let now = judge(g, laneCount, Infinity), best = { cost: now, kept: remember(g) };
  for (let tried = 1; tried < effort; tried++) {
    const kept = remember(g);
    if (!move(g, random)) continue;
    const limit = now + heat * (1 - tried / effort) ** 2 * -Math.log(1 - random()), cost = judge(g, laneCount, limit);
    if (cost > limit) recall(g, kept);
    else now = cost;
    if (now < best.cost) best = { cost: now, kept: remember(g) };
  }
  return best;
}

// What a placement costs; Infinity as soon as it is sure to be above the limit.
function judge(g, laneCount, limit) {
  const net = grid(g, laneCount, { x: 3, y: 2 });
  if (net.clash) return Infinity;
  let cost = net.rows.length * COST.row + net.columns * COST.column;
  for (const edge of g.edges) {
    if (edge.src.lane !== edge.dst.lane || edge.back) continue;
    const straight = edge.src.row === edge.dst.row && (!edge.first || free(g, edge));
    if (!straight && edge.first) cost += COST.crookedFirst;
    else if (!straight && !edge.border && edge.src.out.find(e => !e.border) === edge) cost += COST.crooked;
    if (edge.border && edge.dst.row <= edge.src.row) cost += COST.handlerAbove;
  }
  // The happy path keeps to one row of each lane, also when it has been elsewhere in between.
  const main = new Map();
  for (const node of g.happy) {
    if (main.has(node.lane) && main.get(node.lane) !== node.row) cost += COST.crooked * 3;
    main.set(node.lane, node.row);
  }
  return cost > limit ? Infinity : cost + route(g, net, 1, limit - cost);
}

// Does nothing stand between the two ends of a line along one row?
const free = (g, { src, dst }) => !g.nodes.some(n => n.line === src.line && n.col > src.col && n.col < dst.col);

// The happy path along the first row of each lane; the rest below, where there is room.
function firstRows(g) {
  const taken = new Set();
  const put = (node, row) => {
    while (taken.has(`${node.col}/${node.lane}/${row}`)) row++;
    node.row = row;
    taken.add(`${node.col}/${node.lane}/${row}`);
  };
  for (const node of g.nodes.filter(n => n.happy)) put(node, 0);
  for (const node of g.nodes.filter(n => !n.happy).sort((a, b) => a.col - b.col || a.order - b.order)) {
    const before = node.into.find(e => !e.back && e.src.lane === node.lane);
    put(node, before ? before.src.row + (before.border ? 1 : 0) : 0);
  }
}

function move(g, random) {
  const node = g.nodes[Math.floor(random() * g.nodes.length)], chosen = random();
  if (chosen < .2) node.row += pick(random, [ -1, 1, -.5, .5 ]);
  else if (chosen < .35) node.row = pick(random, g.nodes.filter(n => n.lane === node.lane)).row + pick(random, [ 0, 0, .5, -.5 ]);
  else if (chosen < .6) {
    const step = pick(random, [ -1, 1, -.5, .5 ]);
    for (const each of chain(node)) each.row += step;
  } else if (chosen < .75) {
    const others = g.nodes.filter(n => n !== node && n.lane === node.lane && n.row !== node.row);
    if (!others.length) return false;
    const other = pick(random, others), a = chain(node), b = chain(other), from = node.row, to = other.row;
    for (const each of a) each.row = to;
    for (const each of b) if (!a.has(each)) each.row = from;
  } else if (chosen < .9) node.shift = Math.max(0, (node.shift || node.col) + pick(random, [ -1, 1 ]));
  else if (node.shift) node.shift = 0;
  else return false;
  tidy(g);
  return true;
}

// A node with its neighbours along the same row of the same lane.
function chain(node) {
  const found = new Set([ node ]), waiting = [ node ];
  while (waiting.length) {
    const at = waiting.pop();
    for (const next of [ ...at.out.filter(e => !e.border).map(e => e.dst), ...at.into.filter(e => !e.border).map(e => e.src) ]) {
      if (next.lane === node.lane && next.row === node.row && !found.has(next)) { found.add(next); waiting.push(next); }
    }
  }
  return found;
}

// Rows are numbered 0, 1, 2 … in each lane.
function tidy(g) {
  const rows = new Map();
  for (const node of g.nodes) rows.set(node.lane, (rows.get(node.lane) ?? new Set()).add(node.row));
  const rank = new Map([ ...rows ].map(([ lane, used ]) => [ lane, [ ...used ].sort((a, b) => a - b) ]));
  for (const node of g.nodes) node.row = rank.get(node.lane).indexOf(node.row);
  columnsOf(g);
}

const remember = g => g.nodes.map(n => [ n.row, n.shift ]);
function recall(g, kept) {
  g.nodes.forEach((node, i) => { [ node.row, node.shift ] = kept[i]; });
  columnsOf(g);
}

const pick = (random, list) => list[Math.floor(random() * list.length)];

// The same file gives the same drawing: no chance but this (mulberry32).
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
