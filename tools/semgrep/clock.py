import os
import time
from datetime import datetime as moment
from time import time as seconds


def step(now):
    # ruleid: clock-below-the-edges
    moment.now()
    # ruleid: clock-below-the-edges
    seconds()
    # ok: clock-below-the-edges
    time.monotonic()
    # ok: clock-below-the-edges
    return now


def settings(given):
    # ruleid: settings-come-in
    os.environ["STAFET_KEYS"]
    # ok: settings-come-in
    return given.keys
