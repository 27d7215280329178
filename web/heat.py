"""Where the time goes in a pathway: its elements coloured by how often, how long or how late, and a table beside.

What is shown is chosen in the address: the version, another one beside it, the period and the measure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, jsonify, render_template, request
from werkzeug.wrappers import Response

from engine import access, queries
from web.compared import number
from web.sessions import actor, now, store
from web.words import _, ngettext

Json = dict[str, Any]
#: What the colours say.
MEASURES = ("gange", "tid", "frister")
#: Days back in which an instance began; 0: whenever.
PERIODS = {"30": 30, "90": 90, "365": 365, "alt": 0}
#: Shades; and the shares of missed dates where each begins.
SHADES = 5
_SHARES = (0.0, 0.05, 0.15, 0.3, 0.5)
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def add_to(pages: Blueprint) -> None:
    """The page and its diagram."""
    pages.add_url_rule("/forloeb/<key>/tid", "heat", _show)
    pages.add_url_rule("/forloeb/<key>/tid/diagram", "heat_diagram", _diagram)


def _asked(key: str) -> Json:
    back = PERIODS[_chosen("periode", tuple(PERIODS), "365")]
    return queries.heat(
        store(), actor(), key, request.args.get("aftale"),
        version=number("udgave"), beside=number("ved"),
        since=now() - timedelta(days=back) if back else None, now=now(),
    )  # fmt: skip


def _chosen(name: str, known: tuple[str, ...], usual: str) -> str:
    said = request.args.get(name, "")
    return said if said in known else usual


def _show(key: str) -> str:
    found = _asked(key)
    measure = _chosen("vis", MEASURES, "tid")
    rows = [_row(one) for one in found["items"]]
    scale = Scale([_value(row["now"], measure) for row in rows], measure)
    for row in rows:
        row["shade"] = scale.shade(_value(row["now"], measure))
        row["differs"] = _differs(row["now"], row["then"], measure)
    walked = [row for row in rows if _walked(row["now"]) or _walked(row["then"])]
    walked.sort(key=lambda row: _hottest(_value(row["now"], measure)))
    return render_template(
        "heat.html", section="pathways", found=found, key=key, rows=walked, measure=measure,
        never=[row["name"] for row in rows if not _walked(row["now"]) and not _walked(row["then"])],
        period=_chosen("periode", tuple(PERIODS), "365"), measures=_measures(), periods=_periods(),
        columns=_columns(measure),
        address={"key": key, "aftale": found["agreement"], "udgave": found["version"], "vis": measure},
        least=_label(scale.least, measure), most=_label(scale.most, measure), shades=range(1, SHADES + 1),
        designs=access.may_deploy(actor()),
    )  # fmt: skip


def _diagram(key: str) -> Response:
    found = _asked(key)
    measure = _chosen("vis", MEASURES, "tid")
    values = {one["id"]: _value(one["version"], measure) for one in found["items"]}
    scale = Scale(values.values(), measure)
    heat = [
        [id_, scale.shade(value), _label(value, measure)]
        for id_, value in values.items()
        if value is not None
    ]
    return jsonify(bpmn=found["bpmn"], heat=heat)


# ---- values ------------------------------------------------------------------------------
def _walked(at: Json | None) -> bool:
    return at is not None and bool(at["count"] or at["dated"])


def _value(at: Mapping[str, Any] | None, measure: str) -> float | None:
    """What is coloured; None where there is nothing to say."""
    if at is None:
        return None
    if measure == "gange":
        return float(at["count"]) or None
    if measure == "tid":
        # What passes at once takes no time of anybody.
        return at["median"] if at["median"] and at["median"] >= 1 else None
    return at["missed"] / at["dated"] if at["dated"] else None


class Scale:
    """From values to shades: shares by their size, the others between least and greatest, by their logarithm."""

    def __init__(self, values: Iterable[float | None], measure: str) -> None:
        """The values that are shown."""
        known = [value for value in values if value is not None]
        self.measure = measure
        self.least = min(known, default=None)
        self.most = max(known, default=None)

    def shade(self, value: float | None) -> int:
        """1 (least) to `SHADES`; 0 for nothing."""
        if value is None or self.least is None or self.most is None:
            return 0
        if self.measure == "frister":
            return max(1, sum(value > bound for bound in _SHARES))
        if self.least == self.most:
            return SHADES
        part = math.log(value / self.least) / math.log(self.most / self.least)
        return min(SHADES, 1 + int(part * SHADES))


def _hottest(value: float | None) -> tuple[bool, float]:
    """The order of the table: what there is nothing to say of comes last."""
    return value is None, -(value or 0.0)


def _label(value: float | None, measure: str) -> str:
    if value is None:
        return ""
    if measure == "gange":
        return str(round(value))
    return lasted(value) if measure == "tid" else _percent(value)


def lasted(seconds: float) -> str:
    """How long that is, in the unit that one would say it in."""
    if seconds < _MINUTE:
        return _("under et minut")
    if seconds < 1.5 * _HOUR:
        return ngettext("%(num)s minut", "%(num)s minutter", round(seconds / _MINUTE))
    if seconds < 2 * _DAY:
        return ngettext("%(num)s time", "%(num)s timer", round(seconds / _HOUR))
    return ngettext("%(num)s dag", "%(num)s dage", round(seconds / _DAY))


def _percent(share: float) -> str:
    return f"{round(share * 100)} %"


def _row(one: Json) -> Json:
    return {
        "id": one["id"], "name": one["name"], "lane": one["lane"],
        "now": one["version"], "then": one["beside"],
        "cells": [_cells(one["version"]), _cells(one["beside"])],
    }  # fmt: skip


def _cells(at: Json | None) -> Json:
    """The words of a version's columns, each with what is said beside; none where the element is not in it."""
    if at is None:
        return {"there": False}
    time, share = _value(at, "tid"), _value(at, "frister")
    return {
        "there": True,
        "gange": (str(at["count"]), _("heraf %(num)s nu", num=at["open"]) if at["open"] else ""),
        "tid": (_label(time, "tid") or (_("straks") if at["median"] is not None else "–"), ""),
        "frister": (
            (_("%(missed)s af %(all)s", missed=at["missed"], all=at["dated"]), _label(share, "frister"))
            if at["dated"]
            else ("–", "")
        ),
    }  # fmt: skip


