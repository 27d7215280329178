// <st-studio>: a pathway being drawn.  `saving.js` saves it a moment after each change; what the server's lint says is
// marked on the drawing and listed.  The properties are `studio-properties.js`, the agreement beside the drawing
// `studio-clauses.js`, pieces to put in `studio-templates.js`, the Danish words `studio-words.js`.
import Modeler from 'bpmn-js/lib/Modeler';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn.css';
import minimap from 'diagram-js-minimap';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';
import './studio.css';
import ours from './studio-moddle.json';
import { Properties } from './studio-properties.js';
import danish, { missed } from './studio-words.js';
import { Clauses } from './studio-clauses.js';
import { copyBetween } from './studio-copy.js';
import { Brought } from './studio-brought.js';
import { Templates } from './studio-templates.js';
import steps from './studio-steps.js';
import { inDanish } from './fixed-words.js';
import { Saving } from './saving.js';
import { drawn, undrawn } from './studio-undrawn.js';

/** Attributes whose word in the panel goes by another name. */
const FIELDS = { klausul: 'clauses', fristKlausul: 'clauses' };

class Studio extends HTMLElement {
  async connectedCallback() {
    this.about = JSON.parse(this.querySelector('[data-about]').textContent);
    this.words = this.about.words;
    this.missed = missed;
    this.modeler = new Modeler({
      container: this.#at('canvas'), moddleExtensions: { stafet: ours },
      additionalModules: [ minimap, steps, ...(document.documentElement.lang === 'da' ? [ danish ] : []) ],
    });
    this.brought = new Brought(this.#at('brought'), this.about);
    this.saving = new Saving(this, this.about, {
      what: async () => { this.xml = (await this.modeler.saveXML({ format: true })).xml; return { bpmn: this.xml, ...this.brought.named(this.xml) }; },
      draw: draft => this.#draw(draft), done: () => { this.brought.saved(); this.#lint(this.xml); },
    });
    this.properties = new Properties(this.#at('properties'), this.modeler, this.about, this.saving);
    this.clauses = new Clauses(this.#at('clauses'), this.modeler, this.about, element => this.#go(element.id));
    if (this.about.may) this.templates = new Templates(this.#at('templates'), this.modeler, this.about);
    copyBetween(this.modeler, {
      beside: () => this.brought.beside, copied: () => this.saving.say(this.words.pasted), came: files => this.brought.came(files),
    });
    inDanish(this.#at('canvas'));
    this.#buttons();
    await this.#draw((await this.saving.ask('GET', this.saving.address)).body);
    this.#go(decodeURIComponent(location.hash.slice(1)));
    if (this.about.may) this.modeler.on('commandStack.changed', () => this.saving.changed());
  }

  #at(name) { return this.querySelector(`[data-${name}]`); }

  async #draw({ bpmn, version, ...beside }) {
    this.saving.version = version;
    this.brought.draws(beside);
    if (undrawn(bpmn)) return this.#drawFirst(bpmn);
    await this.#show(bpmn);
    await this.#lint(bpmn);
  }

  async #show(bpmn) {
    try {
      await this.modeler.importXML(bpmn);
      this.#fit();
      return true;
    } catch {
      this.saving.say(this.words.unreadable);
      return false;
    }
  }

  /** A file without a drawing gets one, which is kept with the draft. */
  async #drawFirst(bpmn) {
    this.saving.say(this.words.draws);
    await this.#lint(bpmn);
    const found = await drawn(bpmn, this.about.drawer);
    if (!found || !await this.#show(found.xml)) return this.saving.say(this.words.undrawn);
    // Only a draft is kept: whoever looks at what is in force begins none.
    if (this.about.may && this.saving.version) await this.saving.keep();
    this.saving.say(found.skipped.length ? this.words.partly.replace('%(names)s', found.skipped.join(', ')) : this.words.drawn);
  }

  async #lint(bpmn) {
    if (!this.about.may) return;
    const { agreement, key } = this.about;
    const { status, body } = await this.saving.ask('POST', '/api/v1/processes/lint', { bpmn, agreement, key });
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
    hint.textContent = this.#inWords(one.hint);
    row.append(kind, link, hint);
    return row;
  }

  /** What a diagram's file calls an attribute is a field of the panel here. */
  #inWords(hint) {
    const field = name => FIELDS[name] ?? name;
    const said = hint.replace(/stafet:(\w+)/g, (all, name) => typeof this.words[field(name)] === 'string' ? `»${this.words[field(name)]}«` : all);
    return said.replace(/(»[^«]+«) \w+ \1/g, '$1');
  }

  #go(id) {
    const element = this.modeler.get('elementRegistry').get(id);
    if (!element) return;
    this.modeler.get('canvas').scrollToElement(element);
    this.modeler.get('selection').select(element);
  }

  /** The whole drawing, beside the palette; on a narrow page below it. */
  #fit() {
    const canvas = this.modeler.get('canvas'), { width, height } = this.#at('canvas').getBoundingClientRect();
    const palette = this.querySelector('.djs-palette')?.getBoundingClientRect(), above = palette?.width > width / 2;
    const left = palette && !above ? palette.width + 30 : 10, top = above ? palette.height + 20 : 10;
    canvas.zoom('fit-viewport');
    const { inner } = canvas.viewbox();
    const scale = Math.min(1, (width - left - 10) / inner.width, (height - top - 40) / inner.height);
    canvas.viewbox({ x: inner.x - left / scale, y: inner.y - top / scale, width: width / scale, height: height / scale });
  }

  #buttons() {
    const get = name => this.modeler.get(name);
    const acts = {
      undo: () => get('commandStack').undo(), redo: () => get('commandStack').redo(), find: () => get('searchPad').toggle(),
      fit: () => this.#fit(), map: () => get('minimap').toggle(), in: () => get('zoomScroll').stepZoom(1), out: () => get('zoomScroll').stepZoom(-1),
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
