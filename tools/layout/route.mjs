// Finds a way for every edge on the grid: A* over (crossing of two lines, direction), one edge after another.
// What an edge costs says what reads well: few bends, few crossings, out to the right, in from the left.

const STEP = [ [ 1, 0 ], [ 0, 1 ], [ -1, 0 ], [ 0, -1 ] ]; // right, down, left, up
export const RIGHT = 0, DOWN = 1, LEFT = 2, UP = 3;
const COST = {
  across: 20, down: 9, bend: 40, bendFirst: 90, touch: 1200, merge: 12, leave: 1500, sameSide: 900, oppose: 900,
  upFromBorder: 250, foreign: 90, share: 60, answers: 120,
};

// Returns the total cost and leaves `edge.path` (a list of [xLine, yLine] corners). `rounds` > 1 lets early edges try again;
// it gives up (Infinity) in the last round, once the total is above `limit`.
// `g.cross` is what a crossing of two lines costs.
export function route(g, net, rounds, limit = Infinity) {
  const board = new Board(g, net);
  const order = [ ...g.edges ].sort((a, b) => rank(a) - rank(b) || span(a) - span(b));
  let total = 0;
  for (let round = 0; round < rounds; round++) {
    total = 0;
    for (const edge of order) {
      board.lift(edge);
      const found = search(board, edge);
      if (!found) { edge.path = null; total += 20000; continue; }
      board.lay(edge, found.points, found.out, found.into);
      total += found.cost;
      if (total > limit && round === rounds - 1) return Infinity;
    }
  }
  return total;
}

const rank = edge => edge.first ? 0 : edge.back ? 3 : edge.border ? 2 : 1;
const span = edge => Math.abs(edge.dst.col - edge.src.col) + Math.abs(edge.dst.line - edge.src.line);

class Board {
  constructor(g, net) {
    this.net = net;
    this.cross = g.cross;
    this.W = net.xs.length;
    this.H = net.ys.length;
    this.owner = new Array(this.W * this.H).fill(null);
    for (const node of g.nodes) {
      for (const slot of [ -1, 0, 1 ]) this.owner[this.at(net.columnLine[node.col] + slot, net.rowLine[node.line])] = node;
    }
    // Which edges run along the piece from a crossing to the right, and downwards; which turn on a crossing.
    this.along = [ lists(this.W * this.H), lists(this.W * this.H) ];
    this.turns = lists(this.W * this.H);
    this.sides = new Map(); // node, side and way → edges
    this.stamp = new Int32Array(this.W * this.H * 4);
    this.cost = new Float64Array(this.W * this.H * 4);
    this.from = new Int32Array(this.W * this.H * 4);
    this.closed = new Int32Array(this.W * this.H * 4);
    this.run = 0;
    this.heap = new Heap();
    this.stepX = widths(net.xs, COST.across);
    this.stepY = widths(net.ys, COST.down);
    this.sumX = sums(this.stepX);
    this.sumY = sums(this.stepY);
  }
  // What the straight way to a line costs at least.
  restX(x, to) { return Math.abs(this.sumX[to] - this.sumX[x]); }
  restY(y, to) { return Math.abs(this.sumY[to] - this.sumY[y]); }
  at(x, y) { return y * this.W + x; }
  lay(edge, points, out, into) {
    edge.path = corners(points);
    edge.laid = [];
    const put = (list, key) => {
      const here = list instanceof Map ? list.get(key) : list[key];
      const more = here?.length ? [ ...here, edge ] : [ edge ];
      if (list instanceof Map) list.set(key, more); else list[key] = more;
      edge.laid.push([ list, key ]);
    };
    for (let i = 1; i < points.length; i++) {
      const [ x, y ] = points[i - 1];
      const dir = direction(points[i - 1], points[i]);
      put(this.along[dir % 2], pieceAt(this, x, y, dir));
      if (i > 1 && direction(points[i - 2], points[i - 1]) !== dir) put(this.turns, this.at(x, y));
    }
    if (!edge.border) put(this.sides, `${edge.src.id} ${out} out`);
    put(this.sides, `${edge.dst.id} ${into} into`);
  }
  lift(edge) {
    for (const [ list, key ] of edge.laid ?? []) {
      if (list instanceof Map) list.set(key, (list.get(key) ?? []).filter(other => other !== edge));
      else list[key] = list[key].filter(other => other !== edge);
    }
    edge.laid = [];
  }
}

