"""What a page may load and run (only what we serve ourselves, no script or style inside a page), and how one comes."""

from __future__ import annotations

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: For a year, where the installation says that it is behind HTTPS (`STAFET_SECURE_COOKIES`).
HTTPS_ONLY = "max-age=31536000"
