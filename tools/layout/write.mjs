// Puts a drawing into the text of a file; nothing but <bpmndi:BPMNDiagram> changes.
import { is } from './model.mjs';

const NAMESPACES = {
  bpmndi: 'http://www.omg.org/spec/BPMN/20100524/DI',
  dc: 'http://www.omg.org/spec/DD/20100524/DC',
  di: 'http://www.omg.org/spec/DD/20100524/DI',
};

export function withDrawing(xml, plane, drawing, origin) {
  const { prefix, missing } = prefixes(xml);
  const at = v => Math.round(v), { bpmndi, dc, di } = prefix, out = [];
  const bounds = (b, indent) => `${indent}<${dc}:Bounds x="${at(b.x + origin.x)}" y="${at(b.y + origin.y)}" width="${at(b.w)}" height="${at(b.h)}" />`;
  const label = id => {
    const found = drawing.labels.get(id);
    return found ? [ `        <${bpmndi}:BPMNLabel>`, bounds(found, '          '), `        </${bpmndi}:BPMNLabel>` ] : [];
  };
  out.push(`  <${bpmndi}:BPMNDiagram${missing} id="${plane}_diagram">`, `    <${bpmndi}:BPMNPlane id="${plane}_plan" bpmnElement="${plane}">`);
  for (const shape of drawing.shapes) {
    const { id } = shape.el;
    out.push(`      <${bpmndi}:BPMNShape id="${id}_di" bpmnElement="${id}"${marks(shape)}>`, bounds(shape, '        '), ...label(id), `      </${bpmndi}:BPMNShape>`);
  }
  for (const { el, points } of drawing.edges) {
    out.push(`      <${bpmndi}:BPMNEdge id="${el.id}_di" bpmnElement="${el.id}">`,
      ...points.map(p => `        <${di}:waypoint x="${at(p.x + origin.x)}" y="${at(p.y + origin.y)}" />`), ...label(el.id), `      </${bpmndi}:BPMNEdge>`);
  }
  out.push(`    </${bpmndi}:BPMNPlane>`, `  </${bpmndi}:BPMNDiagram>`, '');
  const bare = xml.replace(/[ \t]*<([\w.-]+:)?BPMNDiagram\b[\s\S]*?<\/\1?BPMNDiagram>[ \t]*\r?\n?/g, '');
  const end = bare.search(/<\/(?:[\w.-]+:)?definitions>\s*$/);
  return bare.slice(0, end) + out.join('\n') + bare.slice(end);
}

function marks({ el, flat, open }) {
  const found = [];
  if (flat) found.push('isHorizontal="true"');
  if (is(el, 'SubProcess')) found.push(`isExpanded="${Boolean(open)}"`);
  if (is(el, 'ExclusiveGateway')) found.push('isMarkerVisible="true"');
  return found.map(mark => ` ${mark}`).join('');
}

// The file's own prefixes for the namespaces of drawings; what it lacks is declared where the drawing begins.
function prefixes(xml) {
  const root = xml.match(/<(?:[\w.-]+:)?definitions\b[^>]*>/)[0], prefix = {};
  let missing = '';
  for (const [ name, uri ] of Object.entries(NAMESPACES)) {
    const found = root.match(new RegExp(`xmlns:([\\w.-]+)=["']${uri.replaceAll('.', '\\.')}["']`));
    prefix[name] = found ? found[1] : name;
    if (!found) missing += ` xmlns:${name}="${uri}"`;
  }
  return { prefix, missing };
}
