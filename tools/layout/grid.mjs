// The lines that edges may run on. Between two columns and between two rows lie some tracks; through each column
// three lines (left slot, middle, right slot), through each row one. Edges are found on line numbers first; real
// coordinates follow when it is known which tracks are used (coordinates.mjs).

export function grid(g, laneCount, tracks) {
  const columns = columnsOf(g), rows = rowsOf(g, laneCount);
  const rowAt = new Map(rows.map((row, at) => [ `${row.lane}/${row.row}`, at ]));
  const xs = [], ys = [], columnLine = [], rowLine = [];
  for (let c = 0; c <= columns; c++) {
    for (let t = 0; t < tracks.x; t++) xs.push({ kind: 'gap', at: c, t });
    if (c === columns) break;
    for (const slot of [ -1, 0, 1 ]) {
      if (slot === 0) columnLine.push(xs.length);
      xs.push({ kind: 'column', at: c, slot });
    }
  }
  rows.forEach((row, at) => {
    const opens = at === 0 || rows[at - 1].lane !== row.lane, closes = at === rows.length - 1 || rows[at + 1].lane !== row.lane;
    for (let t = 0; t < tracks.y; t++) ys.push({ kind: 'gap', above: at, lane: row.lane, edge: opens, t });
    rowLine.push(ys.length);
    ys.push({ kind: 'row', at, lane: row.lane });
    if (closes) for (let t = 0; t < tracks.y; t++) ys.push({ kind: 'gap', below: at, lane: row.lane, edge: true, t });
  });
  const taken = new Map();
  let clash = false;
  for (const node of g.nodes) {
    node.line = rowAt.get(`${node.lane}/${node.row}`);
    const cell = `${node.col}/${node.line}`;
    clash ||= taken.has(cell);
    taken.set(cell, node);
  }
  return { columns, rows, xs, ys, columnLine, rowLine, clash };
}

// Longest path from the left; `shift` moves a node further right. Loops do not count.
export function columnsOf(g) {
  for (const node of g.nodes) node.col = node.shift ?? 0;
  for (let changed = true; changed;) {
    changed = false;
    for (const { src, dst, back } of g.edges) {
      if (!back && dst.col < src.col + 1) { dst.col = src.col + 1; changed = true; }
    }
  }
  return 1 + Math.max(0, ...g.nodes.map(n => n.col));
}

function rowsOf(g, laneCount) {
  const rows = [];
  for (let lane = 0; lane < laneCount; lane++) {
    const used = [ ...new Set(g.nodes.filter(n => n.lane === lane).map(n => n.row)) ].sort((a, b) => a - b);
    for (const row of used.length ? used : [ 0 ]) rows.push({ lane, row });
  }
  return rows;
}
