"""Settings, read once and out loud.

`from_env` builds one frozen `Settings` and refuses to start on a bad value; everything else receives
values as arguments.  The embedded default needs no setting at all: data and keys lie under `var/`.
"""

from __future__ import annotations

import os
import shlex
import subprocess  # for secrets from a command alone  # nosec B404
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from channels.where import Alerting, MailServer
from engine.errors import SettingInvalid
from stafet import leaving, oidc
from stafet.oidc import Oidc

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """What one process was told.  Paths are absolute; `keys` is the keyring's text, never logged."""

    database_url: str = field(repr=False)
    host: str
    port: int
    processes: Path
    keys: str = field(repr=False)
    demo: bool
    secure_cookies: bool
    threads: int
    trusted_proxies: int
    #: How long what was opened in an emergency stays open.
    glass_hours: int = 4
    #: Whether the workers erase each day what is past its term.
    erase: bool = False
    log: str = "text"
    metrics_port: int = 0
    #: The collector's address for traces, "" where none is sent; of how many requests in a hundred.
    traces: str = ""
    traces_share: int = 100
    #: The address that people type, "" where nobody said; needed by an identity provider and by mail.
    url: str = ""
    oidc: Oidc | None = None
    #: Whether one may log in with a password.
    local_logins: bool = True
    #: None: no mail is sent.
    mail: MailServer | None = None
    #: Who is told that something is stuck.
    alerts: Alerting = field(default_factory=Alerting)

    @property
    def embedded(self) -> bool:
        """Whether this is the one-process default on SQLite."""
        return self.database_url.startswith("sqlite")


def from_env(env: Mapping[str, str] | None = None, *, demo: bool = False) -> Settings:
    """Read the environment; make a key file beside an embedded database that has none.

    `DATABASE_URL`, `HOST`, `PORT`, `STAFET_PROCESSES`, `STAFET_KEYS` (what is secret also by `_FILE` or `_COMMAND`),
    `STAFET_DEMO`, `STAFET_SECURE_COOKIES`, `STAFET_THREADS`, `STAFET_TRUSTED_PROXIES`, `STAFET_LOG`,
    `STAFET_GLASS_HOURS`, `STAFET_ERASE`, `STAFET_METRICS_PORT`, `STAFET_URL`, `STAFET_LOCAL_LOGINS`,
    `STAFET_TRACES`, `STAFET_TRACES_SHARE`, `STAFET_OIDC_…` (`stafet/oidc.py`), `STAFET_MAIL_…` and `STAFET_ALERT_…`
    (`stafet/leaving.py`).
    """
    env = os.environ if env is None else env
    url = _database_url(_given(env, "DATABASE_URL"))
    provider = oidc.read(
        lambda name: _given(env, name),
        lambda name, default: _flag(env, name, default),
        lambda name, *bounds: _number(env, name, *bounds),
    )
    demo = demo or _flag(env, "STAFET_DEMO")
    server = leaving.mail(
        lambda name: _given(env, name),
        lambda name, *values: _choice(env, name, *values),
        lambda name, *bounds: _number(env, name, *bounds),
    )
    return Settings(
        database_url=url,
        host=env.get("HOST") or "127.0.0.1",
        port=_number(env, "PORT", 8000, 0, 65535),
        processes=processes_folder(env),
        keys=_keys(env, url),
        demo=demo,
        secure_cookies=_flag(env, "STAFET_SECURE_COOKIES"),
        threads=_number(env, "STAFET_THREADS", 8, 1, 256),
        trusted_proxies=_number(env, "STAFET_TRUSTED_PROXIES", 0, 0, 10),
        glass_hours=_number(env, "STAFET_GLASS_HOURS", 4, 1, 24),
        erase=_flag(env, "STAFET_ERASE"),
        log=_choice(env, "STAFET_LOG", "text", "json"),
        metrics_port=_number(env, "STAFET_METRICS_PORT", 0, 0, 65535),
        traces=_collector(env.get("STAFET_TRACES") or ""),
        traces_share=_number(env, "STAFET_TRACES_SHARE", 100, 1, 100),
        url=oidc.address("STAFET_URL", env["STAFET_URL"]) if env.get("STAFET_URL") else "",
        oidc=provider,
        local_logins=_local_logins(env, provider, demo),
        mail=server,
        alerts=leaving.alerts(
            lambda name: _given(env, name),
            lambda name, *bounds: _number(env, name, *bounds),
            server,
        ),
    )


