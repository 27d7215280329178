"""Settings: the embedded default needs none; a bad value stops the start with one sentence."""

from __future__ import annotations

import json
import stat
import subprocess
from datetime import time, timedelta

import pytest

from engine.errors import SettingInvalid
from stafet.settings import from_env

MAIL = {
    "STAFET_MAIL_HOST": "mail.example",
    "STAFET_MAIL_FROM": "Stafet <stafet@region.example>",
    "STAFET_URL": "https://stafet.example/",
}
HOOK = {
    "STAFET_ALERT_HOOK": "https://drift.example/en/vej?som=hemmelig",
    "STAFET_ALERT_HOOK_SECRET": "en-lang-hemmelighed",
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


def _pem(*words):
    """A private key as openssl makes it."""
    return subprocess.run(
        ["openssl", *words], capture_output=True, text=True, check=True
    ).stdout.strip()


RSA = ("genpkey", "-algorithm", "RSA", "-pkeyopt")
EC = ("genpkey", "-algorithm", "EC", "-pkeyopt")


@pytest.mark.parametrize("how", ["", "_FILE", "_COMMAND"])
@pytest.mark.parametrize("make", [(*RSA, "rsa_keygen_bits:2048"), (*EC, "ec_paramgen_curve:P-384")])
def test_a_key_of_our_own_is_read_and_not_shown(how, make, tmp_path):
    text = _pem(*make)
    (tmp_path / "own key").write_text(text + "\n")
    value = {"": text, "_FILE": str(tmp_path / "own key"), "_COMMAND": f"cat '{tmp_path}/own key'"}
    told = {"STAFET_OIDC_CLIENT_SECRET": "", f"STAFET_OIDC_CLIENT_KEY{how}": value[how]}
    settings = _oidc(tmp_path, **told)
    key = settings.oidc.client_key
    assert key.is_private
    assert key.kid == key.thumbprint()
    assert key.as_dict(private=True)["d"] not in repr(settings) + repr(settings.oidc) + repr(key)
    assert _oidc(tmp_path, **told, STAFET_OIDC_CLIENT_KEY_ID="k7").oidc.client_key.kid == "k7"
    whole = {**key.as_dict(private=True), "kid": "hos dem", "alg": "PS256", "key_ops": ["sign"]}
    told = {"STAFET_OIDC_CLIENT_SECRET": "", "STAFET_OIDC_CLIENT_KEY": json.dumps(whole)}
    assert _oidc(tmp_path, **told).oidc.client_key.kid == "hos dem"


def _unfit():
    good = _pem(*RSA, "rsa_keygen_bits:2048")
    yield "public", _piped(good, "pkey", "-pubout")
    yield "with a password", _piped(good, "pkey", "-aes256", "-passout", "pass:x")
    yield "short", _pem(*RSA, "rsa_keygen_bits:1024")
    yield "another curve", _pem(*EC, "ec_paramgen_curve:secp256k1")
    yield "another kind", _pem("genpkey", "-algorithm", "ED25519")
    yield "a secret", '{"kty": "oct", "k": "aGVtbWVsaWd0"}'
    yield "cut off", good[:300]
    yield "no JSON", "{"
    yield "a list", '{"keys": []}'
    yield "a word", "hemmeligt"


def _piped(text, *words):
    done = subprocess.run(
        ["openssl", *words], input=text, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_key_that_cannot_sign_is_refused_and_not_repeated(tmp_path):
    for what, text in _unfit():
        with pytest.raises(
            SettingInvalid, match=r"STAFET_OIDC_CLIENT_KEY must be a private key"
        ) as no:
            _oidc(tmp_path, STAFET_OIDC_CLIENT_SECRET="", STAFET_OIDC_CLIENT_KEY=text)
        assert text[40:80] not in no.value.sentence or len(text) < 40, what
        assert "hemmeligt" not in no.value.sentence


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
        ({"STAFET_OIDC_CLIENT_KEY": "x"}, "not both"),
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
        ({"STAFET_TRACES": "collector:4318"}, "STAFET_TRACES"),
        ({"STAFET_TRACES": "https://me:secret@collector"}, "STAFET_TRACES"),
        ({"STAFET_TRACES": "http://[collector"}, "STAFET_TRACES"),
        ({"STAFET_TRACES_SHARE": "0"}, "STAFET_TRACES_SHARE"),
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
        ({"STAFET_ALERT_MAIL": "a@b.dk"}, "STAFET_MAIL_HOST"),
        ({**MAIL, "STAFET_ALERT_MAIL": "a@b.dk, Drift <c@d.dk>"}, "STAFET_ALERT_MAIL"),
        ({**MAIL, "STAFET_ALERT_MAIL": "a@b.dk\r\nBcc: c@d.dk"}, "STAFET_ALERT_MAIL"),
        ({**HOOK, "STAFET_ALERT_HOOK": "http://drift.example/x"}, "https"),
        ({**HOOK, "STAFET_ALERT_HOOK": "file:///etc/passwd"}, "https"),
        ({**HOOK, "STAFET_ALERT_HOOK": "https://u:p@drift.example/x"}, "without a login"),
        ({**HOOK, "STAFET_ALERT_HOOK": "https://drift.example:otte/x"}, "https"),
        ({**HOOK, "STAFET_ALERT_HOOK": "https://drift.example/x\r\nX: y"}, "https"),
        ({**HOOK, "STAFET_ALERT_HOOK_SECRET": "kort"}, "STAFET_ALERT_HOOK_SECRET"),
        ({**HOOK, "STAFET_ALERT_HOOK": ""}, "STAFET_ALERT_HOOK is not"),
        ({**HOOK, "STAFET_URL": ""}, "STAFET_URL"),
        ({**HOOK, "STAFET_ALERT_QUIET": "om natten"}, "22:00-07:00"),
        ({**HOOK, "STAFET_ALERT_QUIET": "22:00-24:30"}, "22:00-07:00"),
        ({**HOOK, "STAFET_ALERT_QUIET": "07:00-07:00"}, "22:00-07:00"),
        ({**HOOK, "STAFET_ALERT_URGENT": "timer, brand"}, "“brand” is no cause"),
        ({**HOOK, "STAFET_ALERT_AFTER": "1441"}, "STAFET_ALERT_AFTER"),
        ({"STAFET_ALERT_QUIET": "22:00-07:00"}, "STAFET_ALERT_QUIET"),
        ({"STAFET_ALERT_URGENT": "timer"}, "STAFET_ALERT_URGENT"),
        ({"DATABASE_URL": "postgresql://u@h/d"}, "STAFET_KEYS"),
        ({"DATABASE_URL": "postgresql://u@h/d", "STAFET_KEYS_FILE": "/nowhere"}, "/nowhere"),
    ],
)
def test_a_bad_value_is_refused_by_name(env, named, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingInvalid) as refused:
        from_env(env)
    assert named in refused.value.sentence
    assert "drift.example" not in refused.value.sentence, "what follows the name may be a secret"


