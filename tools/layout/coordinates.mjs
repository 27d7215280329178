// From lines to pixels: unused tracks cost nothing, used ones lie 14 px apart, and labels get the room they need.
import { labelBox } from './text.mjs';
import { EVENT } from './model.mjs';

const TRACK = 14, GAP = 46, ROW_GAP = 34, LANE_PAD = 26, ARROW = 24;

// Returns { shapes: Map id → {x, y, w, h, node}, edges: Map id → {points, edge}, lanes: [{y, h}], right, bottom }.
export function coordinates(g, net, laneNames) {
  const used = { x: new Set(), y: new Set() };
  for (const { path } of g.edges) {
    for (let i = 1; i < (path?.length ?? 0); i++) {
      const [ a, b ] = [ path[i - 1], path[i] ];
      if (a[0] === b[0] && net.xs[a[0]].kind === 'gap') used.x.add(a[0]);
      if (a[1] === b[1] && net.ys[a[1]].kind === 'gap') used.y.add(a[1]);
    }
  }
  const X = across(g, net, used.x), { Y, lanes } = down(g, net, used.y, laneNames);
  const shapes = new Map();
  for (const node of g.nodes) {
    const cx = X[net.columnLine[node.col]], cy = Y[net.rowLine[node.line]];
    shapes.set(node.id, { x: cx - node.w / 2, y: cy - node.h / 2, w: node.w, h: node.h, node });
    for (const border of node.boundary) {
      const bx = X[net.columnLine[node.col] + border.slot];
      shapes.set(border.id, { x: bx - EVENT / 2, y: cy + node.h / 2 - EVENT / 2, w: EVENT, h: EVENT, node: border });
    }
  }
  const edges = new Map();
  for (const edge of g.edges) {
    if (!edge.path) continue;
    const points = edge.path.map(([ x, y ]) => ({ x: X[x], y: Y[y] }));
    const from = shapes.get(edge.border ? edge.border.id : edge.src.id), to = shapes.get(edge.dst.id);
    points[0] = clip(points[0], points[1], from);
    points[points.length - 1] = clip(points.at(-1), points.at(-2), to);
    edges.set(edge.id, { points, edge });
  }
  const right = Math.max(0, ...[ ...shapes.values() ].map(s => s.x + s.w));
  const bottom = lanes.at(-1).y + lanes.at(-1).h;
  strips(g, shapes, lanes, X[net.columnLine[0]], [ ...edges.values() ]);
  return { shapes, edges, lanes, right: Math.max(right, ...[ ...shapes.values() ].map(s => s.x + s.w)), bottom };
}

function across(g, net, used) {
  const X = new Array(net.xs.length), width = [], room = [];
  for (let c = 0; c < net.columns; c++) width[c] = Math.max(EVENT, ...g.nodes.filter(n => n.col === c).map(n => n.w));
  for (let c = 0; c <= net.columns; c++) room[c] = GAP;
  for (const edge of g.edges) { // the answer on a straight way out of a choice must fit before the next shape or track
    if (edge.name && edge.src.kind === 'gateway') room[edge.src.col + 1] = Math.max(room[edge.src.col + 1], labelBox(edge.name).w + 26);
  }
  for (const node of g.nodes) { // a label under an event is wider than the event
    if (node.kind !== 'event' || !node.el.name) continue;
    const over = Math.max(0, labelBox(node.el.name).w - width[node.col]) / 2;
    for (const c of [ node.col, node.col + 1 ]) room[c] = Math.max(room[c], over + 26);
  }
  const free = new Array(net.columns + 1).fill(18); // no line before this: the name of a boundary event stands there
  for (const node of g.nodes) for (const { slot, el } of node.boundary) {
    if (slot === 1 && el.name) free[node.col + 1] = Math.max(free[node.col + 1], labelBox(el.name).w - 8 + (node.w - width[node.col]) / 2);
  }
  let x = 0;
  for (let c = 0; c <= net.columns; c++) {
    const tracks = net.xs.map((line, at) => at).filter(at => net.xs[at].kind === 'gap' && net.xs[at].at === c);
    const here = tracks.filter(at => used.has(at));
    const lead = c === 0 ? 0 : here.length ? Math.max(free[c], room[c] - ARROW - TRACK * (here.length - 1)) : 0;
    for (const at of tracks) X[at] = x + lead + TRACK * Math.max(0, here.indexOf(at));
    x += c === 0 ? (here.length ? 20 + TRACK * here.length + ARROW : 0) : c === net.columns ? 0 : here.length ? lead + TRACK * (here.length - 1) + ARROW : room[c];
    if (c === net.columns) break;
    const middle = net.columnLine[c];
    X[middle] = x + width[c] / 2;
    const task = g.nodes.find(n => n.col === c && n.boundary.length)?.w ?? width[c];
    X[middle - 1] = X[middle] - task / 2 + 24;
    X[middle + 1] = X[middle] + task / 2 - 24;
    x += width[c];
  }
  return X;
}

