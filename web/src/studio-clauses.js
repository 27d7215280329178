// The agreement beside the diagram: every clause, whether some element names it, and the way from one to the other.
import { made } from './saving.js';

export class Clauses {
  constructor(box, modeler, about, go) {
    Object.assign(this, { box, modeler, about, words: about.words, go, rows: new Map() });
    this.#draw();
    modeler.on([ 'import.done', 'commandStack.changed' ], () => this.count());
    modeler.on('selection.changed', ({ newSelection }) => this.#light(newSelection));
  }

  /** Which elements name which clause. */
  #named() {
    const found = new Map();
    for (const element of this.modeler.get('elementRegistry').filter(one => !one.labelTarget)) {
      for (const id of (element.businessObject?.get?.('stafet:klausul') ?? '').split(/\s+/).filter(Boolean)) found.set(id, [ ...(found.get(id) ?? []), element ]);
    }
    return found;
  }

  #draw() {
    let section;
    for (const one of this.about.clauses) {
      if (one.section !== section) this.box.append(made('h3', one.section));
      section = one.section;
      const row = made('button', '', { type: 'button', className: 'st-clause-row' }), state = made('span', '', { className: 'st-clause-state' });
      row.append(made('b', one.id, { className: 'st-id' }), made('span', one.text), state);
      row.addEventListener('click', () => this.#select(one.id));
      this.rows.set(one.id, { row, state, one });
      this.box.append(row);
    }
  }

  count() {
    const named = this.#named();
    let here = 0, left = 0;
    for (const [ id, { row, state, one } ] of this.rows) {
      const elements = named.get(id) ?? [];
      if (elements.length) here += 1;
      else if (!one.elsewhere.length) left += 1;
      row.disabled = !elements.length;
      row.classList.toggle('is-uncovered', !elements.length && !one.elsewhere.length);
      state.textContent = elements.length ? `${this.words.here}: ${elements.map(each => each.businessObject.name || each.id).join(', ')}`
        : one.elsewhere.length ? this.words.elsewhere.replace('%(names)s', one.elsewhere.slice(0, 3).join(', ')) : this.words.not_covered;
    }
    this.box.closest('section').querySelector('[data-covered]').textContent = this.words.covered.replace('%(here)s', here).replace('%(all)s', this.rows.size).replace('%(left)s', left);
  }

  #select(id) {
    const elements = this.#named().get(id) ?? [];
    if (!elements.length) return;
    this.modeler.get('selection').select(elements);
    this.go(elements[0]);
  }

  #light(elements) {
    const chosen = new Set(elements.flatMap(one => ((one.labelTarget ?? one).businessObject?.get?.('stafet:klausul') ?? '').split(/\s+/)));
    let first;
    for (const [ id, { row } ] of this.rows) {
      row.classList.toggle('is-chosen', chosen.has(id));
      if (chosen.has(id)) first ??= row;
    }
    // Only the list itself is moved, never the page under the mouse.
    if (first) this.box.scrollTop = first.offsetTop - this.box.offsetTop - 8;
  }
}
