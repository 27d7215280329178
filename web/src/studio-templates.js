// Our own pieces of a pathway, ready to be put into a drawing: more than one element where one alone would mean nothing.
import { made } from './saving.js';

const RUN = 60, ORDER = [ 'frist', 'accept', 'samtykke', 'moede', 'tabel', 'paamindelse', 'del' ];

export class Templates {
  constructor(box, modeler, about) {
    Object.assign(this, { modeler, words: about.words.made, about });
    for (const name of ORDER) {
      const button = made('button', about.words.templates[name], { type: 'button' });
      button.addEventListener('click', event => this.#begin(event, this[name]()));
      box.append(button);
    }
  }

  frist() { return [ this.#task(this.words.task, { 'stafet:frist': '3 hverdage' }) ]; }

  accept() {
    const each = this.#make('bpmn:MultiInstanceLoopCharacteristics', { 'stafet:gentagFor': '=parter', 'stafet:hver': 'part', 'stafet:saml': 'svar' });
    const task = this.#task(this.words.answer, { 'stafet:frist': '3 hverdage', 'stafet:form': 'accept', loopCharacteristics: each });
    return this.#row(task, this.#shape('bpmn:ExclusiveGateway', { name: this.words.all }));
  }

  samtykke() {
    const ask = this.#task(this.words.ask, {}), given = this.#shape('bpmn:ExclusiveGateway', { name: this.words.given });
    const noted = this.#shape('bpmn:IntermediateThrowEvent', { name: this.words.noted, 'stafet:grundlag': 'samtykke', 'stafet:grundlagFor': '=parter' });
    return this.#row(ask, given, noted);
  }

  moede() {
    const invite = this.#task(this.words.invite, { 'stafet:frist': '5 hverdage' });
    const held = this.about.pathways.find(key => key.endsWith('moedeafholdelse'));
    return this.#row(invite, held ? this.#shape('bpmn:CallActivity', { name: this.words.hold, calledElement: held }) : this.#task(this.words.hold, {}));
  }

  tabel() { return [ this.#shape('bpmn:BusinessRuleTask', { name: this.words.look, 'stafet:beslutning': this.about.tables[0], 'stafet:resultat': 'svar_fra_tabel' }) ]; }

  paamindelse() {
    const timer = this.#make('bpmn:TimerEventDefinition', { timeDuration: this.#make('bpmn:FormalExpression', { body: '="2 hverdage"' }) });
    return this.#row(this.#shape('bpmn:IntermediateCatchEvent', { name: this.words.wait, eventDefinitions: [ timer ] }), this.#task(this.words.remind, {}));
  }

  del() { return [ this.#shape('bpmn:CallActivity', { name: this.words.part, calledElement: this.about.pathways.find(key => key.startsWith('faelles-')) }) ]; }

  #make(type, facts) { return this.modeler.get('bpmnFactory').create(type, facts); }

  #task(name, facts) { return this.#shape('bpmn:UserTask', { name, ...facts }); }

  #shape(type, facts) {
    const known = Object.fromEntries(Object.entries(facts).filter(([ , value ]) => value !== undefined));
    const shape = this.modeler.get('elementFactory').createShape({ type, businessObject: this.#make(type, known) });
    return Object.assign(shape, { x: 0, y: 0 });
  }

  /** One after the other, joined by arrows. */
  #row(...shapes) {
    let x = 0;
    for (const shape of shapes) {
      Object.assign(shape, { x, y: 40 - shape.height / 2 });
      x += shape.width + RUN;
    }
    const arrows = shapes.slice(1).map((target, nth) => this.#arrow(shapes[nth], target));
    return [ ...shapes, ...arrows ];
  }

  #arrow(source, target) {
    const waypoints = [ { x: source.x + source.width, y: 40 }, { x: target.x, y: 40 } ];
    return this.modeler.get('elementFactory').createConnection({ type: 'bpmn:SequenceFlow', source, target, waypoints });
  }

  #begin(event, elements) {
    // With a mouse it hangs on the pointer until it is put down; with the keyboard it is put into the chosen lane.
    if (event.detail) return this.modeler.get('create').start(event, elements);
    const viewbox = this.modeler.get('canvas').viewbox();
    const root = this.modeler.get('canvas').getRootElement(), chosen = this.modeler.get('selection').get()[0];
    const lane = this.modeler.get('elementRegistry').find(one => one.type === 'bpmn:Participant') ?? root;
    const at = chosen ? { x: chosen.x + chosen.width + 140, y: chosen.y + chosen.height / 2 } : { x: viewbox.x + viewbox.width / 2, y: viewbox.y + viewbox.height / 2 };
    const placed = this.modeler.get('modeling').createElements(elements, at, lane);
    this.modeler.get('selection').select(placed.find(one => !one.waypoints));
  }
}
