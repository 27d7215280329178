// The properties of the chosen element: a plain form, each change one step that can be undone.

import { suggested } from './saving.js';
import { pathwayOf, whom } from './studio-whom.js';

/** Where FEEL can stand, and what can have a deadline. */
const EXPRESSIONS = new Set([ 'condition', 'fra', 'til', 'frist' ]);
const WAITS = /Task$|CallActivity|SubProcess|IntermediateCatchEvent/;

export class Properties {
  constructor(box, modeler, about, saving) {
    Object.assign(this, { box, modeler, about, saving, words: about.words });
    modeler.on('selection.changed', ({ newSelection }) => this.show(newSelection.length === 1 ? newSelection[0] : null));
    modeler.on('element.changed', ({ element }) => element === this.element && !this.box.contains(document.activeElement) && this.show(this.chosen));
    modeler.on('import.done', () => this.show(null));
    this.show(null);
  }

  show(element) {
    this.chosen = element;
    // A label is the element that it names; where nothing is chosen, the pathway itself is.
    this.element = element?.labelTarget ?? element ?? pathwayOf(this.modeler);
    const object = this.element?.businessObject;
    if (object && (!element || object.processRef)) return this.#pathway(object.processRef ?? object, Boolean(element));
    if (!object || !object.$instanceOf('bpmn:FlowElement') && !object.$instanceOf('bpmn:Lane')) {
      this.box.replaceChildren(text('p', this.words.nothing, 'st-muted'));
      return;
    }
    const kind = object.$type.replace('bpmn:', '');
    const rows = [ this.#field('name', 'name', object.name ?? '', value => this.#set({ name: value })) ];
    if (kind === 'SequenceFlow') rows.push(this.#condition(object));
    else if (kind !== 'Lane') rows.push(...this.#ours(object, kind));
    this.box.replaceChildren(...rows, text('p', `${kind} · ${object.id}`, 'st-id'));
    this.#locked();
  }

  /** The pathway as a whole: on whose cases it runs. */
  #pathway(process, picked) {
    const set = om => { this.modeler.get('modeling').updateModdleProperties(this.element, process, { 'stafet:om': om }); };
    const rows = picked ? [ this.#field('name', 'name', this.element.businessObject.name ?? '', value => this.#set({ name: value })) ] : [];
    this.box.replaceChildren(...picked ? [] : [ text('p', this.words.nothing, 'st-muted') ], ...rows, whom(process, this.words, set), text('p', `Process · ${process.id}`, 'st-id'));
    this.#locked();
  }

  #ours(object, kind) {
    const lane = this.#lane(object);
    const rows = lane ? [ pair(this.words.lane, lane) ] : [];
    if (/UserTask|Event$/.test(kind)) rows.push(this.#choice('form', object, [ '', ...this.about.forms ]), this.#beside('form', object));
    if (kind === 'BusinessRuleTask') rows.push(this.#choice('beslutning', object, [ '', ...this.about.tables ]), this.#beside('table', object), this.#own('resultat', object));
    if (kind === 'CallActivity') rows.push(this.#called(object));
    if (/^(Ex|In)clusiveGateway$/.test(kind) && this.element.outgoing.length > 1) rows.push(this.#own('tomt', object, 'textarea'));
    rows.push(this.#clauses(object));
    if (WAITS.test(kind)) rows.push(...this.#deadline(object));
    if (/UserTask|SendTask|ThrowEvent|EndEvent/.test(kind)) rows.push(...[ 'besked', 'titel', 'til' ].map(name => this.#own(name, object)));
    return rows;
  }

  #lane(object) {
    const lanes = this.modeler.get('elementRegistry').filter(one => one.type === 'bpmn:Lane');
    return lanes.find(one => (one.businessObject.flowNodeRef ?? []).includes(object))?.businessObject.name;
  }

  #own(name, object, tag) {
    return this.#field(name, name, object.get(`stafet:${name}`) ?? '', value => this.#set({ [`stafet:${name}`]: value || undefined }), tag);
  }

  #deadline(object) {
    const field = this.#own('frist', object), said = text('p', '', 'st-preview');
    said.setAttribute('role', 'status');
    const input = field.querySelector('input');
    let waiting;
    const preview = async () => {
      if (!input.value.trim()) return void (said.textContent = '');
      const answer = await fetch(`${this.about.preview}?frist=${encodeURIComponent(input.value)}`).catch(() => null);
      if (!answer?.ok) return;
      const found = await answer.json();
      said.textContent = found.said ?? found.problem;
      said.classList.toggle('is-wrong', Boolean(found.problem));
    };
    input.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(preview, 250); });
    preview();
    return [ field, said, this.#own('fra', object) ];
  }

  /** The way to the form or table that is chosen, or to a new one. */
  #beside(kind, object) {
    const attribute = kind === 'form' ? 'form' : 'beslutning', name = object.get(`stafet:${attribute}`), there = this.about[`${kind}s`].includes(name);
    const row = text('div', '', 'st-beside');
    if (there) {
      row.append(Object.assign(text('a', this.words[`open_${kind}`], ''), { href: this.about[kind].replace(/_$/, name) }));
      return row;
    }
    const id = `p-new-${kind}`, label = Object.assign(text('label', this.words[`${kind}_name`], 'form-label'), { htmlFor: id });
    const input = Object.assign(document.createElement('input'), { id, className: 'form-input', value: name ?? suggested(object.name) });
    const button = Object.assign(text('button', this.words[`new_${kind}`], 'button button-secondary'), { type: 'button' });
    button.addEventListener('click', async () => {
      const chosen = suggested(input.value);
      if (!chosen) return input.focus();
      this.#set({ [`stafet:${attribute}`]: chosen });
      await this.saving.keep();
      if (!this.saving.dirty) location.href = this.about[kind].replace(/_$/, chosen);
    });
    row.append(label, input, button);
    return row;
  }

  #called(object) {
    const [ row, id ] = labelled(this.words.called, 'called'), list = document.createElement('select'), now = object.calledElement ?? '';
    Object.assign(list, { id, className: 'form-select' });
    for (const value of new Set([ '', now, ...this.about.pathways ])) list.add(new Option(value || this.words.none, value, false, value === now));
    list.addEventListener('change', () => this.#set({ calledElement: list.value || undefined }));
    row.append(list);
    return row;
  }

  #choice(name, object, options) {
    const [ row, id ] = labelled(this.words[name], name);
    const list = document.createElement('select');
    Object.assign(list, { id, className: 'form-select' });
    const now = object.get(`stafet:${name}`) ?? '';
    for (const value of new Set([ ...options, now ])) list.add(new Option(value || this.words.none, value, false, value === now));
    list.addEventListener('change', () => this.#set({ [`stafet:${name}`]: list.value || undefined }));
    row.append(list);
    return row;
  }

  #clauses(object) {
    const [ row, id ] = labelled(this.words.clauses, 'klausul');
    const chosen = (object.get('stafet:klausul') ?? '').split(/\s+/).filter(Boolean);
    const keep = ids => { this.#set({ 'stafet:klausul': ids.join(' ') || undefined }); this.show(this.chosen); };
    const list = document.createElement('ul');
    list.className = 'st-clauses no-max-width';
    for (const one of chosen) {
      const item = text('li', '', ''), button = text('button', this.words.remove, '');
      button.type = 'button';
      button.addEventListener('click', () => keep(chosen.filter(other => other !== one)));
      item.append(text('b', one, 'st-id'), text('span', this.about.clauses.find(c => c.id === one)?.text ?? '', ''), button);
      list.append(item);
    }
    const more = document.createElement('select');
    Object.assign(more, { id, className: 'form-select' });
    more.add(new Option(this.words.add_clause, ''));
    for (const one of this.about.clauses.filter(c => !chosen.includes(c.id))) more.add(new Option(`${one.id} ${one.text.slice(0, 70)}`, one.id));
    more.addEventListener('change', () => more.value && keep([ ...chosen, more.value ]));
    row.append(list, more);
    return row;
  }

  #condition(object) {
    return this.#field('condition', 'condition', object.conditionExpression?.body ?? '', value => this.#set({
      conditionExpression: value ? this.modeler.get('moddle').create('bpmn:FormalExpression', { body: value }) : undefined,
    }));
  }

  #field(name, word, value, keep, tag = 'input') {
    const [ row, id ] = labelled(this.words[word], name);
    const hint = this.words[`${word}_hint`];
    if (hint) row.append(Object.assign(text('span', hint, 'form-hint'), { id: `${id}-hint` }));
    const input = Object.assign(document.createElement(tag), { id, className: 'form-input', value });
    if (hint) input.setAttribute('aria-describedby', `${id}-hint`);
    if (tag === 'textarea') input.rows = 4;
    // An attribute of the file holds no line break.
    input.addEventListener('change', () => keep(input.value.trim().replace(/\s*\n\s*/g, ' ')));
    row.append(input);
    if (EXPRESSIONS.has(name)) row.append(this.#judged(input, name));
    return row;
  }

  /** What the server says of an expression while it is typed, and the names that it may use. */
  #judged(input, name) {
    const said = text('p', '', 'st-judged'), list = document.createElement('datalist');
    said.setAttribute('role', 'status');
    list.id = `${input.id}-names`;
    let waiting;
    const judge = async () => {
      const value = input.value.trim();
      // A deadline and a receiver are words; only what begins with = is an expression there.
      if (!value || name !== 'condition' && name !== 'fra' && !value.startsWith('=')) return void (said.textContent = '');
      const found = await this.saving.post(this.about.expression, { udtryk: value }).catch(() => null);
      if (!found || input.value.trim() !== value) return;
      said.textContent = found.problem;
      said.classList.toggle('is-wrong', Boolean(found.problem));
      const start = value.match(/^(.*?)([A-Za-zÆØÅæøå_0-9]*)$/), near = start ? found.known.filter(one => start[2] && one.startsWith(start[2]) && one !== start[2]) : [];
      list.replaceChildren(...near.slice(0, 12).map(one => new Option(one, start[1] + one)));
    };
    input.addEventListener('input', () => { clearTimeout(waiting); waiting = setTimeout(judge, 250); });
    input.setAttribute('list', list.id);
    input.autocomplete = 'off';
    judge();
    const box = text('div', '', '');
    box.append(said, list);
    // A deadline and a receiver are mostly words.
    if (name === 'condition' || name === 'fra') box.append(this.#help(input));
    return box;
  }

  /** Examples of expressions and the names that this one may use; a press puts the name in. */
  #help(input) {
    const box = document.createElement('details'), names = text('p', '', 'st-names');
    const examples = document.createElement('dl');
    for (const [ sample, meaning ] of this.words.feel_samples) examples.append(text('dt', sample, 'st-id'), text('dd', meaning, ''));
    box.className = 'st-feel-help';
    box.append(text('summary', this.words.feel_help, ''), examples, text('b', this.words.feel_names, ''), names);
    box.addEventListener('toggle', async () => {
      if (!box.open || names.children.length) return;
      const found = await this.saving.post(this.about.expression, { udtryk: '=null' }).catch(() => null);
      names.replaceChildren(...(found?.known ?? []).map(name => {
        const button = Object.assign(text('button', name, 'st-id'), { type: 'button' });
        // The field keeps the focus: what is typed in it is not done yet.
        button.addEventListener('mousedown', event => event.preventDefault());
        button.addEventListener('click', () => {
          input.setRangeText(`${input.value ? '' : '='}${name}`, input.selectionStart, input.selectionEnd, 'end');
          input.dispatchEvent(new Event('input'));
          input.focus();
        });
        return button;
      }));
    });
    return box;
  }

  #set(values) { this.modeler.get('modeling').updateProperties(this.element, values); }

  #locked() {
    if (!this.about.may) this.box.querySelectorAll('input, select, button, textarea').forEach(one => { one.disabled = true; });
  }
}

function labelled(word, name) {
  const row = document.createElement('div'), label = document.createElement('label');
  row.className = 'form-group';
  Object.assign(label, { className: 'form-label', htmlFor: `p-${name}`, textContent: word });
  row.append(label);
  return [ row, label.htmlFor ];
}

function pair(name, value) {
  const row = text('p', '', 'st-pair');
  row.append(text('b', name, ''), text('span', value, ''));
  return row;
}

function text(tag, said, kind) {
  return Object.assign(document.createElement(tag), { textContent: said, className: kind });
}
