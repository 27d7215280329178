"""Who is it?  Passwords, web sessions and bearer tokens.

loading.py     a person with today's memberships
passwords.py   argon2id; an attempt counts as failed from its beginning until it has succeeded, in the database, so
               that guessing is slow on all servers at once, and in parallel too
sessions.py    of browsers; tokens.py: of programs and calendars.  Only the SHA-256 of a secret is kept
"""

from engine.logins.begun import WITHIN, Begun, Carried, begin_request, take_request
from engine.logins.linking import await_person, linked, unlink
from engine.logins.loading import actor
from engine.logins.passwords import PER_ADDRESS, PER_LOGIN, WINDOW, hash_password, log_in
from engine.logins.provided import (
    Proof,
    Terms,
    end_elsewhere,
    log_in_vouched,
    note_refusal,
    proof_of,
)
from engine.logins.sessions import COOKIE, CSRF_HEADER, IDLE, LONGEST, Session, log_out, session
from engine.logins.tokens import (
    SCOPES,
    Token,
    bearer,
    drop_feed,
    drop_token,
    fed,
    feed_of,
    make_feed,
    make_token,
    tokens,
)
from engine.logins.vouched import Rules, Vouched

__all__ = [
    "COOKIE",
    "CSRF_HEADER",
    "IDLE",
    "LONGEST",
    "PER_ADDRESS",
    "PER_LOGIN",
    "SCOPES",
    "WINDOW",
    "WITHIN",
    "Begun",
    "Carried",
    "Proof",
    "Rules",
    "Session",
    "Terms",
    "Token",
    "Vouched",
    "actor",
    "await_person",
    "bearer",
    "begin_request",
    "drop_feed",
    "drop_token",
    "end_elsewhere",
    "fed",
    "feed_of",
    "hash_password",
    "linked",
    "log_in",
    "log_in_vouched",
    "log_out",
    "make_feed",
    "make_token",
    "note_refusal",
    "proof_of",
    "session",
    "take_request",
    "tokens",
    "unlink",
]  # fmt: skip