function down(g, net, used, laneNames) {
  const Y = new Array(net.ys.length), lanes = [];
  let y = 0;
  net.rows.forEach((row, at) => {
    const opens = at === 0 || net.rows[at - 1].lane !== row.lane, closes = at === net.rows.length - 1 || net.rows[at + 1].lane !== row.lane;
    const nodes = g.nodes.filter(n => n.line === at), above = at ? g.nodes.filter(n => n.line === at - 1) : [];
    if (opens) lanes.push({ y, h: 0, lane: row.lane });
    const name = opens ? 0 : labelRoom(above, 'below');
    y = tracksDown(net, Y, used, y + name, line => line.above === at, opens ? LANE_PAD : ROW_GAP);
    const h = Math.max(40, ...nodes.map(n => n.h)), over = Math.max(0, labelRoom(nodes, 'above') - h / 2 + 18);
    y += over;
    Y[net.rowLine[at]] = y + h / 2;
    y += h;
    if (!closes) return;
    y = tracksDown(net, Y, used, y + labelRoom(nodes, 'below'), line => line.below === at, LANE_PAD);
    y += g.strips.filter(s => s.lane === row.lane).reduce((sum, s) => Math.max(sum, s.h + LANE_PAD), 0);
    const lane = lanes.at(-1), least = laneNames?.[row.lane] ? laneNames[row.lane].length * 7 + 24 : 0;
    lane.h = Math.max(y - lane.y, least, 100);
    y = lane.y + lane.h;
  });
  return { Y, lanes };
}

function tracksDown(net, Y, used, y, belongs, least) {
  const tracks = net.ys.map((line, at) => at).filter(at => net.ys[at].kind === 'gap' && belongs(net.ys[at]));
  const here = tracks.filter(at => used.has(at)), height = Math.max(least, here.length ? TRACK * (here.length - 1) + 2 * 18 : 0);
  const lead = (height - TRACK * Math.max(0, here.length - 1)) / 2;
  for (const at of tracks) Y[at] = y + lead + TRACK * Math.max(0, here.indexOf(at));
  return y + height;
}

// Labels hang under events and boundary events; a choice asks above itself.
function labelRoom(nodes, side) {
  let room = 0;
  for (const node of nodes) {
    const h = node.el.name && node.kind !== 'task' && node.kind !== 'sub' ? labelBox(node.el.name).h : 0;
    if (side === 'above' && node.kind === 'gateway') room = Math.max(room, 25 + h + 4);
    if (side === 'below' && node.kind === 'event') room = Math.max(room, Math.max(0, 18 + h + 6 - Math.max(...nodes.map(n => n.h)) / 2));
    for (const border of side === 'below' ? node.boundary : []) room = Math.max(room, 18 + (border.el.name ? labelBox(border.el.name).h : 0) + 4);
  }
  return room;
}

// Event sub-processes lie side by side at the foot of their lane, clear of the lines that run down through it.
function strips(g, shapes, lanes, left, edges) {
  const x = new Map();
  for (const node of g.strips) {
    const lane = lanes.find(l => l.lane === node.lane) ?? lanes.at(-1), y = lane.y + lane.h - LANE_PAD - node.h;
    let at = x.get(lane) ?? left - 18;
    for (let line; (line = crossing(edges, at - 20, at + node.w + 20, y - 12, y + node.h + 12)) !== undefined;) at = line + 21;
    shapes.set(node.id, { x: at, y, w: node.w, h: node.h, node });
    x.set(lane, at + node.w + 40);
  }
}

// The x of the rightmost upright line in this part of the page.
function crossing(edges, left, right, top, bottom) {
  const found = edges.flatMap(({ points }) => points.slice(1).map((b, i) => [ points[i], b ]))
    .filter(([ a, b ]) => a.x === b.x && a.x > left && a.x < right && Math.min(a.y, b.y) < bottom && Math.max(a.y, b.y) > top).map(([ a ]) => a.x);
  return found.length ? Math.max(...found) : undefined;
}

// Where the line from the middle of a shape towards `next` leaves the shape.
function clip(point, next, box) {
  if (next.x > point.x) return { x: box.x + box.w, y: point.y };
  if (next.x < point.x) return { x: box.x, y: point.y };
  return next.y > point.y ? { x: point.x, y: box.y + box.h } : { x: point.x, y: box.y };
}
