// <st-table-editor>: a decision table being made with dmn-js, and tried on examples that the server answers.
import Modeler from 'dmn-js/lib/Modeler';
import 'dmn-js/dist/assets/diagram-js.css';
import 'dmn-js/dist/assets/dmn-js-shared.css';
import 'dmn-js/dist/assets/dmn-js-decision-table.css';
import 'dmn-js/dist/assets/dmn-js-decision-table-controls.css';
import 'dmn-js/dist/assets/dmn-js-literal-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression.css';
import 'dmn-js/dist/assets/dmn-js-boxed-expression-controls.css';
import 'dmn-js/dist/assets/dmn-font/css/dmn.css';
import './table-editor.css';
import { inDanish } from './fixed-words.js';
import { Saving, made } from './saving.js';
import danish, { missed, word } from './table-words.js';

class Editor extends HTMLElement {
  async connectedCallback() {
    this.about = JSON.parse(this.querySelector('[data-about]').textContent);
    this.words = this.about.words;
    this.missed = missed;
    const said = document.documentElement.lang === 'da' ? { additionalModules: [ danish ] } : {};
    this.modeler = new Modeler({ container: this.#at('canvas'), keyboard: { bindTo: this }, decisionTable: said, literalExpression: said, boxedExpression: said, drd: said });
    inDanish(this.#at('canvas'));
    this.saving = new Saving(this, this.about, { what: async () => ({ decisions: { [this.about.name]: await this.#xml() } }), draw: draft => this.#draw(draft.decisions[this.about.name]) });
    await this.#draw(this.about.xml ?? this.#begun());
    this.#at('undo').addEventListener('click', () => this.modeler.getActiveViewer().get('commandStack').undo());
    this.#at('redo').addEventListener('click', () => this.modeler.getActiveViewer().get('commandStack').redo());
    this.#at('delete')?.addEventListener('click', () => this.#delete());
    this.#at('ask').addEventListener('submit', event => { event.preventDefault(); this.#ask(); });
    if (this.about.is_new && this.about.may) this.#changed();
  }

  #at(name) { return this.querySelector(`[data-${name}]`); }

  async #xml() { return (await this.modeler.saveXML({ format: true })).xml; }

  async #draw(xml) {
    if (!xml) return this.saving.say(this.words.deleted);
    try {
      await this.modeler.importXML(xml);
    } catch (error) {
      return this.saving.say(error.message);
    }
    const views = this.modeler.getViews().filter(view => view.type !== 'drd');
    const mine = views.find(view => view.element.name === this.about.name || view.element.id === this.about.name) ?? views[0];
    if (mine) await this.modeler.open(mine);
    // The corner above the rows' numbers is no heading.
    this.querySelector('th.index-column')?.setAttribute('role', 'cell');
    this.modeler.getActiveViewer().on('commandStack.changed', () => this.#changed());
    await this.#inputs();
  }

  #changed() {
    this.saving.changed();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.#inputs(), 400);
  }

  /** A field for each thing that the table reads; what was typed in them stays. */
  async #inputs() {
    const found = await this.saving.post(this.about.asked, { xml: await this.#xml(), name: this.about.name }).catch(() => null);
    this.#at('answer').textContent = found?.problem ?? '';
    if (!found?.inputs) return;
    const box = this.#at('inputs'), before = new Map([ ...box.querySelectorAll('input') ].map(one => [ one.name, one.value ]));
    box.replaceChildren(...Object.entries(found.inputs).map(([ name, kind ], nth) => {
      const row = made('div', '', { className: 'form-group' }), id = `x-${nth}`;
      row.append(made('label', `${name} (${word(kind)})`, { className: 'form-label', htmlFor: id }), made('input', '', { id, className: 'form-input', name: `i.${name}`, value: before.get(`i.${name}`) ?? '' }));
      return row;
    }));
  }

  async #ask() {
    const typed = Object.fromEntries(new FormData(this.#at('ask')));
    const found = await this.saving.post(this.about.asked, { ...typed, xml: await this.#xml(), name: this.about.name });
    if (!found) return;
    this.querySelectorAll('.is-hit').forEach(row => row.classList.remove('is-hit'));
    const rows = [ ...this.querySelectorAll('[data-canvas] tbody tr') ].filter(row => row.querySelector('[data-row-id]'));
    const ids = rows.map(row => row.querySelector('[data-row-id]').dataset.rowId);
    const hits = (found.rows ?? []).map(id => ids.indexOf(id)).filter(at => at >= 0);
    hits.forEach(at => rows[at].classList.add('is-hit'));
    const words = this.words, said = hits.length ? hits.map(at => words.hit.replace('%(n)s', at + 1)) : [ words.none ];
    if (found.value !== undefined) said.push(words.answer.replace('%(value)s', found.value));
    this.#at('answer').textContent = found.problem ?? [ ...said, ...(found.errors ?? []) ].join('. ');
  }

  async #delete() {
    const { status, body } = await this.saving.ask('PUT', this.saving.address, { decisions: { [this.about.name]: null }, version: this.saving.version });
    this.saving.dirty = false;
    if (status === 200) location.href = this.#at('delete').dataset.to;
    else this.saving.say(body.message);
  }

  #begun() {
    const { name } = this.about, safe = name.replace(/\W/g, '_');
    return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="${safe}_fil" name="${safe}" namespace="urn:stafet:beslutning">
  <decision id="${safe}" name="${safe}">
    <variable id="${safe}_variabel" name="${safe}" typeRef="string" />
    <decisionTable id="${safe}_tabel" hitPolicy="UNIQUE">
      <input id="${safe}_ind" label="${this.words.input}"><inputExpression id="${safe}_ind_udtryk" typeRef="string"><text></text></inputExpression></input>
      <output id="${safe}_ud" name="${safe}" label="${this.words.output}" typeRef="string" />
    </decisionTable>
  </decision>
</definitions>`;
  }
}

customElements.define('st-table-editor', Editor);
