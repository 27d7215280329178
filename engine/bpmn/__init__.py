"""Our layer over SpiffWorkflow: the only room, with `engine/pathway.py`, that imports it.

    drawing.py   the XML as frozen values, read strictly (parsing, allowed, pools, reading, rules; values in shapes)
    plan.py      a version with every expression compiled
    nodes.py     what each kind of node does when a token comes: SpiffWorkflow task specs of ours; specs.py  a process
    scopes.py    the instance, sub-processes, called parts: what they open, listen for and close
    rounds.py    what is done several times; joins.py  gateways that wait for tokens
    events.py    catching: messages, timers, signals, errors, escalations, conditions; throwing.py  who hears
    data.py      the values that a token sees; duties.py  parties, deadlines, messages
    run.py       one run from an event until nobody can move by himself: a SpiffWorkflow workflow
    picture.py   what there is to see afterwards; operate.py  what an operator does beside the diagram
    timers.py    when a timer falls due, on a clock that is given
    codec.py     the state as text

A token is a SpiffWorkflow `Task`.  Its parent is the scope it stands in (not its predecessor, as stock has
it), and a token that has gone on is taken away at once: so a state holds what is alive and nothing else, a
join counts tokens on its own incoming flows, and a loop costs the same on its thousandth turn.
"""

import logging

# SpiffWorkflow builds a dump of the whole instance for each state change unless its loggers are quiet.
for _name in ("spiff.workflow", "spiff.task", "spiff"):
    logging.getLogger(_name).setLevel(logging.WARNING)
