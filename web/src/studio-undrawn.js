// A diagram without coordinates, as a program or a person may write it: it is drawn here.

/** How long somebody waits for a drawing, in milliseconds. */
const LONGEST = 120_000;

/** Whether a file says where nothing of it stands. */
export const undrawn = bpmn => !/<([\w.-]+:)?BPMNShape\b/.test(bpmn);

/** The diagram with a drawing, and the ids that got none; null where it cannot be drawn, or not in time. */
export function drawn(bpmn, program) {
  return new Promise(resolve => {
    const worker = new Worker(program, { type: 'module' });
    const done = found => { clearTimeout(late); worker.terminate(); resolve(found); };
    const late = setTimeout(() => done(null), LONGEST);
    worker.addEventListener('error', () => done(null));
    worker.addEventListener('message', ({ data }) => done(data.xml && !undrawn(data.xml) ? data : null));
    worker.postMessage(bpmn);
  });
}
