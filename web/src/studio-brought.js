// Forms and tables that came with copied steps: kept with the draft from its next save on, and told about.
export class Brought {
  constructor(box, about) {
    Object.assign(this, { box, about, words: about.words, beside: { forms: {}, decisions: {} }, waiting: { forms: {}, decisions: {} } });
  }

  /** What the draft has beside its diagram. */
  draws({ forms, decisions }) {
    this.beside = { forms: { ...forms }, decisions: { ...decisions } };
    this.waiting = { forms: {}, decisions: {} };
    this.box.hidden = true;
  }

  came({ forms, tables }) {
    const renamed = Object.fromEntries(Object.entries(forms.names).map(([ name, here ]) => [ here, forms.came[name] ]));
    this.#take('forms', { ...forms.fresh, ...renamed });
    this.#take('decisions', tables.fresh);
    const said = [
      ...told(this.words.form_came, Object.keys(forms.fresh)),
      ...Object.entries(forms.names).map(([ name, here ]) => this.words.form_renamed.replaceAll('%(name)s', name).replace('%(here)s', here)),
      ...told(this.words.table_came, Object.keys(tables.fresh)), ...told(this.words.table_other, Object.keys(tables.names)),
    ];
    this.box.hidden = !said.length;
    this.box.querySelector('ul').replaceChildren(...said.map(text => Object.assign(document.createElement('li'), { textContent: text })));
  }

  #take(kind, files) {
    Object.assign(this.beside[kind], files);
    Object.assign(this.waiting[kind], files);
    const list = this.about[kind === 'forms' ? 'forms' : 'tables'];
    list.push(...Object.keys(files).filter(name => !list.includes(name)));
  }

  /** What is saved with this diagram: of what waits, what it still names. */
  named(bpmn) {
    const part = {};
    for (const [ kind, attribute ] of [ [ 'forms', 'form' ], [ 'decisions', 'beslutning' ] ]) {
      const files = Object.entries(this.waiting[kind]).filter(([ name ]) => bpmn.includes(`stafet:${attribute}="${name}"`));
      if (files.length) part[kind] = Object.fromEntries(files);
    }
    this.sent = part;
    return part;
  }

  /** It is stored; from now on it is edited like any other. */
  saved() {
    for (const kind of Object.keys(this.sent ?? {})) for (const name of Object.keys(this.sent[kind])) delete this.waiting[kind][name];
    this.sent = null;
  }
}

const told = (sentence, names) => names.map(name => sentence.replaceAll('%(name)s', name));
