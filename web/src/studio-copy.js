// Copying between diagrams: what is copied is kept in the browser until it is pasted in another window, with the forms
// and tables that its steps name.  There they are put into the draft; a form of the same name that says something else
// stays, and the one that came gets a name of its own.
const KEPT = 'stafet-copied';
/** Before the editor (2000) looks for what was copied in its own window. */
const FIRST = 2500;

export function copyBetween(modeler, { beside, copied, came }) {
  const moddle = modeler.get('moddle'), bus = modeler.get('eventBus');
  bus.on('copyPaste.elementsCopied', ({ tree, hints }) => {
    // A duplicate goes straight into its own diagram, and nothing chosen is nothing copied.
    if (hints?.clip === false || !Object.keys(tree).length) return;
    try {
      const text = JSON.stringify(tree), { forms, decisions } = beside();
      // A piece of a diagram; designers have no citizen's data.
      // nosemgrep: browser-keeps
      localStorage.setItem(KEPT, JSON.stringify({ tree: text, forms: named(text, 'form', forms), decisions: named(text, 'beslutning', decisions) }));
      copied();
    } catch {
      // A full or forbidden store: copying inside the diagram goes on, and nothing older is pasted instead.
      forget();
    }
  });
  bus.on('copyPaste.pasteElements', FIRST, event => {
    if (event.tree) return;
    const found = kept(), here = beside();
    if (!found) return;
    const forms = fitting(found.forms, here.forms), tables = fitting(found.decisions, here.decisions);
    event.tree = revived(found.tree, moddle, forms.names);
    if (event.tree) came({ forms, tables });
  });
}

/** Of these files those that a piece of a diagram names; a table's file goes by each decision in it. */
function named(text, attribute, files) {
  const names = [ ...text.matchAll(new RegExp(`"(?:stafet:)?${attribute}":"([^"]+)"`, 'g')) ].map(one => one[1]), found = new Set(names.map(name => files[name]));
  return Object.fromEntries(Object.entries(files).filter(([ , file ]) => found.has(file)));
}

/** What of the files that came is `fresh` here, and which `names` stand here for something else, with a free name. */
function fitting(came, here) {
  const fresh = {}, names = {};
  for (const [ name, file ] of Object.entries(came)) {
    if (name in here && plain(here[name]) === plain(file)) continue;
    if (!(name in here)) fresh[name] = file;
    else names[name] = free(name, file, here);
  }
  // A file that would bring another decision along under a name that is taken stays away; lint says what is missing.
  const others = new Set(Object.keys(names).map(name => came[name]));
  for (const [ name, file ] of Object.entries(fresh)) if (others.has(file)) delete fresh[name];
  return { fresh, names, came };
}

/** `name_2`, or the next that nothing has, or that is this file already. */
function free(name, file, here) {
  for (let nth = 2; ; nth++) {
    const one = `${name}_${nth}`;
    if (!(one in here) || plain(here[one]) === plain(file)) return one;
  }
}

/** The same text for the same file, in whichever order it was written. */
function plain(file) {
  const sorted = (_, one) => one && typeof one === 'object' && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort()) : one;
  return JSON.stringify(file, sorted);
}

/** What was copied last, in whichever window; null where nothing was, or where it cannot be read. */
function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

function forget() {
  try {
    localStorage.removeItem(KEPT);
  } catch {
    // Forbidden: then nothing is kept.
  }
}

/** Objects of the diagram come back as such, each once, and name their forms as they are called here. */
function revived(tree, moddle, names) {
  const seen = new Map();
  try {
    return JSON.parse(tree, (_, value) => {
      if (!value || typeof value !== 'object' || typeof value.$type !== 'string') return value;
      if (value.id && seen.has(value.id)) return seen.get(value.id);
      const { $type, ...facts } = value;
      for (const form of [ 'form', 'stafet:form' ]) if (facts[form] in names) facts[form] = names[facts[form]];
      const made = moddle.create($type, facts);
      if (value.id) seen.set(value.id, made);
      return made;
    });
  } catch {
    return null;
  }
}
