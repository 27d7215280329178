"""Mail by SMTP: plain text, TLS that is not given up, one connection for as long as there is something to send.

    mailer = Mailer(server)
    mailer.send(to, Letter(subject, text), key, at)     # raises `NotSent`
    mailer.hang_up()

The Message-ID is made from the key: what has to be sent twice can be known as the same.
"""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from channels.letters import Letter
from channels.where import MailServer, NotSent

#: Seconds that a mail server has for each answer.
PATIENCE = 20.0
#: SMTP answers from here on will not change by trying again.
FOR_GOOD = 500


class Mailer:
    """Hands mail in at a server, over a connection that is opened when it is first needed."""

    def __init__(self, server: MailServer) -> None:
        """Nothing is opened yet."""
        self.server = server
        self._line: smtplib.SMTP | None = None

    def send(self, to: str, letter: Letter, key: str, at: datetime) -> None:
        """One mail to one address; raises `NotSent`."""
        mail = self._written(to, letter, key, at)
        try:
            if self._line is None:
                self._line = self._called()
            self._line.send_message(mail, self._bare(), [to])
        except (OSError, smtplib.SMTPException) as exc:
            self.hang_up()
            raise _why(exc) from None

    def _written(self, to: str, letter: Letter, key: str, at: datetime) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = self.server.sender, to, letter.subject
        mail["Date"] = format_datetime(at)
        mark = hashlib.blake2s(f"{key} {at.timestamp():.6f}".encode(), digest_size=16).hexdigest()
        mail["Message-ID"] = f"<{mark}@{self._domain()}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(letter.text)
        return mail

    def _bare(self) -> str:
        return parseaddr(self.server.sender)[1]

    def _domain(self) -> str:
        return self._bare().rpartition("@")[2]

    def _called(self) -> smtplib.SMTP:
        server, trust = self.server, ssl.create_default_context(cafile=self.server.ca or None)
        where, name = (server.host, server.port), self._domain()
        line: smtplib.SMTP
        if server.tls == "tls":
            line = smtplib.SMTP_SSL(*where, local_hostname=name, timeout=PATIENCE, context=trust)
        else:
            line = smtplib.SMTP(*where, local_hostname=name, timeout=PATIENCE)
        try:
            if server.tls == "starttls":
                line.starttls(context=trust)
            if server.user:
                _log_in(line, server)
        except BaseException:
            line.close()
            raise
        return line

    def hang_up(self) -> None:
        """Say goodbye, where somebody listens still; the next mail calls anew."""
        line, self._line = self._line, None
        if line is None:
            return
        try:
            line.quit()
        except (OSError, smtplib.SMTPException):
            line.close()


def _log_in(line: smtplib.SMTP, server: MailServer) -> None:
    try:
        line.login(server.user, server.password)
    except smtplib.SMTPServerDisconnected as exc:
        # Some hang up on a wrong password before they have said so.
        raise smtplib.SMTPAuthenticationError(FOR_GOOD, b"") from exc


def _why(exc: Exception) -> NotSent:
    """The refusal as a code of ours."""
    if isinstance(exc, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _said in exc.recipients.values()]
        return NotSent("mail_refused", for_good=all(code >= FOR_GOOD for code in codes))
    if isinstance(exc, smtplib.SMTPAuthenticationError):
        return NotSent("mail_login", all=True)
    if isinstance(exc, smtplib.SMTPSenderRefused):
        return NotSent("mail_sender", all=True)
    if isinstance(exc, smtplib.SMTPNotSupportedError | ssl.SSLError):
        return NotSent("mail_tls", all=True)
    if isinstance(exc, smtplib.SMTPDataError):
        return NotSent("mail_refused", for_good=exc.smtp_code >= FOR_GOOD)
    return NotSent("mail_unreachable", all=True)
