"""A folder that came over the wire, as files by their path or as a zip: opened with a bound on everything.

`unpacked(files)` and `unzipped(data)` give a context with a folder that is gone afterwards.  Paths that leave the
folder, links, and archives that swell are refused before anything of them is written.
"""

from __future__ import annotations

import io
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from engine import sizes
from engine.errors import Invalid

MAX_FILES = 5_000
MAX_FILE, MAX_TOTAL = sizes.FILE, sizes.FOLDER
_LONGEST = 300


class UploadRefused(Invalid):
    """The folder that was sent cannot be opened."""

    code = "upload_refused"

    def __init__(self, detail: str = "", path: str = "", **facts: object) -> None:
        """`path` is the file at fault, as it was sent; `facts` fill the sentence's places."""
        shown = path[:_LONGEST].replace("\0", "?") or "?"
        super().__init__(detail, fields={shown: detail} if detail and path else {}, **facts)


@contextmanager
def unpacked(files: Mapping[str, str]) -> Iterator[Path]:
    """Files as text by their path with `/`; raises `UploadRefused` naming the path."""
    if len(files) > MAX_FILES:
        raise UploadRefused("There are too many files.")
    with tempfile.TemporaryDirectory() as place:
        total = 0
        for name, text in files.items():
            data = text.encode()
            total += len(data)
            _write(Path(place), name, data, total)
        yield _root(Path(place))


@contextmanager
def unzipped(data: bytes) -> Iterator[Path]:
    """A zip archive; raises `UploadRefused`."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError) as exc:
        raise UploadRefused("This is not a zip archive that can be read.") from exc
    with archive, tempfile.TemporaryDirectory() as place:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > MAX_FILES:
            raise UploadRefused("There are too many files.")
        total = 0
        for member in members:
            content = _member(archive, member)
            total += len(content)
            _write(Path(place), member.filename, content, total)
        yield _root(Path(place))


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if stat.S_ISLNK(member.external_attr >> 16):
        raise UploadRefused("This is a link, not a file.", path=member.filename)
    try:
        with archive.open(member) as file:
            # What it says of its size may be a lie: no more than this is unpacked.
            return file.read(MAX_FILE + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        RuntimeError,
        NotImplementedError,
        OSError,
        EOFError,
    ) as exc:
        raise UploadRefused(
            "The file in the archive is damaged or locked.", path=member.filename
        ) from exc


def _write(place: Path, name: str, data: bytes, total: int) -> None:
    if len(data) > MAX_FILE or total > MAX_TOTAL:
        most = {"file": sizes.megabytes(MAX_FILE), "all": sizes.megabytes(MAX_TOTAL)}
        raise UploadRefused(
            "The file is larger than %(file)s MB, or all of them together than %(all)s MB.",
            path=name,
            **most,
        )
    path = PurePosixPath(name)
    if not _is_inside(name, path):
        raise UploadRefused("The path must lie inside the folder.", path=name)
    target = place / path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    except OSError as exc:
        raise UploadRefused(
            "A file and a folder have the same name, or the name is too long.", path=name
        ) from exc


def _is_inside(name: str, path: PurePosixPath) -> bool:
    plain = 0 < len(name) <= _LONGEST and not set(name) & set("\\:\0")
    parts = path.parts
    return plain and bool(parts) and not path.is_absolute() and ".." not in parts


def _root(place: Path) -> Path:
    """The agreements' folder: what was sent, or the one folder in it that holds them all."""
    inside = [each for each in place.iterdir() if each.name != "__MACOSX"]
    alone = len(inside) == 1 and inside[0].is_dir()
    if (
        alone
        and not (inside[0] / "agreement.toml").exists()
        and any(inside[0].glob("*/agreement.toml"))
    ):
        return inside[0]
    return place
