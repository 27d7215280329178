// A free place for every label: many places are tried, the one that disturbs least is taken.
import { labelBox } from './text.mjs';

export function placeLabels({ shapes, edges, lanes }) {
  const jobs = [];
  for (const [ id, shape ] of shapes) {
    if (!shape.node.el.name || shape.node.kind === 'task' || shape.node.kind === 'sub') continue;
    jobs.push({ id, places: besideShape(shape, labelBox(shape.node.el.name)) });
  }
  for (const [ id, { points, edge } ] of edges) if (edge.name) jobs.push({ id, places: besideEdge(points, labelBox(edge.name)) });
  const lines = [ ...edges.values() ].flatMap(({ points }) => points.slice(1).map((b, i) => box(points[i], b)));
  const boxes = [ ...shapes.values() ], borders = lanes.slice(1).map(lane => lane.y), labels = new Map();
  for (let pass = 0; pass < 4; pass++) {
    for (const { id, places } of jobs) {
      labels.delete(id);
      const others = [ ...labels.values() ];
      labels.set(id, least(places, place => place.rank + disturbs(place, boxes, lines, borders, others)));
    }
  }
  return labels;
}

function disturbs(place, boxes, lines, borders, labels) {
  let cost = 0;
  for (const other of boxes) cost += overlap(place, other, 2) ? 2000 + overlap(place, other, 2) : 0;
  for (const line of lines) cost += overlap(place, line, 0) ? 900 : overlap(place, line, 3) ? 40 : 0;
  for (const label of labels) cost += overlap(place, label, 3) ? 1500 : 0;
  for (const y of borders) cost += place.y < y && place.y + place.h > y ? 600 : 0;
  return cost + (place.y < 2 ? 800 : 0);
}

function besideShape({ x, y, w, h, node }, { w: lw, h: lh }) {
  const cx = x + w / 2, below = y + h + 4, above = y - lh - 4;
  const at = (px, py, rank) => ({ x: Math.round(px), y: Math.round(py), w: lw, h: lh, rank });
  if (node.kind === 'boundary') {
    return [ at(cx + 8, y + h + 1, 0), at(cx - lw - 8, y + h + 1, 3), at(x + w + 4, y + h - 8, 6), at(x - lw - 4, y + h - 8, 8), at(cx + 8, y + h + 14, 20) ];
  }
  const turned = node.kind === 'gateway' ? 1 : -1; // a choice asks above itself, an event tells below
  return [
    at(cx - lw / 2, above, turned > 0 ? 0 : 12), at(cx - lw / 2, below, turned > 0 ? 10 : 0),
    at(cx - lw - 7, above, 14), at(cx + 8, above, 20), at(cx - lw - 7, below, 16), at(cx + 8, below, 22),
    at(x - lw - 3, above + 12, 24), at(x + w + 3, above + 12, 28), at(x - lw - 3, below - 12, 26), at(x + w + 3, below - 12, 30),
    at(x + w + 5, y + h / 2 - lh / 2, 50), at(x - lw - 5, y + h / 2 - lh / 2, 55), at(cx - lw / 2, above - 14, 60), at(cx - lw / 2, below + 14, 60),
  ];
}

function besideEdge(points, { w, h }) {
  const places = [];
  points.slice(1).forEach((b, i) => {
    const a = points[i], away = i * 30;
    const put = (x, y, rank) => places.push({ x: Math.round(x), y: Math.round(y), w, h, rank: away + rank });
    if (a.y === b.y) {
      const length = Math.abs(b.x - a.x), right = b.x > a.x, tight = length < w + 8 ? 40 : 0;
      for (const d of [ 8, 16, (length - w) / 2 ]) {
        const x = right ? a.x + d : a.x - d - w;
        put(x, a.y - h - 3, tight + d / 8);
        put(x, a.y + 4, tight + 5 + d / 8);
      }
    } else {
      const length = Math.abs(b.y - a.y), down = b.y > a.y;
      for (const d of [ 8, 18, 30 ]) {
        if (d + h > length) continue;
        const y = down ? a.y + d : a.y - d - h;
        put(a.x + 6, y, d / 8);
        put(a.x - w - 6, y, 3 + d / 8);
      }
    }
  });
  return places;
}

const box = (a, b) => ({ x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), w: Math.abs(a.x - b.x) || 1, h: Math.abs(a.y - b.y) || 1 });
const overlap = (a, b, pad) => Math.max(0, Math.min(a.x + a.w + pad, b.x + b.w) - Math.max(a.x - pad, b.x)) * Math.max(0, Math.min(a.y + a.h + pad, b.y + b.h) - Math.max(a.y - pad, b.y));

function least(list, cost) {
  let best = list[0], lowest = Infinity;
  for (const each of list) {
    const found = cost(each);
    if (found < lowest) { lowest = found; best = each; }
  }
  return best;
}
