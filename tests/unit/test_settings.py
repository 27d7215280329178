"""Settings: the embedded default needs none; a bad value stops the start with one sentence."""

from __future__ import annotations

import stat

import pytest

from engine.errors import SettingInvalid
from stafet.settings import from_env

MAIL = {
    "STAFET_MAIL_HOST": "mail.example",
    "STAFET_MAIL_FROM": "Stafet <stafet@region.example>",
    "STAFET_URL": "https://stafet.example/",
}


def test_the_embedded_default_makes_its_keys_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first, second = from_env({}), from_env({})
    assert first.embedded
    assert first.keys == second.keys
    assert stat.S_IMODE((tmp_path / "var" / "keys").stat().st_mode) == 0o600


def test_keys_are_not_shown_when_settings_are_printed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = from_env({"DATABASE_URL": "postgresql://s:hemmelig@db/s", "STAFET_KEYS": "k1:abc"})
    assert "k1:abc" not in repr(settings)
    assert "hemmelig" not in repr(settings)


@pytest.mark.parametrize("prefix", ["postgres://", "postgresql://", "postgresql+psycopg://"])
def test_postgresql_is_spoken_to_through_psycopg_3(prefix):
    settings = from_env({"DATABASE_URL": f"{prefix}u@h/d", "STAFET_KEYS": "x"})
    assert settings.database_url == "postgresql+psycopg://u@h/d"
    assert not settings.embedded


def test_secrets_come_from_files_too(tmp_path):
    (tmp_path / "url").write_text("postgresql://u@h/d\n")
    (tmp_path / "keys").write_text("ring\n")
    env = {"DATABASE_URL_FILE": str(tmp_path / "url"), "STAFET_KEYS_FILE": str(tmp_path / "keys")}
    settings = from_env(env)
    assert (settings.database_url, settings.keys) == ("postgresql+psycopg://u@h/d", "ring")


OIDC = {
    "STAFET_URL": "https://stafet.example/",
    "STAFET_OIDC_ISSUER": "https://login.example/",
    "STAFET_OIDC_CLIENT_ID": "stafet",
    "STAFET_OIDC_CLIENT_SECRET": "hemmeligt",
}
LEVEL = '[level]\naccepted = ["Substantial"]\n'


def _oidc(tmp_path, rules=LEVEL, **more):
    (tmp_path / "rules.toml").write_text(rules)
    env = {"STAFET_KEYS": "x", "STAFET_OIDC_RULES": str(tmp_path / "rules.toml"), **OIDC, **more}
    return from_env({key: value for key, value in env.items() if value})


