// A drawing carries a stamp: a digest of the drawing and of what it was made from. So it takes no time to see whether a
// drawing is still what the tool drew from this logic.
import { createHash } from 'node:crypto';
import { is } from './model.mjs';

// To be raised when the tool draws the same logic otherwise than before.
const DRAWS = 3;
const MARK = /(<(?:[\w.-]+:)?BPMNDiagram\b[^>]*?) documentation="tegnet ([0-9a-f]{16})"/;

export function stamped(xml, root) {
  const bare = xml.replace(MARK, '$1');
  return bare.replace(/<(?:[\w.-]+:)?BPMNDiagram\b/, found => `${found} documentation="tegnet ${digest(bare, root)}"`);
}

export const holds = (xml, root) => xml.match(MARK)?.[2] === digest(xml.replace(MARK, '$1'), root);

function digest(bare, root) {
  const drawing = bare.match(/<(?:[\w.-]+:)?BPMNDiagram\b[\s\S]*BPMNDiagram>/)?.[0];
  return createHash('sha256').update(JSON.stringify([ DRAWS, drawing, outline(root) ])).digest('hex').slice(0, 16);
}

// What of the logic the drawing depends on; conditions, forms and words of ours may change without a new drawing.
function outline(el) {
  const id = each => each?.id ?? null;
  if (is(el, 'SequenceFlow')) return [ id(el), el.name, id(el.sourceRef), id(el.targetRef) ];
  const inner = [ ...el.rootElements ?? [], ...el.participants ?? [], ...el.laneSets ?? [], ...el.lanes ?? [], ...el.flowElements ?? [], ...el.childLaneSet ? [ el.childLaneSet ] : [] ];
  return [ el.$type, id(el), el.name, id(el.attachedToRef), Boolean(el.loopCharacteristics), Boolean(el.triggeredByEvent), id(el.processRef), (el.flowNodeRef ?? []).map(id), inner.map(outline) ];
}
