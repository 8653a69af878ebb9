"""Readers of tables: each a module and a line here."""

from datasets.tables.reading.delimited import Delimited
from datasets.tables.reading.documents import Documents, Lines
from datasets.tables.reading.parquet import Parquet
from datasets.tables.reading.records import Cell, Opened, Placed, Reader, Row, Wish
from datasets.tables.reading.workbook import Workbook

READERS: dict[str, Reader] = {
    reader.name: reader for reader in (Delimited(), Documents(), Lines(), Workbook(), Parquet())
}

__all__ = ["READERS", "Cell", "Opened", "Placed", "Reader", "Row", "Wish"]
