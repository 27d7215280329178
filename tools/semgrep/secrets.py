import hashlib
import hmac
import random
import secrets

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def chance():
    # ruleid: chance-that-can-be-guessed
    random.choice("abc")
    # ok: chance-that-can-be-guessed
    return secrets.token_urlsafe(32)


def compared(session, token, given, table):
    # ruleid: secret-compared-by-letters
    token == given
    # ruleid: secret-compared-by-letters
    session.csrf != given
    # ok: secret-compared-by-letters
    hmac.compare_digest(token, given)
    # ok: secret-compared-by-letters
    session.number == given


def hashes(text):
    # ruleid: hash-that-is-broken
    hashlib.md5(text)
    # ruleid: hash-that-is-broken
    hmac.new(b"key", text, "sha1")
    # ok: hash-that-is-broken
    return hashlib.sha256(text)


def sealed(key):
    # ruleid: cipher-of-its-own
    Fernet(key)
    # ruleid: cipher-of-its-own
    AESGCM(key)
    # ok: cipher-of-its-own
    return hmac.digest(key, b"", "sha256")
