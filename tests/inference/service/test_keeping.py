import hashlib

import pytest

from inference.service.keeping import BUILTIN, Keeping
from modelship.lib.errors import NotFound, TooLarge


def put(keeping, content: bytes) -> str:
    path = keeping.folder / ".new-1"
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    keeping.take(path, sha256)
    return sha256


def is_here(keeping, sha256) -> bool:
    try:
        with keeping.held(sha256):
            return True
    except NotFound:
        return False


def test_the_built_in_model_is_always_there(tmp_path):
    keeping = Keeping(tmp_path / "models", most_bytes=10)

    with keeping.held(keeping.builtin) as path:
        assert path == BUILTIN


def test_the_least_recently_used_leaves(tmp_path):
    keeping = Keeping(tmp_path, most_bytes=10)
    first, second = put(keeping, b"aaaa"), put(keeping, b"bbbb")
    assert is_here(keeping, first)

    third = put(keeping, b"cccc")

    assert [is_here(keeping, name) for name in (first, second, third)] == [True, False, True]
    assert keeping.bytes == 8


def test_a_model_in_use_stays(tmp_path):
    keeping = Keeping(tmp_path, most_bytes=10)
    first = put(keeping, b"aaaa")
    with keeping.held(first) as path:
        put(keeping, b"bbbbbbbb")
        assert path.read_bytes() == b"aaaa"

    assert keeping.bytes <= 10


def test_a_model_larger_than_the_folder_may_be_is_refused(tmp_path):
    keeping = Keeping(tmp_path, most_bytes=10)
    first = put(keeping, b"aaaa")

    with pytest.raises(TooLarge):
        put(keeping, b"b" * 11)

    assert is_here(keeping, first)


def test_a_new_start_believes_names_only_where_they_are_true(tmp_path):
    first = put(Keeping(tmp_path, most_bytes=100), b"aaaa")
    (tmp_path / f"{'0' * 64}.onnx").write_bytes(b"something else")
    (tmp_path / ".new-left").write_bytes(b"half")

    keeping = Keeping(tmp_path, most_bytes=100)

    assert keeping.names == [first, keeping.builtin]
    assert [path.name for path in tmp_path.iterdir()] == [f"{first}.onnx"]
