import logging
import traceback

from flask import request

log = logging.getLogger("stafet")


def lines(number):
    # ruleid: log-of-what-was-asked
    log.info("asked for %s", request.full_path)
    asked = request.form.get("q")
    # ruleid: log-of-what-was-asked
    log.info("asked for %s", asked)
    # ok: log-of-what-was-asked
    log.info("%s of %s", request.method, number)


def failed(exc, cpr, row):
    # ruleid: log-of-what-somebody-wrote
    log.error("failed: %s", exc)
    # ruleid: log-of-what-somebody-wrote
    log.error("failed: %s", str(exc))
    # ruleid: log-of-what-somebody-wrote
    log.error("%s failed: %s", exc.code, exc.sentence)
    # ruleid: log-of-what-somebody-wrote
    log.error("failed: %s", traceback.format_exc())
    # ruleid: log-of-what-somebody-wrote
    log.info("of %s", cpr)
    # ruleid: log-of-what-somebody-wrote
    log.info("of %s", row.name)
    # ruleid: log-of-what-somebody-wrote
    log.info(f"of {row.id}")
    # ok: log-of-what-somebody-wrote
    log.error("%s failed with %s: %s", row.id, type(exc).__name__, exc.code)
    # ok: log-of-what-somebody-wrote
    log.exception("a page failed")


def words(text):
    # ruleid: printed
    print(text)
    # ok: printed
    log.info("written")
