"""Identifiers: sealed to their place, found by the index, and CPR numbers read as people write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import CprInvalid, SecretUnreadable, SettingInvalid
from engine.secrets import Keyring, cpr, show_cpr

TEXT = Keyring.generate()
RING = Keyring.from_text(TEXT)
PLACE = "citizen.name:07ab"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_is_opened_again_in_its_place_only(text: str) -> None:
    blob = RING.seal(text, PLACE)
    assert RING.open(blob, PLACE) == text
    with pytest.raises(SecretUnreadable):
        RING.open(blob, "citizen.name:07ac")


@given(st.data())
def test_one_changed_bit_is_noticed(data: st.DataObject) -> None:
    blob = bytearray(RING.seal("Signe Sørensen", PLACE))
    at = data.draw(st.integers(0, len(blob) - 1))
    blob[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SecretUnreadable):
        RING.open(bytes(blob), PLACE)


@given(st.binary(max_size=60))
def test_rubbish_is_unreadable_and_never_a_crash(blob: bytes) -> None:
    with pytest.raises(SecretUnreadable):
        RING.open(blob, PLACE)


def test_the_same_text_is_sealed_differently_each_time_and_does_not_show() -> None:
    one, two = RING.seal("Signe Sørensen", PLACE), RING.seal("Signe Sørensen", PLACE)
    assert one != two
    assert b"Signe" not in one


def test_json_goes_through() -> None:
    value = {"Bemærkning": "må ikke læses", "tal": [1, None, True]}
    assert RING.open_json(RING.seal_json(value, PLACE), PLACE) == value


def test_the_index_finds_equal_values_and_tells_kinds_apart() -> None:
    assert len(RING.index("citizen.cpr", "7003781016")) == 16
    same = [
        RING.index("citizen.name", name) for name in ("Åse  Ægir", "åse ægir", "A\u030ase Ægir")
    ]
    assert len(set(same)) == 1
    assert RING.index("citizen.cpr", "7003781016") != RING.index("citizen.name", "7003781016")
    assert RING.index("a", "x") != Keyring.from_text(Keyring.generate()).index("a", "x")


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    old = RING.seal("Signe", PLACE)
    longer = Keyring.from_text(Keyring.used(Keyring.extended(TEXT)))
    new = longer.seal("Signe", PLACE)
    assert longer.open(old, PLACE) == longer.open(new, PLACE) == "Signe"
    assert (longer.stale(old), longer.stale(new), RING.stale(old)) == (True, False, False)
    assert longer.index("a", "x") == RING.index("a", "x")
    assert longer.mac_key == RING.mac_key
    with pytest.raises(SecretUnreadable):
        RING.open(new, PLACE)


def test_a_key_that_waits_opens_and_does_not_seal() -> None:
    waits = Keyring.extended(TEXT)
    ring, used = Keyring.from_text(waits), Keyring.from_text(Keyring.used(waits))
    assert (ring.current, used.current) == (1, 2)
    assert ring.open(used.seal("Signe", PLACE), PLACE) == "Signe"
    assert RING.open(ring.seal("Signe", PLACE), PLACE) == "Signe"
    with pytest.raises(SettingInvalid, match="waits"):
        Keyring.extended(waits)
    with pytest.raises(SettingInvalid, match="add one first"):
        Keyring.used(TEXT)
    assert Keyring.without(waits, "2") == TEXT


def test_one_looks_by_each_index_key_and_writes_by_the_newest() -> None:
    waits = Keyring.extended(TEXT, index=True)
    ring, used = Keyring.from_text(waits), Keyring.from_text(Keyring.used(waits))
    old = RING.index("a", "x")
    assert ring.index("a", "x") == old
    assert used.index("a", "x") == used.indexes("a", "x")[0] != old
    assert set(ring.indexes("a", "x")) == set(used.indexes("a", "x")) == {old, used.index("a", "x")}
    alone = Keyring.from_text(Keyring.without(Keyring.used(waits), "index"))
    assert alone.indexes("a", "x") == [used.index("a", "x")]
    with pytest.raises(SettingInvalid, match="seals"):
        Keyring.without(TEXT, "index")
    with pytest.raises(SettingInvalid, match="no key"):
        Keyring.without(TEXT, "audit")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        TEXT.replace(" 1=", " +1="),
        TEXT.replace(" index=", " +index="),
        TEXT.replace(" audit=", " +audit="),
        TEXT + " index1=" + "A" * 43,
        TEXT + " index0=" + "A" * 43,
        TEXT + " ++2=" + "A" * 43,
        TEXT + " +1=" + "A" * 43,
        TEXT.replace("stafet1", "stafet2"),
        TEXT.replace(" index=", " indeks="),
        TEXT.rsplit(" ", 1)[0],
        TEXT.replace(" 1=", " 0="),
        TEXT + " 1=" + "A" * 43,
        TEXT + " 2=short",
        TEXT + " 2=" + "æ" * 43,
        TEXT + " 70000=" + "A" * 43,
    ],
)
def test_a_bad_keyring_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        Keyring.from_text(text)
    assert not any(part.partition("=")[2] in str(refused.value) for part in text.split()[1:])
    assert "hunter2" not in str(refused.value)


def test_the_ring_does_not_print_its_keys() -> None:
    assert repr(RING) == "Keyring(keys=[1])"


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("700378-1016", "7003781016"),
        (" 700378 1016 ", "7003781016"),
        ("290200-4004", "2902004004"),  # 2000 was a leap year
        ("311257-5001", "3112575001"),  # 2057 at the latest
        ("010158-5001", "0101585001"),  # born 1858
    ],
)
def test_a_cpr_number_is_read_as_people_write_it(written: str, digits: str) -> None:
    assert cpr(written) == digits
    assert cpr(show_cpr(digits)) == digits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "310278-1016",
        "290201-4004",  # 2001 was none
        "290200-1004",  # nor 1900
        "001378-1016",
        "921278-1016",
        "70037810166",
        "70037810-1",
        "7003a81016",
        "٧٠٠٣٧٨١٠١٦",
        "7003781016" + " " * 40,
    ],
)
def test_what_is_no_cpr_number_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(CprInvalid) as refused:
        cpr(text)
    assert not text or text not in str(refused.value)


@given(st.dates(date(1937, 1, 1), date(1999, 12, 31)), st.sampled_from([0, 60]))
def test_every_day_of_a_century_is_a_cpr_date(day: date, added: int) -> None:
    digits = f"{day.day + added:02}{day:%m%y}1234"
    assert cpr(digits) == digits


@given(st.integers(1900, 1999), st.integers(1, 12))
def test_the_day_after_a_months_last_is_refused(year: int, month: int) -> None:
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    with pytest.raises(CprInvalid):
        cpr(f"{last + 1:02}{month:02}{year % 100:02}1234")