function search(board, edge) {
  const { net, W, H, owner } = board, run = ++board.run, heap = board.heap.clear();
  const sx = net.columnLine[edge.src.col], sy = net.rowLine[edge.src.line];
  const tx = net.columnLine[edge.dst.col], ty = net.rowLine[edge.dst.line], target = board.at(tx, ty);
  const bend = edge.first ? COST.bendFirst : COST.bend;
  const relax = (x, y, dir, cost, before) => {
    const key = board.at(x, y) * 4 + dir;
    if (board.stamp[key] === run && board.cost[key] <= cost) return;
    board.stamp[key] = run;
    board.cost[key] = cost;
    board.from[key] = before;
    const left = board.restX(x, tx) + board.restY(y, ty) + (x !== tx && y !== ty ? bend : 0);
    heap.push(cost + left, key);
  };
  if (edge.border) relax(sx + edge.border.slot, sy, DOWN, 0, -1);
  else for (let dir = 0; dir < 4; dir++) relax(sx, sy, dir, outCost(board, edge, dir), -1);
  while (heap.size) {
    const key = heap.pop();
    if (board.closed[key] === run) continue;
    board.closed[key] = run;
    const cost = board.cost[key], dir = key & 3, v = key >> 2, x = v % W, y = (v - x) / W, here = owner[v];
    if (v === target && board.from[key] !== -1) return { cost, ...unwind(board, key) };
    for (let turn = here ? 0 : -1; turn <= (here ? 0 : 1); turn++) {
      const next = (dir + turn) & 3, nx = x + STEP[next][0], ny = y + STEP[next][1];
      if (nx < 0 || ny < 0 || nx >= W || ny >= H) continue;
      const there = owner[board.at(nx, ny)];
      if (there && there !== edge.dst && !(there === edge.src && here === edge.src)) continue;
      if (there === edge.dst && here !== edge.dst && next % 2 === 1 && nx !== tx) continue; // up or down only into the middle
      const step = stepCost(board, edge, x, y, dir, next, bend, here);
      if (step === Infinity) continue;
      const arrives = nx === tx && ny === ty ? intoCost(board, edge, (next + 2) & 3) : 0;
      relax(nx, ny, next, cost + step + arrives, key);
    }
  }
  return null;
}

function stepCost(board, edge, x, y, dir, next, bend, inside) {
  let cost = next === RIGHT ? board.stepX[x] : next === LEFT ? board.stepX[x - 1] : next === DOWN ? board.stepY[y] : board.stepY[y - 1];
  const beside = board.along[next % 2][pieceAt(board, x, y, next)];
  for (let i = 0; i < beside.length; i++) {
    if (beside[i].dst !== edge.dst) return Infinity;
    cost += COST.merge;
  }
  if (next !== dir) cost += bend;
  if (inside) return cost;
  if (edge.border && next === UP && edge.dst.lane >= edge.src.lane) cost += COST.upFromBorder;
  // Others that came along with this one, pass here, or turn here.
  cost += COST.leave * others(board.along[dir % 2][pieceAt(board, x, y, (dir + 2) & 3)], beside);
  if (next === dir) cost += board.cross * passing(board, x, y, 1 - dir % 2, NOBODY);
  else cost += COST.touch * (passing(board, x, y, 0, beside) + passing(board, x, y, 1, beside));
  cost += COST.touch * others(board.turns[board.at(x, y)], beside);
  if (next % 2 === 0) {
    const lane = board.net.ys[y].lane;
    if ((lane < edge.src.lane && lane < edge.dst.lane) || (lane > edge.src.lane && lane > edge.dst.lane)) cost += COST.foreign;
  }
  return cost;
}

const NOBODY = Object.freeze([]);
const lists = length => new Array(length).fill(NOBODY);

// The number of the unit piece that leaves a crossing in this direction.
const pieceAt = (board, x, y, dir) => dir === LEFT ? board.at(x - 1, y) : dir === UP ? board.at(x, y - 1) : board.at(x, y);

