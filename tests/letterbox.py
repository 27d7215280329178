"""A real mail server for tests: takes mail over STARTTLS and a password, and refuses what it is told to.

with letterbox(folder) as box:      # box.server is what `STAFET_MAIL_*` would say; box.mails what came
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.where import MailServer

USER, PASSWORD = "stafet", "hemmelig-nok"


@dataclass
class Letterbox:
    """What came, and what is answered instead of taking it: `refuses` {"RCPT": …, "DATA": …}."""

    server: MailServer
    mails: list[EmailMessage] = field(default_factory=list)
    tos: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(self, _s: Any, _x: Any, envelope: Any, address: str, _o: Any) -> str:
        if "RCPT" in self.refuses:
            return self.refuses["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if "DATA" in self.refuses:
            return self.refuses["DATA"]
        self.mails.append(
            cast(EmailMessage, message_from_bytes(envelope.content, policy=policy.default))
        )
        self.tos += envelope.rcpt_tos
        return "250 taken"


@contextmanager
def letterbox(folder: Path, *, tls: bool = True) -> Iterator[Letterbox]:
    """A server on a free port of this machine; without `tls` it offers none."""
    box = Letterbox(MailServer("", 0, "starttls", ""))
    more: dict[str, Any] = {}
    ca = ""
    if tls:
        ca, key = _certificate(folder)
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(ca, key)
        more = {
            "tls_context": context,
            "require_starttls": True,
            "authenticator": _known,
            "auth_required": True,
        }
    port = _free_port()
    running = Controller(box, hostname="127.0.0.1", port=port, **more)
    running.start()
    try:
        login = (USER, PASSWORD) if tls else ("", "")
        sender = "Stafet <stafet@stafet.example>"
        box.server = MailServer("127.0.0.1", port, "starttls", sender, *login, ca)
        yield box
    finally:
        running.stop()


def _free_port() -> int:
    # The controller calls itself at the port that it was given, so it cannot be 0.
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right)


def _certificate(folder: Path) -> tuple[str, str]:
    """A certificate of its own for this machine, and its key."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "mail.pem", folder / "mail.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return str(certificate), str(secret)
