"""Our layer over SpiffWorkflow: the only room, with `engine/pathway.py`, that imports it.

    drawing.py   the XML as frozen values: nodes, flows, lanes, our attributes; refuses what we cannot run
    nodes.py     what each kind of node does when a token comes: SpiffWorkflow task specs of ours
    scopes.py    activities: what they open, wait for and close; rounds, sub-processes, called parts
    events.py    catching and throwing: messages, timers, signals, errors, escalations, conditions
    run.py       one run from an event until nobody can move by himself: a SpiffWorkflow workflow
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
