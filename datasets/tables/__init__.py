"""Tables: read from any file, staged as Parquet, described, cleaned, compared. Pure, on DuckDB."""
