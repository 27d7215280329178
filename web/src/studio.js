// <st-studio>: a pathway being drawn.  Saves and lints over the API a moment after each change; what the server says
// is marked on the drawing and listed.  The properties are `studio-properties.js`, the Danish words `studio-words.js`.
import Modeler from 'bpmn-js/lib/Modeler';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import './studio.css';
import ours from './studio-moddle.json';
import { Properties } from './studio-properties.js';
import danish from './studio-words.js';

/** How long nothing is drawn before it is saved, in milliseconds. */
const PAUSE = 900;

class Studio extends HTMLElement {
  async connectedCallback() {
    this.about = JSON.parse(this.querySelector('[data-about]').textContent);
    this.words = this.about.words;
    this.version = this.about.version;
    this.modeler = new Modeler({
      container: this.#at('canvas'), moddleExtensions: { stafet: ours },
      additionalModules: document.documentElement.lang === 'da' ? [ danish ] : [],
    });
    this.properties = new Properties(this.#at('properties'), this.modeler, this.about);
    this.#buttons();
    const draft = await this.#ask('GET', this.#draft);
    await this.#draw(draft.body);
    if (!this.about.may) return this.#say(this.words.read_only);
    this.modeler.on('commandStack.changed', () => this.#changed());
    addEventListener('beforeunload', event => this.dirty && event.preventDefault());
  }

  get #draft() { return `/api/v1/drafts/${this.about.agreement}/${this.about.key}`; }

  #at(name) { return this.querySelector(`[data-${name}]`); }

  #say(text) { this.#at('saved').textContent = text; }

  async #ask(method, address, body) {
    const headers = { Accept: 'application/json', 'X-CSRF-Token': this.about.csrf, 'Accept-Language': document.documentElement.lang };
    if (body) headers['Content-Type'] = 'application/json';
    const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  }

  async #draw({ bpmn, version }) {
    this.version = version;
    this.dirty = false;
    try {
      await this.modeler.importXML(bpmn);
      this.#fit();
    } catch (error) {
      this.#say(error.message);
    }
    await this.#lint(bpmn);
  }

  #changed() {
    this.dirty = true;
    this.#say(this.words.unsaved);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.#keep(), PAUSE);
  }

  async #keep() {
    // One save at a time: the next one goes over the number that this one gets.
    if (this.busy) return this.#changed();
    this.busy = true;
    this.#say(this.words.saving);
    try {
      const { xml } = await this.modeler.saveXML({ format: true });
      this.dirty = false;
      const { status, body } = await this.#ask('PUT', this.#draft, { bpmn: xml, version: this.version });
      if (status === 200) {
        this.version = body.version;
        this.#say(this.words.saved.replace('%(when)s', body.saved_at.slice(11, 16).replace(':', '.')));
      } else {
        this.dirty = true;
        this.#say(body.message);
        if (body.code === 'draft_changed') this.#conflict(body.errors ?? {});
      }
      await this.#lint(xml);
    } catch {
      this.dirty = true;
      this.#say(this.words.lost);
      this.waiting = setTimeout(() => this.#keep(), 5 * PAUSE);
    } finally {
      this.busy = false;
    }
  }

  #conflict(differences) {
    const box = this.#at('conflict');
    this.#at('differences').replaceChildren(...Object.values(differences).map(line));
    box.hidden = false;
    box.scrollIntoView({ block: 'nearest' });
    const settle = async mine => {
      const theirs = await this.#ask('GET', this.#draft);
      box.hidden = true;
      if (!mine) return this.#draw(theirs.body);
      this.version = theirs.body.version;
      await this.#keep();
    };
    this.#at('mine').onclick = () => settle(true);
    this.#at('theirs').onclick = () => settle(false);
  }

  async #lint(bpmn) {
    if (!this.about.may) return;
    const { agreement, key } = this.about;
    const { status, body } = await this.#ask('POST', '/api/v1/processes/lint', { bpmn, agreement, key });
    if (status !== 200) return;
    const found = body.items.filter(one => one.severity !== 'info');
    this.#mark(found);
    const errors = found.filter(one => one.severity === 'error').length;
    this.#at('count').textContent = found.length
      ? this.words.errors.replace('%(errors)s', errors).replace('%(warnings)s', found.length - errors) : this.words.no_findings;
    this.#at('findings').replaceChildren(...found.map(one => this.#finding(one)));
  }

  #mark(found) {
    const canvas = this.modeler.get('canvas'), known = this.modeler.get('elementRegistry');
    (this.marked ?? []).forEach(([ id, name ]) => known.get(id) && canvas.removeMarker(id, name));
    this.marked = found.filter(one => known.get(one.element)).map(one => [ one.element, `is-${one.severity}` ]);
    this.marked.forEach(([ id, name ]) => canvas.addMarker(id, name));
  }

  #finding(one) {
    const row = line('');
    row.className = `is-${one.severity}`;
    const link = document.createElement('button');
    link.type = 'button';
    link.textContent = one.message;
    link.addEventListener('click', () => this.#go(one.element));
    const kind = document.createElement('strong');
    kind.textContent = `${this.words[one.severity]}: `;
    const hint = document.createElement('span');
    hint.textContent = one.hint;
    row.append(kind, link, hint);
    return row;
  }

  #go(id) {
    const element = this.modeler.get('elementRegistry').get(id);
    if (!element) return;
    this.modeler.get('canvas').scrollToElement(element);
    this.modeler.get('selection').select(element);
  }

  /** The whole drawing, beside the palette. */
  #fit() {
    const canvas = this.modeler.get('canvas');
    canvas.zoom('fit-viewport');
    const { inner } = canvas.viewbox(), room = inner.width * 0.14;
    canvas.viewbox({ x: inner.x - room, y: inner.y - 20, width: inner.width + room + 20, height: inner.height + 40 });
  }

  #buttons() {
    const get = name => this.modeler.get(name);
    const acts = {
      undo: () => get('commandStack').undo(), redo: () => get('commandStack').redo(), find: () => get('searchPad').toggle(),
      fit: () => this.#fit(), in: () => get('zoomScroll').stepZoom(1), out: () => get('zoomScroll').stepZoom(-1),
    };
    for (const button of this.querySelectorAll('[data-do]')) button.addEventListener('click', acts[button.dataset.do]);
  }
}

function line(text) {
  const row = document.createElement('li');
  row.textContent = text;
  return row;
}

customElements.define('st-studio', Studio);
