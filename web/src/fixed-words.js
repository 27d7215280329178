// English that the editors hold fixed: all of form-js, and some titles of the others.  This puts Danish in its place, and
// again whenever they draw it; what the designer wrote is left alone.
const HINTS = '.fjs-empty-component-text, .fjs-repeat-render-footer span, .fjs-form-field-placeholder, .fjs-select-placeholder, .fjs-table-th, .fjs-table-td';
const TEXTS = {
  'Drag and drop components here.': 'Vælg et felt til venstre, og det kommer her.', 'Repeatable': 'Kan gentages', 'Select': 'Vælg', 'Content': 'Indhold',
  'Expression is empty': 'Udtrykket er tomt', 'Text view is empty': 'Teksten er tom', 'Table is empty': 'Tabellen er tom',
};
const PARTS = [ [ /^Expression for '(.*)'$/, 'Beregnes: $1' ], [ /^Column (\d+)$/, 'Kolonne $1' ] ];
const TITLES = {
  'Increment': 'Én op', 'Decrement': 'Én ned', 'dd.mm.yyyy': 'dd.mm.åååå', 'mm/dd/yyyy': 'dd.mm.åååå', 'hh:mm': 'tt.mm', 'hh:mm --': 'tt.mm',
  'Search': 'Søg', 'Powered by bpmn.io': 'Tegnet med bpmn.io', 'Results': 'Fundet',
  'Move Input': 'Flyt oplysning', 'Move Output': 'Flyt svar', 'Decision table context menu': 'Tabellens menu', 'Remove item': 'Fjern',
};
/** The button of a field; form-js says the field's kind in it. */
const REMOVES = /^Remove (?!list item)[A-Z]/, NAMES = [ 'title', 'aria-label', 'placeholder' ];

/** Keeps what is inside `box` Danish, where the page is. */
export function inDanish(box) {
  if (document.documentElement.lang !== 'da') return;
  const say = () => {
    for (const one of box.querySelectorAll(HINTS)) for (const node of one.childNodes) text(node);
    for (const name of NAMES) for (const one of box.querySelectorAll(`[${name}]`)) title(one, name);
  };
  new MutationObserver(say).observe(box, { subtree: true, childList: true, characterData: true, attributeFilter: NAMES });
  say();
}

function text(node) {
  if (node.nodeType !== Node.TEXT_NODE) return;
  const now = node.data.trim(), said = PARTS.reduce((word, [ sample, danish ]) => word.replace(sample, danish), TEXTS[now] ?? now);
  if (said !== now) node.data = said;
}

function title(one, name) {
  const now = one.getAttribute(name), said = TITLES[now] ?? (REMOVES.test(now) ? 'Slet feltet' : now);
  if (said !== now) one.setAttribute(name, said);
}
