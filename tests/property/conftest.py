"""Hypothesis for all promises: no clock (the machines are slow and shared), and many more examples in `make soak`."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("short", deadline=None)
settings.register_profile("long", deadline=None, max_examples=3_000)
settings.load_profile("long" if os.environ.get("STAFET_SOAK") else "short")
