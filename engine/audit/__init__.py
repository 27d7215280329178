"""The audit chain: who saw or did what, so that a later change to it shows.

    writing.py    `Chains.record`: one entry inside the caller's transaction
    reading.py    `verify`: everything computed again; `fits`: is this the log's key
    hashes.py     what an entry's, a head's and a chain's hash are over

Each entry's hash is an HMAC over its content and the hash before it.  Every thread of every process writes a chain of
its own for each month, so nobody waits for a lock.  Row 0 of a chain is its head: an HMAC over the last entry and over
the chains that nobody followed yet when this one began.  Entry and head are one INSERT in the transaction that they
tell about.  `docs/security.md` says what that proves and what it cannot; `engine/checkpoint.py` keeps the ends of the
chains elsewhere.
"""

from engine.audit.reading import Ends, Readable, Verdict, fits, verify
from engine.audit.writing import Chains

__all__ = ["Chains", "Ends", "Readable", "Verdict", "fits", "verify"]
