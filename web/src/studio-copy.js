// Copying between diagrams: what is copied is kept in the browser until it is pasted in another window.
const KEPT = 'stafet-copied';
/** Before the editor (2000) looks for what was copied in its own window. */
const FIRST = 2500;

export function copyBetween(modeler, said) {
  const moddle = modeler.get('moddle'), bus = modeler.get('eventBus');
  bus.on('copyPaste.elementsCopied', ({ tree, hints }) => {
    // A duplicate goes straight into its own diagram, and nothing chosen is nothing copied.
    if (hints?.clip === false || !Object.keys(tree).length) return;
    try {
      // A piece of a diagram; designers have no citizen's data.
      // nosemgrep: browser-keeps
      localStorage.setItem(KEPT, JSON.stringify(tree));
      said();
    } catch {
      // A full or forbidden store: copying inside the diagram goes on, and nothing older is pasted instead.
      forget();
    }
  });
  bus.on('copyPaste.pasteElements', FIRST, event => {
    event.tree ||= kept(moddle);
  });
}

/** What was copied last, in whichever window; null where nothing was, or where it cannot be read. */
function kept(moddle) {
  try {
    return JSON.parse(localStorage.getItem(KEPT), reviver(moddle));
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

/** Objects of the diagram come back as such, each once. */
function reviver(moddle) {
  const seen = new Map();
  return (_, value) => {
    if (!value || typeof value !== 'object' || typeof value.$type !== 'string') return value;
    if (value.id && seen.has(value.id)) return seen.get(value.id);
    const { $type, ...facts } = value, made = moddle.create($type, facts);
    if (value.id) seen.set(value.id, made);
    return made;
  };
}
