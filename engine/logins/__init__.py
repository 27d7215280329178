"""Who is it?  Passwords, web sessions and bearer tokens.

loading.py     a person with today's memberships
passwords.py   argon2id; an attempt counts as failed from its beginning until it has succeeded, in the database, so
               that guessing is slow on all servers at once, and in parallel too
sessions.py    of browsers; tokens.py: of programs and calendars.  Only the SHA-256 of a secret is kept
"""

from engine.logins.loading import actor
from engine.logins.passwords import PER_ADDRESS, PER_LOGIN, WINDOW, hash_password, log_in
from engine.logins.sessions import COOKIE, CSRF_HEADER, IDLE, LONGEST, Session, log_out, session
from engine.logins.tokens import bearer, drop_feed, fed, feed_of, make_feed, make_token

__all__ = [
    "COOKIE", "CSRF_HEADER", "IDLE", "LONGEST", "PER_ADDRESS", "PER_LOGIN", "WINDOW", "Session", "actor", "bearer",
    "drop_feed", "fed", "feed_of", "hash_password", "log_in", "log_out", "make_feed", "make_token", "session",
]  # fmt: skip
