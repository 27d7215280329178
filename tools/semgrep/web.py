import io
import zipfile
from pathlib import Path

import jinja2
from flask import redirect, render_template, render_template_string, request, url_for
from markupsafe import Markup, escape

from web import sessions
from web.sessions import safe


def onward(number):
    # ruleid: redirect-anywhere
    redirect(request.args["next"])
    # ruleid: redirect-anywhere
    redirect(f"{number}?done=1")
    # ok: redirect-anywhere
    redirect(url_for("web.case", case_id=number))
    # ok: redirect-anywhere
    redirect(safe(request.form["next"]))
    goal = safe(request.form["next"])
    # ok: redirect-anywhere
    return redirect(goal)


def shown(name):
    # ruleid: markup-from-data
    Markup(name)
    # ruleid: markup-from-data
    Markup(f"<b>{name}</b>")
    # ok: markup-from-data
    Markup("<b>{}</b>").format(name)
    # ok: markup-from-data
    escape(name)
    # ruleid: template-from-data
    render_template_string(name)
    # ruleid: template-from-data
    jinja2.Template(name)
    # ok: template-from-data
    return render_template("case.html", name=name)


def cookies(answer, value):
    # ruleid: cookie-without-its-marks
    answer.set_cookie("seen", value)
    # ruleid: cookie-without-its-marks
    answer.set_cookie("seen", value, httponly=True, samesite="None", secure=True)
    # ok: cookie-without-its-marks
    answer.set_cookie("seen", value, httponly=True, samesite="Lax", secure=True, path="/")
    # ok: cookie-without-its-marks
    sessions.set_cookie(answer, "seen", value)


def files(number):
    # ruleid: file-by-a-sent-name
    open(request.args["file"])
    name = request.form["name"]
    # ruleid: file-by-a-sent-name
    Path("/srv") / Path(name)
    # ok: file-by-a-sent-name
    open(f"{int(request.args['file'])}.txt")
    # ok: file-by-a-sent-name
    return Path(number)


def unpacked(data):
    archive = zipfile.ZipFile(io.BytesIO(data))
    # ruleid: archive-unpacked
    archive.extractall("/srv")
    # ok: archive-unpacked
    return archive.read("agreement.toml")
