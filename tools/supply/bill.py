"""The bill of materials (SBOM, CycloneDX 1.6) of everything that is locked: `make sbom` writes sbom/stafet.cdx.json.

Made of the lock files and requirements/licences.toml alone, so the same files give the same bytes.  `scope` says what
is delivered (required) and what only builds, tests or looks at it (excluded); `stafet:lock` which locks name it.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from tools.supply import licences, locks
from tools.supply.locks import Locked

ALGORITHMS = {
    "sha256": HashAlgorithm.SHA_256,
    "sha512": HashAlgorithm.SHA_512,
    "sha1": HashAlgorithm.SHA_1,
}
OUT = locks.ROOT / "sbom" / "stafet.cdx.json"


def bill(root: Path = locks.ROOT, *, check: bool = True) -> str:
    """The bill as JSON; `check`: held against CycloneDX' own schema, raises `ValueError` where it does not fit."""
    packages = locks.everything(root)
    known = licences.table(root)
    of_ours = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    whole: dict[tuple[str, str, str], list[Locked]] = {}
    for one in packages:
        whole.setdefault((one.kind, one.name, one.version), []).append(one)
    parts = [_component(rows, licences.of(rows[0], known)) for _, rows in sorted(whole.items())]
    ours = Component(
        name=of_ours["name"], version=of_ours["version"], type=ComponentType.APPLICATION, bom_ref="stafet",
        licenses=[LicenseFactory().make_from_string(of_ours["license"])],
    )  # fmt: skip
    made = Bom(components=parts)
    made.metadata.component = ours
    made.metadata.timestamp = None  # type: ignore[assignment]  # when it was made says nothing of what is in it
    made.serial_number = uuid5(NAMESPACE_URL, hashlib.sha256(repr(packages).encode()).hexdigest())
    made.register_dependency(ours, [one for one in parts if one.scope is ComponentScope.REQUIRED])
    text = make_outputter(made, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)
    if check and (wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)):
        raise ValueError(str(wrong))
    return text + "\n"


def _component(rows: list[Locked], licence: str) -> Component:
    one = rows[0]
    group, _, name = one.name.rpartition("/")
    hashes = sorted({each for row in rows for each in row.hashes})
    url = one.url or f"https://pypi.org/project/{quote(one.name)}/{quote(one.version)}/#files"
    return Component(
        name=name, group=group or None, version=one.version, type=ComponentType.LIBRARY,
        bom_ref=f"{one.kind}:{one.name}@{one.version}",
        purl=PackageURL(one.kind, group or None, name, one.version),
        scope=ComponentScope.REQUIRED if any(map(licences.delivered, rows)) else ComponentScope.EXCLUDED,
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
        # The hashes are of the files that the registry hands out, one of which is installed.
        external_references=[ExternalReference(
            type=ExternalReferenceType.DISTRIBUTION, url=XsUri(url),
            hashes=[HashType(alg=ALGORITHMS[kind], content=digest) for kind, digest in hashes],
        )],
        properties=[Property(name="stafet:lock", value=row.lock) for row in rows],
    )  # fmt: skip


def main() -> int:
    """Write it; 1 where a licence may not come in."""
    refused = list(licences.refused(locks.everything(), licences.table()))
    sys.stderr.writelines(f"{line}\n" for line in refused)
    if refused:
        return 1
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(bill())
    sys.stdout.write(f"{OUT.relative_to(locks.ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
