import importlib
import json
import os
import pickle
import subprocess

import yaml

from engine import feel


def runs(text, name):
    # ruleid: code-from-data
    eval(text)
    # ruleid: code-from-data
    exec(text)
    # ruleid: code-from-data
    compile(text, "diagram", "eval")
    # ruleid: code-from-data
    importlib.import_module(name)
    # ok: code-from-data
    importlib.import_module("stafet.commands")
    # ok: code-from-data
    feel.compile(text).evaluate({})


def objects(data):
    # ruleid: objects-from-bytes
    pickle.loads(data)
    # ok: objects-from-bytes
    return json.loads(data)


def read(text):
    # ruleid: yaml-that-makes-objects
    yaml.load(text, Loader=yaml.Loader)
    # ruleid: yaml-that-makes-objects
    yaml.load_all(text, Loader=getattr(yaml, "CLoader", yaml.SafeLoader))
    # ruleid: yaml-that-makes-objects
    yaml.full_load(text)
    # ok: yaml-that-makes-objects
    yaml.load(text, Loader=yaml.CSafeLoader)
    # ok: yaml-that-makes-objects
    yaml.safe_load(text)


def starts(words):
    # ruleid: another-program
    subprocess.run(words)
    # ruleid: another-program
    os.system(words)
    # ruleid: another-program
    os.execvp(words[0], words)
    # ok: another-program
    os.getpid()
