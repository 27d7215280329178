"""A form with a file, written out: the test client's own writer spools what is large to a file that nobody closes."""

from __future__ import annotations

from collections.abc import Mapping

KIND = "multipart/form-data; boundary=x"


def multipart(fields: Mapping[str, str], part: str, name: str, data: bytes) -> bytes:
    """The body, to be sent as `KIND`; `part` is the field of the file, `name` what it is called."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in fields.items()
    ]
    head = f'--x\r\nContent-Disposition: form-data; name="{part}"; filename="{name}"\r\n\r\n'
    return ("".join(parts) + head).encode() + data + b"\r\n--x--\r\n"
