// Draws a diagram that has no drawing, beside the page, so that the page can be used while it waits.
import { BpmnModdle } from 'bpmn-moddle';
import { withOwnDrawing } from '../../tools/layout/draw.mjs';

/** Of the work that the tool does for a drawing nobody touches: here a designer moves the rest. */
const SHARE = 0.1;

addEventListener('message', async ({ data }) => {
  try {
    const { rootElement } = await new BpmnModdle().fromXML(data);
    const { xml, skipped } = withOwnDrawing(data, rootElement, SHARE);
    postMessage({ xml, skipped });
  } catch (error) {
    postMessage({ problem: String(error) });
  }
});
