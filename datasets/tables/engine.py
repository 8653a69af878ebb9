"""The one way DuckDB is opened: within memory, in a folder of its own, without the network or any other file."""

from pathlib import Path

import duckdb

MEMORY_BYTES = 512 << 20
THREADS = 2


def connect(
    folder: Path, *others: Path, memory_bytes: int = MEMORY_BYTES, threads: int = THREADS
) -> duckdb.DuckDBPyConnection:
    """Files of the folders can be read and written, nothing else; what does not fit into memory goes into the first."""
    allowed = ", ".join(literal(str(one)) for one in (folder, *others))
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": f"{memory_bytes // 2**20}MiB",
            "threads": threads,
            "temp_directory": str(folder / "spilled"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "preserve_insertion_order": True,
        },
    )
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def quoted(name: str) -> str:
    """A name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
