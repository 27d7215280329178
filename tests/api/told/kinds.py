"""For schemathesis (`SCHEMATHESIS_HOOKS`): how a body of a kind is sent that it does not know."""

import schemathesis  # type: ignore[import-not-found]  # in .venv/api alone

schemathesis.serializer.alias("application/zip", "application/octet-stream")
