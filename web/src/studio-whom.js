// On whose cases a pathway runs (`stafet:om` on its process): a citizen where nothing is said, and never on none.

import { made } from './saving.js';

const SUBJECTS = [ 'borger', 'anonym', 'aftale' ];

/** The drawing's element that stands for the pathway: the page itself, or the pool that holds its process. */
export function pathwayOf(modeler) {
  const root = modeler.get('canvas').getRootElement();
  if (root?.businessObject?.$type === 'bpmn:Process') return root;
  return modeler.get('elementRegistry').find(one => one.type === 'bpmn:Participant' && one.businessObject.processRef) ?? null;
}

/** The boxes for it; `set` keeps what is ticked, in the order and words that the engine reads. */
export function whom(process, words, set) {
  if (process.get('stafet:del') === 'true') return made('p', words.om_part);
  const row = made('fieldset', '', { className: 'form-group' }), now = (process.get('stafet:om') ?? 'borger').split(/\s+/);
  row.append(made('legend', words.om, { className: 'form-label' }), made('span', words.om_hint, { className: 'form-hint' }));
  const boxes = SUBJECTS.map(word => {
    const line = made('div', '', { className: 'form-group-checkbox' });
    const box = made('input', '', { type: 'checkbox', id: `p-om-${word}`, className: 'form-checkbox', value: word, checked: now.includes(word) });
    line.append(box, made('label', words.om_words[word], { className: 'form-label', htmlFor: box.id }));
    row.append(line);
    return box;
  });
  row.addEventListener('change', () => {
    if (!boxes.some(box => box.checked)) boxes[0].checked = true;
    const chosen = boxes.filter(box => box.checked).map(box => box.value).join(' ');
    const kept = chosen === 'borger' ? undefined : chosen;
    if (kept !== process.get('stafet:om')) set(kept);
  });
  return row;
}
