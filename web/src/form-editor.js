// <st-form-editor>: a staff form being made.  form-js draws it and moves its fields; which fields there are and what
// each can have is ours (`form-properties.js`), for only what the server supports may be chosen.  Below it stands the
// real staff form, drawn by the server.
import { FormEditor } from '@bpmn-io/form-js-editor';
import '@bpmn-io/form-js-viewer/dist/assets/form-js-base.css';
import '@bpmn-io/form-js-editor/dist/assets/form-js-editor-base.css';
import './form-editor.css';
import { inDanish } from './fixed-words.js';
import { FormProperties, named, NEW } from './form-properties.js';
import { Saving, made } from './saving.js';

class Editor extends HTMLElement {
  async connectedCallback() {
    this.about = JSON.parse(this.querySelector('[data-about]').textContent);
    this.words = this.about.words;
    const aside = document.createElement('div');
    this.editor = new FormEditor({ container: this.#at('canvas'), palette: { parent: aside }, propertiesPanel: { parent: aside } });
    inDanish(this.#at('canvas'));
    this.saving = new Saving(this, this.about, { what: () => ({ forms: { [this.about.name]: this.schema() } }), draw: draft => this.#draw(draft.forms[this.about.name]) });
    await this.#draw(this.about.schema);
    this.properties = new FormProperties(this.#at('properties'), this.editor, this.about);
    if (this.about.may) this.#palette();
    this.editor.on('commandStack.changed', () => { this.saving.changed(); this.#soon(); });
    this.#at('undo').addEventListener('click', () => this.editor.get('commandStack').undo());
    this.#at('redo').addEventListener('click', () => this.editor.get('commandStack').redo());
    this.#at('delete')?.addEventListener('click', () => this.#delete());
    this.#at('seen').addEventListener('click', event => event.target.closest('button') && this.#try(event));
    this.#at('seen').addEventListener('submit', event => event.preventDefault());
    if (this.about.is_new && this.about.may) this.saving.changed();
  }

  /** The form as its file has it: what form-js adds of its own is left out, the order of names is the file's. */
  schema() {
    const { exporter: _, ...made } = this.editor.saveSchema();
    const cleaned = clean(made);
    if (this.about.schema.schemaVersion) cleaned.schemaVersion = this.about.schema.schemaVersion;
    return cleaned;
  }

  #at(name) { return this.querySelector(`[data-${name}]`); }

  async #draw(schema) {
    if (!schema) return this.saving.say(this.words.deleted);
    await this.editor.importSchema(structuredClone(schema));
    await this.#see();
  }

  #palette() {
    const box = this.#at('palette');
    for (const [ name, facts ] of Object.entries(NEW)) {
      const button = made('button', this.words.types[name], { type: 'button' });
      button.addEventListener('click', () => this.#add(named(facts(), this.words.types[name])));
      box.append(button);
    }
  }

  #add(facts) {
    const chosen = this.editor.get('selection').get(), registry = this.editor.get('formFieldRegistry');
    const root = this.editor.get('formEditor')._getState().schema;
    const holds = chosen && (chosen.type === 'group' || chosen.type === 'dynamiclist');
    const parent = holds ? chosen : chosen && chosen._parent ? registry.get(chosen._parent) : root;
    const after = holds || !chosen || chosen === parent ? parent.components.length : parent.components.indexOf(chosen) + 1;
    const field = this.editor.get('modeling').addFormField(facts, parent, after);
    this.editor.get('selection').set(field);
  }

  #soon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.#see(), 400);
  }

  /** The real form; `answers` are what somebody typed in it. */
  async #see(answers = {}) {
    const found = await this.saving.post(this.about.seen, { form: JSON.stringify(this.schema()), ...answers }).catch(() => null);
    if (!found) return;
    this.#at('problems').replaceChildren(...found.problems.map(one => made('li', one)));
    this.#at('wrong').hidden = found.problems.length === 0;
    // The server's own page: its templates escape what the form holds.
    // nosemgrep: browser-html-from-data
    if (!found.problems.length) this.#at('seen').innerHTML = found.html;
  }

  #try(event) {
    event.preventDefault();
    const button = event.target.closest('button'), form = button.form;
    const typed = new FormData(form);
    if (button.name) typed.append(button.name, button.value);
    const facts = new URLSearchParams(typed);
    facts.set('proev', button.dataset.try ? 'send' : 'vis');
    facts.set('csrf', this.about.csrf);
    facts.set('form', JSON.stringify(this.schema()));
    // As above.
    // nosemgrep: browser-html-from-data
    fetch(this.about.seen, { method: 'POST', headers: { Accept: 'application/json' }, body: facts }).then(answer => answer.json()).then(found => { this.#at('seen').innerHTML = found.html; });
  }

  async #delete() {
    const { status, body } = await this.saving.ask('PUT', this.saving.address, { forms: { [this.about.name]: null }, version: this.saving.version });
    this.saving.dirty = false;
    if (status === 200) location.href = this.#at('delete').dataset.to;
    else this.saving.say(body.message);
  }
}

/** Without what is undefined, and without the rows that form-js gives each field for columns beside each other. */
function clean(value) {
  if (Array.isArray(value)) return value.map(clean);
  if (!value || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).filter(([ name, one ]) => one !== undefined && name !== 'layout' && !name.startsWith('_')).map(([ name, one ]) => [ name, clean(one) ]));
}

customElements.define('st-form-editor', Editor);
