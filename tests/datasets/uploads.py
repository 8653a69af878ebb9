"""What the tests of uploads share: announcing a file, sending pieces, packing archives."""

import io
import tarfile
import zipfile

from django.core.files.storage import default_storage

from tests.datasets.pictures import picture

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = "application/offset+octet-stream"


def announce(person, dataset, **fields):
    body = {"filename": "a.png", "size": len(picture()), "dataset": str(dataset.id), **fields}
    return person.api.post("/api/v1/uploads", body, content_type="application/json")


def begun(person, dataset, **fields):
    answer = announce(person, dataset, **fields)
    assert answer.status_code == 201, answer.content
    return answer.json()["upload"]


def send(person, upload, data, offset=0, **headers):
    return person.api.patch(
        upload["url"], data, content_type=PIECE, headers={**TUS, "Upload-Offset": str(offset), **headers}
    )


def complete(person, upload):
    return person.api.post(f"/api/v1/uploads/{upload['id']}/complete", {}, content_type="application/json")


def files_left():
    return [name for name in _walk("t") if "/incoming/" in name]


def _walk(folder):
    if not default_storage.exists(folder):
        return
    folders, files = default_storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from _walk(f"{folder}/{name}")


def zipped(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in entries:
            # Not the present time: the same files make the same archive, whenever it is made.
            member = zipfile.ZipInfo(name, (2026, 5, 31, 12, 0, 0))
            archive.writestr(member, data, compression)
    return out.getvalue()


def tarred(*entries: tuple[str, bytes | tarfile.TarInfo], mode: str = "w:gz") -> bytes:
    """A tar of files; a TarInfo instead of bytes stands for a member that is none."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in entries:
            if isinstance(data, tarfile.TarInfo):
                archive.addfile(data)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()