def _collector(text: str) -> str:
    """Where spans go: plain HTTP too, for the collector is a neighbour and spans say nothing of people."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        good = False
    if text and not good:
        raise SettingInvalid(
            "STAFET_TRACES must be an address like http://collector:4318/v1/traces, without a password in it."
        )
    return text


def _local_logins(env: Mapping[str, str], provider: Oidc | None, demo: bool) -> bool:
    """Passwords are for the embedded default and the demo; an identity provider takes their place."""
    wanted = _flag(env, "STAFET_LOCAL_LOGINS", "1" if provider is None or demo else "0")
    if not wanted and provider is None:
        raise SettingInvalid("STAFET_LOCAL_LOGINS is 0, so STAFET_OIDC_ISSUER must be set.")
    return wanted


def processes_folder(env: Mapping[str, str] | None = None) -> Path:
    """Where the agreements lie: `STAFET_PROCESSES`, or `processes/` of this checkout."""
    env = os.environ if env is None else env
    return Path(env.get("STAFET_PROCESSES") or ROOT / "processes").absolute()


def _database_url(text: str) -> str:
    if not text:
        return f"sqlite:///{Path('var/stafet.db').absolute()}"
    if text.startswith("sqlite:///"):
        return text
    for prefix in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if text.startswith(prefix):
            return "postgresql+psycopg://" + text.removeprefix(prefix)
    raise SettingInvalid(
        "DATABASE_URL must begin with sqlite:/// or postgresql://; it was not read further."
    )


def _given(env: Mapping[str, str], name: str) -> str:
    # A secret comes as text, as the file that a container's secret store mounts, or from a command.
    if text := env.get(name, ""):
        return text
    if named := env.get(f"{name}_FILE", ""):
        return _read(Path(named))
    command = env.get(f"{name}_COMMAND", "")
    return _said(f"{name}_COMMAND", command) if command else ""


def _keys(env: Mapping[str, str], url: str) -> str:
    if text := _given(env, "STAFET_KEYS"):
        return text
    if not url.startswith("sqlite"):
        raise SettingInvalid(
            "Identifiers are encrypted: set STAFET_KEYS, STAFET_KEYS_FILE or STAFET_KEYS_COMMAND"
            " (make one with `stafet keys new`)."
        )
    path = Path(url.removeprefix("sqlite:///")).absolute().parent / "keys"
    return _read(path) if path.exists() else _make_keys(path)


def _said(name: str, command: str) -> str:
    """What the operator's own command prints, such as a secret store's client; no shell reads the line."""
    try:
        words = shlex.split(command)
        # The operator wrote the line in the environment, beside the keys themselves.
        # nosemgrep: another-program
        done = subprocess.run(words, capture_output=True, timeout=30, check=True)  # nosec B603
        return done.stdout.decode("ascii").strip()
    except (OSError, ValueError, IndexError, subprocess.SubprocessError) as exc:
        # Its output is not repeated: it may hold the secret.
        raise SettingInvalid(
            f"The command in {name} gave no secret: {exc.__class__.__name__}."
        ) from exc


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingInvalid(f"The file {path} cannot be read: {exc.__class__.__name__}.") from exc


def _make_keys(path: Path) -> str:
    # The keyring loads `cryptography`; commands that need no keys (due, feel) must not pay for it.
    from engine.secrets import Keyring  # noqa: PLC0415

    text = Keyring.generate()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # O_EXCL: two first starts at once agree on one file.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    except OSError as exc:
        raise SettingInvalid(
            f"The folder {path.parent} cannot be written: {exc.strerror or exc}. Set DATABASE_URL to another place."
        ) from exc
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
    return text


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise SettingInvalid(f"{name} must be a whole number from {low} to {high}; it is “{text}”.")
    return int(text)


def _choice(env: Mapping[str, str], name: str, *values: str) -> str:
    text = env.get(name) or values[0]
    if text not in values:
        raise SettingInvalid(f"{name} must be {' or '.join(values)}; it is “{text}”.")
    return text


def _flag(env: Mapping[str, str], name: str, default: str = "0") -> bool:
    text = (env.get(name) or default).lower()
    if text not in ("0", "1", "true", "false", "yes", "no"):
        raise SettingInvalid(f"{name} must be 1 or 0; it is “{text}”.")
    return text in ("1", "true", "yes")