def _differs(here: Json | None, beside: Json | None, measure: str) -> str:
    """How far the version is from the one beside it, in the chosen measure; of shares in percentage points."""
    a, b = _value(here, measure), _value(beside, measure)
    if here is None or beside is None or (a is None and b is None):
        return "–"
    if measure != "gange" and (a is None or b is None):
        return "–"
    by = (a or 0.0) - (b or 0.0)
    said = (
        _label(abs(by), measure)
        if measure != "frister"
        else _("%(num)s point", num=round(abs(by) * 100))
    )
    if not by:
        return _("uændret")
    return f"{'+' if by > 0 else '−'}{said}"


def _measures() -> list[tuple[str, str]]:
    return [
        ("tid", _("Hvor længe (median)")),
        ("gange", _("Hvor mange gange")),
        ("frister", _("Overskredne frister")),
    ]


def _columns(measure: str) -> list[tuple[str, str]]:
    """The table's columns of a version: what was chosen first, where a narrow window shows it."""
    heads = {"tid": _("Median"), "gange": _("Gange"), "frister": _("Frister overskredet")}
    return [(measure, heads.pop(measure)), *heads.items()]


def _periods() -> list[tuple[str, str]]:
    return [
        ("30", _("De sidste 30 dage")),
        ("90", _("De sidste 90 dage")),
        ("365", _("Det sidste år")),
        ("alt", _("Alle")),
    ]