def test_alerts_have_receivers_hours_and_a_secret_that_is_not_shown(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret").write_text(HOOK["STAFET_ALERT_HOOK_SECRET"] + "\n")
    given = {
        "STAFET_ALERT_MAIL": "drift@region.example, vagt@region.example,",
        "STAFET_ALERT_QUIET": "22:00-7:00",
        "STAFET_ALERT_URGENT": "timer, failed",
        "STAFET_ALERT_AFTER": "10",
        "STAFET_ALERT_HOOK_SECRET": "",
        "STAFET_ALERT_HOOK_SECRET_FILE": str(tmp_path / "secret"),
    }
    settings = from_env({**MAIL, **HOOK, **given})
    said = settings.alerts
    assert said.mail == ("drift@region.example", "vagt@region.example")
    assert said.hook is not None
    assert (said.hook.host, said.hook.secret) == ("drift.example", HOOK["STAFET_ALERT_HOOK_SECRET"])
    assert said.quiet == (time(22), time(7))
    assert said.urgent == {"timer", "failed"}
    assert said.after == timedelta(minutes=10)
    assert "en-lang-hemmelighed" not in repr(settings)
    assert "vej" not in repr(settings)
    assert from_env({}).alerts.mail == ()


def test_keys_come_from_a_command_too():
    env = {"DATABASE_URL": "postgresql://u@h/d", "STAFET_KEYS_COMMAND": "printf ' %s\\n' 'a ring'"}
    assert from_env(env).keys == "a ring"


@pytest.mark.parametrize(
    "command", ["false", "no-such-command-here", "'", " ", "printf '\\303\\270'"]
)
def test_a_command_that_gives_no_keys_is_said_without_its_output(command):
    env = {"DATABASE_URL": "postgresql://u@h/d", "STAFET_KEYS_COMMAND": command}
    with pytest.raises(SettingInvalid, match=r"STAFET_KEYS_COMMAND gave no secret: \w+\.$"):
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
