// What a field of a staff form can have, as a plain form: docs/designers.md is the list, and nothing else is offered.
import { made, suggested } from './saving.js';

const options = () => [ { value: 'ja', label: 'Ja' }, { value: 'nej', label: 'Nej' } ];
const dated = subtype => () => ({ type: 'datetime', subtype, [subtype === 'time' ? 'timeLabel' : 'dateLabel']: '', ...(subtype === 'datetime' ? { timeLabel: '', timeSerializingFormat: 'utc_offset' } : {}) });

/** What the palette offers, and what each begins as. */
export const NEW = {
  textfield: () => ({ type: 'textfield' }), textarea: () => ({ type: 'textarea' }), number: () => ({ type: 'number' }),
  date: dated('date'), time: dated('time'), datetime: dated('datetime'), checkbox: () => ({ type: 'checkbox' }),
  radio: () => ({ type: 'radio', values: options() }), select: () => ({ type: 'select', values: options() }),
  checklist: () => ({ type: 'checklist', values: options() }), taglist: () => ({ type: 'taglist', values: options() }),
  group: () => ({ type: 'group', components: [] }), dynamiclist: () => ({ type: 'dynamiclist', components: [] }),
  expression: () => ({ type: 'expression', expression: '=' }), text: () => ({ type: 'text', text: '' }),
  table: () => ({ type: 'table', dataSource: '=', columns: [] }), separator: () => ({ type: 'separator' }), spacer: () => ({ type: 'spacer' }),
};
const ANSWERED = [ 'key', 'description', 'required' ], LAST = [ 'hide', 'readonly', 'eksempel' ], CHOICE = [ 'label', ...ANSWERED, 'values', 'valuesExpression', ...LAST ];
const HAS = {
  textfield: [ 'label', ...ANSWERED, 'minLength', 'maxLength', 'pattern', 'patternErrorMessage', 'validationType', ...LAST ],
  textarea: [ 'label', ...ANSWERED, 'minLength', 'maxLength', ...LAST ], number: [ 'label', ...ANSWERED, 'min', 'max', 'decimalDigits', ...LAST ],
  checkbox: [ 'label', ...ANSWERED, ...LAST ], radio: CHOICE, select: CHOICE, checklist: CHOICE, taglist: CHOICE,
  datetime: [ 'label', ...ANSWERED, 'tidligst', 'senest', 'disallowPassedDates', ...LAST ], group: [ 'label', 'path', 'hide' ],
  dynamiclist: [ 'label', 'path', 'required', 'defaultRepetitions', 'fixed', 'hide' ], expression: [ 'key', 'expression', 'vises_som', 'hide' ],
  text: [ 'text', 'hide' ], table: [ 'label', 'dataSource', 'columns', 'hide' ],
};
/** A new field with a word for what it is, until it gets its own name; without one form-js would write its English. */
export function named(field, word) {
  if (field.type === 'datetime') return { dateLabel: '', ...field, [field.subtype === 'time' ? 'timeLabel' : 'dateLabel']: word };
  return HAS[field.type]?.includes('label') ? { label: word, ...field } : field;
}

const IN_VALIDATE = new Set([ 'required', 'minLength', 'maxLength', 'pattern', 'patternErrorMessage', 'validationType', 'min', 'max' ]);
const OURS = new Set([ 'tidligst', 'senest', 'eksempel', 'vises_som' ]), TICKS = new Set([ 'required', 'readonly', 'disallowPassedDates', 'fixed' ]);
const NUMBERS = new Set([ 'minLength', 'maxLength', 'min', 'max', 'decimalDigits', 'defaultRepetitions' ]), LONG = new Set([ 'values', 'text', 'columns' ]);

/** A key as form-js makes it up. */
const GIVEN = /^(datetime|text[a-z]*|number|checkbox|checklist|radio|select|taglist|expression|group|dynamiclist)_[a-z0-9]+$/;

export class FormProperties {
  constructor(box, editor, about) {
    Object.assign(this, { box, editor, words: about.words, may: about.may });
    editor.on('selection.changed', ({ selection }) => this.show(selection));
    editor.on('formField.remove', () => this.show(null));
    this.show(null);
  }