// How many of a list are not in the other.
function others(list, but) {
  if (!but.length) return list.length;
  let count = 0;
  for (let i = 0; i < list.length; i++) if (!but.includes(list[i])) count++;
  return count;
}

// How many edges run straight through a crossing, sideways (0) or up and down (1), but for those we run beside.
function passing(board, x, y, axis, but) {
  const second = board.along[axis][board.at(x, y)];
  if (!second.length) return 0;
  const first = board.along[axis][axis === 0 ? board.at(x - 1, y) : board.at(x, y - 1)];
  let count = 0;
  for (let i = 0; i < (first?.length ?? 0); i++) if (second.includes(first[i]) && !but.includes(first[i])) count++;
  return count;
}

// Tracks lie close together; a column or row is a real distance.
function widths(lines, each) {
  return Float64Array.from(lines, (a, at) => {
    const b = lines[at + 1];
    return each * (a.kind === 'gap' && b?.kind === 'gap' && !(a.edge && b.edge && a.lane !== b.lane) ? .4 : 1.6);
  });
}

const sums = steps => steps.reduce((all, step) => { all.push(all.at(-1) + step); return all; }, [ 0 ]);

function outCost(board, edge, side) {
  const { src } = edge, gateway = src.kind === 'gateway';
  const base = side === RIGHT ? 0 : side === LEFT ? 600 : gateway ? 15 : edge.back ? 20 : 140;
  let cost = base + (side === DOWN && src.boundary.length ? 300 : 0);
  for (const other of board.sides.get(`${src.id} ${side} out`) ?? []) if (other !== edge) cost += COST.sameSide;
  for (const other of board.sides.get(`${src.id} ${side} into`) ?? []) if (other !== edge) cost += COST.oppose;
  return cost;
}

function intoCost(board, edge, side) {
  const { dst } = edge;
  const base = side === LEFT ? 0 : side === RIGHT ? 500 : edge.back ? 15 : edge.first ? 90 : dst.kind === 'event' ? 70 : 35;
  let cost = base + (side === DOWN && dst.boundary.length ? 150 : 0);
  if (side !== LEFT && dst.kind === 'gateway' && dst.out.length > 1) cost += COST.answers; // its other sides are for the answers
  for (const other of board.sides.get(`${dst.id} ${side} into`) ?? []) if (other !== edge) cost += COST.share;
  for (const other of board.sides.get(`${dst.id} ${side} out`) ?? []) if (other !== edge) cost += COST.oppose;
  return cost;
}

function unwind(board, key) {
  const points = [];
  let first = key;
  for (let k = key; k !== -1; k = board.from[k]) {
    const v = k >> 2, x = v % board.W;
    points.push([ x, (v - x) / board.W ]);
    first = k;
  }
  return { points: points.reverse(), out: first & 3, into: ((key & 3) + 2) & 3 };
}

const direction = (a, b) => b[0] > a[0] ? RIGHT : b[0] < a[0] ? LEFT : b[1] > a[1] ? DOWN : UP;

function corners(points) {
  return points.filter((p, i) => i === 0 || i === points.length - 1 || direction(points[i - 1], p) !== direction(p, points[i + 1]));
}

// A binary heap of (rank, key); the lowest rank comes first.
class Heap {
  ranks = [];
  keys = [];
  size = 0;
  clear() { this.size = 0; return this; }
  push(rank, key) {
    const { ranks, keys } = this;
    let at = this.size++;
    while (at) {
      const up = (at - 1) >> 1;
      if (ranks[up] <= rank) break;
      ranks[at] = ranks[up];
      keys[at] = keys[up];
      at = up;
    }
    ranks[at] = rank;
    keys[at] = key;
  }
  pop() {
    const { ranks, keys } = this, top = keys[0], n = --this.size, rank = ranks[n], key = keys[n];
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= n) break;
      if (down + 1 < n && ranks[down + 1] < ranks[down]) down++;
      if (ranks[down] >= rank) break;
      ranks[at] = ranks[down];
      keys[at] = keys[down];
      at = down;
    }
    ranks[at] = rank;
    keys[at] = key;
    return top;
  }
}
