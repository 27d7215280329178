"""Cases: find one, open one, see one, and start or report something on it.

A search is a POST and its words never stand in an address: they are names and CPR numbers.
"""

from __future__ import annotations