  show(field) {
    this.field = field && field.type !== 'default' ? field : null;
    this.box.replaceChildren(...(this.field ? this.#field() : this.#form()));
    if (!this.may) this.box.querySelectorAll('input, select, textarea, button').forEach(one => { one.disabled = true; });
  }

  #field() {
    const name = this.field.type === 'datetime' ? this.field.subtype : this.field.type;
    return [ made('p', this.words.types[name] ?? name, { className: 'st-muted' }), ...(HAS[this.field.type] ?? []).map(one => this.#row(one)), this.#acts() ];
  }

  #row(name) {
    const value = this.#get(name), id = `f-${name}`, label = made('label', this.words.props[name], { className: 'form-label', htmlFor: id });
    const row = made('div', '', { className: 'form-group' });
    if (TICKS.has(name)) {
      const tick = made('input', '', { type: 'checkbox', id, className: 'form-checkbox', checked: Boolean(value) });
      tick.addEventListener('change', () => this.#set(name, tick.checked || undefined));
      const group = made('div', '', { className: 'form-group-checkbox' });
      group.append(tick, label);
      row.append(group);
      return row;
    }
    const input = name === 'validationType' ? this.#kinds(value) : made(LONG.has(name) ? 'textarea' : 'input', '', { className: 'form-input', value: value ?? '' });
    if (LONG.has(name)) input.rows = 4;
    input.id = id;
    input.addEventListener('change', () => this.#set(name, input.value.trim() || undefined));
    row.append(label, input);
    return row;
  }

  #kinds(value) {
    const list = made('select', '', { className: 'form-select' });
    for (const [ kind, word ] of Object.entries(this.words.slags)) list.add(new Option(word, kind, false, kind === (value ?? '')));
    return list;
  }

  #acts() {
    const box = made('div', '', { className: 'st-buttons' });
    const act = (word, done) => {
      const button = made('button', this.words[word], { type: 'button', className: 'button button-secondary' });
      button.addEventListener('click', done);
      box.append(button);
    };
    act('up', () => this.#move(-1));
    act('down', () => this.#move(1));
    act('remove', () => { const [ parent, at ] = this.#place(); this.editor.get('modeling').removeFormField(this.field, parent, at); this.show(null); });
    return box;
  }

  #place() {
    const parent = this.editor.get('formFieldRegistry').get(this.field._parent);
    return [ parent, parent.components.indexOf(this.field) ];
  }

  #move(by) {
    const [ parent, at ] = this.#place(), to = at + by;
    if (to < 0 || to >= parent.components.length) return;
    // Where it goes is counted before it is taken away.
    this.editor.get('modeling').moveFormField(this.field, parent, parent, at, by > 0 ? to + 1 : to, {}, {});
  }

  #get(name) {
    const field = this.field;
    if (name === 'label') return field.type === 'datetime' ? field.dateLabel || field.timeLabel : field.label;
    if (name === 'hide') return field.conditional?.hide;
    if (name === 'fixed') return field.allowAddRemove === false;
    if (name === 'values' || name === 'columns') return (field[name] ?? []).map(one => name === 'values' ? `${one.value} = ${one.label}` : `${one.key} = ${one.label}`).join('\n');
    return OURS.has(name) ? field.properties?.[name] : IN_VALIDATE.has(name) ? field.validate?.[name] : field[name];
  }

  #set(name, value) {
    this.editor.get('modeling').editFormField(this.field, this.#changed(name, NUMBERS.has(name) && value !== undefined ? numbered(value) : value));
    const now = this.editor.get('formFieldRegistry').get(this.field.id);
    if (now) this.field = now;
    // What nobody has named yet is named by its label.
    const named = name === 'label' && GIVEN.test(this.field.key ?? this.field.path ?? '') && suggested(value);
    if (named && !this.#taken(named)) this.#set(this.field.key ? 'key' : 'path', named);
    if (named) this.show(this.field);
  }

  #taken(key) { return this.editor.get('formFieldRegistry').getAll().some(one => one.key === key || one.path === key); }

  #changed(name, value) {
    const field = this.field;
    if (name === 'label' && field.type === 'datetime') return { ...(field.subtype !== 'time' && { dateLabel: value }), ...(field.subtype === 'time' && { timeLabel: value }) };
    if (name === 'hide') return { conditional: value && { ...field.conditional, hide: value.startsWith('=') ? value : `=${value}` } };
    if (name === 'fixed') return { allowAddRemove: value ? false : undefined };
    if (name === 'values') return { values: listed(value, 'value', field.values) };
    if (name === 'columns') return { columns: listed(value, 'key', []) };
    if (name === 'validationType') return { validate: tidy({ ...field.validate, validationType: value || undefined }) };
    if (OURS.has(name)) return { properties: tidy({ ...field.properties, [name]: value }) };
    if (IN_VALIDATE.has(name)) return { validate: tidy({ ...field.validate, [name]: value }) };
    return { [name]: value };
  }

  // ---- rules of the whole form ----
  #form() {
    const root = this.editor._getState().schema, rules = root?.properties?.stafet?.regler ?? [];
    const keep = changed => {
      const properties = { ...root.properties, stafet: { ...root.properties?.stafet, regler: changed } };
      this.editor.get('modeling').editFormField(root, { properties });
      this.show(null);
    };
    const rows = rules.map((rule, nth) => this.#rule(rule, nth, one => keep(rules.map((old, at) => at === nth ? one : old)), () => keep(rules.filter(old => old !== rule))));
    const more = made('button', this.words.add_rule, { type: 'button', className: 'button button-secondary' });
    more.addEventListener('click', () => keep([ ...rules, { felt: '', besked: '' } ]));
    return [ made('p', root?.components?.length ? this.words.choose : this.words.empty, { className: 'st-muted' }), made('h3', this.words.rules), ...rows, more ];
  }

  #rule(rule, nth, keep, drop) {
    const box = made('fieldset', '', { className: 'st-rule' });
    for (const name of [ 'felt', 'når', 'udtryk', 'besked' ]) {
      const word = this.words.rule[name], id = `r-${nth}-${name}`, input = made('input', '', { id, className: 'form-input', value: rule[name] ?? '' });
      input.addEventListener('change', () => keep(tidy({ ...rule, [name]: input.value.trim() || undefined }, name === 'felt' || name === 'besked')));
      box.append(made('label', word, { className: 'form-label', htmlFor: id }), input);
    }
    const away = made('button', this.words.drop, { type: 'button', className: 'button button-tertiary' });
    away.addEventListener('click', drop);
    box.append(away);
    return box;
  }
}

/** `ja = Ja` on each line; a value that was a number or yes/no stays one. */
function listed(text, key, before) {
  const old = new Map((before ?? []).map(one => [ String(one.value), one.value ]));
  return (text ?? '').split('\n').map(line => line.trim()).filter(Boolean).map(line => {
    const [ value, ...label ] = line.split('=').map(part => part.trim());
    return { [key]: old.has(value) ? old.get(value) : value, label: label.join('=') || value };
  });
}

function numbered(text) {
  const number = Number(text.replace(',', '.'));
  return Number.isNaN(number) ? text : number;
}

function tidy(facts) {
  const kept = Object.entries(facts).filter(([ , value ]) => value !== undefined);
  return kept.length ? Object.fromEntries(kept) : undefined;
}
