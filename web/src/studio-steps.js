// A step that is drawn is somebody's work: the plain task of BPMN, which nobody gets, is made only by choosing it.
class Steps {
  constructor(elementFactory) {
    const create = elementFactory.create.bind(elementFactory);
    elementFactory.create = (kind, facts) => create(kind, isPlain(facts) ? { ...facts, type: 'bpmn:UserTask' } : facts);
  }
}
Steps.$inject = [ 'elementFactory' ];

// What is read from a file, or changed into another kind, brings its own business object.
const isPlain = facts => facts?.type === 'bpmn:Task' && !facts.businessObject;

export default { __init__: [ 'steps' ], steps: [ 'type', Steps ] };