def test_an_identity_provider_takes_the_place_of_passwords(tmp_path):
    settings = _oidc(tmp_path)
    assert settings.oidc is not None
    # An issuer is compared letter by letter; the site's own address gets paths after it.
    assert (settings.oidc.issuer, settings.url) == (
        "https://login.example/",
        "https://stafet.example",
    )
    assert "hemmeligt" not in repr(settings)
    assert not settings.local_logins
    assert _oidc(tmp_path, STAFET_LOCAL_LOGINS="1").local_logins
    assert _oidc(tmp_path, STAFET_DEMO="1").local_logins
    (tmp_path / "secret").write_text("fra fil\n")
    told = {
        "STAFET_OIDC_CLIENT_SECRET": "",
        "STAFET_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
    }
    assert _oidc(tmp_path, **told).oidc.client_secret == "fra fil"


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"STAFET_OIDC_ISSUER": "http://login.example"}, "STAFET_OIDC_ISSUER"),
        ({"STAFET_OIDC_ISSUER": "login.example"}, "STAFET_OIDC_ISSUER"),
        ({"STAFET_OIDC_ISSUER": "https://[login"}, "STAFET_OIDC_ISSUER"),
        ({"STAFET_OIDC_ISSUER": "https://a:b@login.example"}, "STAFET_OIDC_ISSUER"),
        ({"STAFET_URL": "http://stafet.example"}, "STAFET_URL"),
        ({"STAFET_URL": ""}, "STAFET_URL"),
        ({"STAFET_OIDC_CLIENT_SECRET": ""}, "STAFET_OIDC_CLIENT_SECRET"),
        ({"STAFET_OIDC_RULES": ""}, "STAFET_OIDC_RULES"),
        ({"STAFET_OIDC_RULES": "/nowhere"}, "/nowhere"),
        ({"STAFET_OIDC_SCOPES": "profile"}, "STAFET_OIDC_SCOPES"),
        ({"STAFET_OIDC_DAYS": "0"}, "STAFET_OIDC_DAYS"),
        ({"STAFET_OIDC_ISSUER": "", "STAFET_LOCAL_LOGINS": "0"}, "STAFET_LOCAL_LOGINS"),
    ],
)
def test_a_provider_that_cannot_be_used_is_refused_by_name(env, named, tmp_path):
    with pytest.raises(SettingInvalid) as refused:
        _oidc(tmp_path, **env)
    assert named in refused.value.sentence


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ("", "level.accepted"),
        ("[level]\naccepted = []", "level.accepted"),
        ('[level]\naccepted = "High"', "level.accepted"),
        ("level = 1", "level"),
        (LEVEL + "[rolle]\n", "rolle"),
        (LEVEL + '[roles]\nvalues = { "x" = "kok" }', "roles.x"),
        (LEVEL + "[roles]\nvalues = 1", "roles.values"),
        (LEVEL + '[units]\ncode = "navn"', "units.code"),
        (LEVEL + '[units]\nvalues = { "x" = "navn:N1" }', "units.x"),
        (LEVEL + "[person]\nlogin = 1", "person.login"),
        (LEVEL + "[groups]\n", "groups"),
        (LEVEL + '[[groups]]\nclaim = "g"', "groups, number 1"),
        (
            LEVEL + '[[groups]]\nclaim = "g"\nvalue = "v"\nunit = "sor:"\nrole = "leder"',
            "groups, number 1",
        ),
        (
            LEVEL + '[[groups]]\nclaim = "g"\nvalue = "v"\nunit = "sor:1"\nrole = "kok"',
            "groups, number 1",
        ),
        ("[level", "TOML"),
    ],
)
def test_rules_that_cannot_be_used_are_refused_by_place(rules, named, tmp_path):
    with pytest.raises(SettingInvalid) as refused:
        _oidc(tmp_path, rules)
    assert named in refused.value.sentence


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"PORT": "otte"}, "PORT"),
        ({"PORT": "70000"}, "PORT"),
        ({"STAFET_THREADS": "0"}, "STAFET_THREADS"),
        ({"STAFET_DEMO": "ja"}, "STAFET_DEMO"),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL"),
        ({"STAFET_MAIL_FROM": "a@b.dk"}, "STAFET_MAIL_HOST"),
        ({**MAIL, "STAFET_MAIL_FROM": "Stafet"}, "STAFET_MAIL_FROM"),
        ({**MAIL, "STAFET_MAIL_FROM": "a@b.dk\r\nBcc: c@d.dk"}, "STAFET_MAIL_FROM"),
        ({**MAIL, "STAFET_URL": ""}, "STAFET_URL"),
        ({**MAIL, "STAFET_MAIL_USER": "s"}, "STAFET_MAIL_PASSWORD"),
        ({**MAIL, "STAFET_MAIL_TLS": "ssl"}, "STAFET_MAIL_TLS"),
        (
            {
                **MAIL,
                "STAFET_MAIL_TLS": "none",
                "STAFET_MAIL_USER": "s",
                "STAFET_MAIL_PASSWORD": "p",
            },
            "in the open",
        ),
        ({**MAIL, "STAFET_MAIL_PORT": "0"}, "STAFET_MAIL_PORT"),
        ({**MAIL, "STAFET_MAIL_CA": "/nowhere"}, "/nowhere"),
        ({"DATABASE_URL": "postgresql://u@h/d"}, "STAFET_KEYS"),
        ({"DATABASE_URL": "postgresql://u@h/d", "STAFET_KEYS_FILE": "/nowhere"}, "/nowhere"),
    ],
)
def test_a_bad_value_is_refused_by_name(env, named, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingInvalid) as refused:
        from_env(env)
    assert named in refused.value.sentence


def test_keys_come_from_a_command_too():
    env = {"DATABASE_URL": "postgresql://u@h/d", "STAFET_KEYS_COMMAND": "printf ' %s\\n' 'a ring'"}
    assert from_env(env).keys == "a ring"


@pytest.mark.parametrize(
    "command", ["false", "no-such-command-here", "'", " ", "printf '\\303\\270'"]
)
def test_a_command_that_gives_no_keys_is_said_without_its_output(command):
    env = {"DATABASE_URL": "postgresql://u@h/d", "STAFET_KEYS_COMMAND": command}
    with pytest.raises(SettingInvalid, match=r"STAFET_KEYS_COMMAND gave no keys: \w+\.$"):
        from_env(env)


def test_mail_is_sent_over_tls_and_its_password_is_not_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "password").write_text("hemmelig\n")
    login = {"STAFET_MAIL_USER": "s", "STAFET_MAIL_PASSWORD_FILE": str(tmp_path / "password")}
    settings = from_env({**MAIL, **login})
    assert settings.url == "https://stafet.example"
    assert settings.mail is not None
    assert (settings.mail.port, settings.mail.tls, settings.mail.password) == (
        587,
        "starttls",
        "hemmelig",
    )
    assert "hemmelig" not in repr(settings)
    assert from_env({}).mail is None
