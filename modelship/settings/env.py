"""Typed readers of the environment: each variable is read once, in base.py, and a bad value stops the start."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

reader = environ.Env()


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value == "":
        return default
    raise ImproperlyConfigured(f"{name} must be true or false.")


def number(name: str, default: int, *, low: int, high: int) -> int:
    value = os.environ.get(name, "").strip()
    if value == "":
        return default
    if not value.lstrip("-").isdigit() or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{name} must be a whole number from {low} to {high}.")
    return int(value)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def folder(name: str, default: Path) -> Path:
    path = Path(os.environ.get(name, "").strip() or default).expanduser().resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


def database(url: str) -> dict:
    """Django's database settings of `url`; SQLite gets WAL and IMMEDIATE, PostgreSQL its pool."""
    config = dict(reader.db_url_config(url))
    if config["ENGINE"].endswith("sqlite3"):
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    elif config["ENGINE"].endswith("postgresql"):
        # Kept connections leak under ASGI (one short-lived thread each); the pool does not.
        config["CONN_MAX_AGE"] = 0
        config["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 16, "timeout": 20}}
    else:
        raise ImproperlyConfigured("DATABASE_URL must be sqlite:// or postgres://.")
    return config


def store_origins(endpoint: str, bucket: str, region: str) -> list[str]:
    """The origins that presigned URLs of an S3-compatible store may have: by path, or with the bucket as host."""
    if endpoint:
        parts = urlsplit(endpoint)
        return [f"{parts.scheme}://{parts.netloc}", f"{parts.scheme}://{bucket}.{parts.netloc}"]
    regional = [f"https://{bucket}.s3.{region}.amazonaws.com"] if region else []
    return [f"https://{bucket}.s3.amazonaws.com", *regional]


def secret_key(home: Path) -> str:
    """The key from MODELSHIP_SECRET_KEY, or a random one kept in `home` with mode 0600."""
    given = text("MODELSHIP_SECRET_KEY")
    if given:
        if len(given) < 32:
            raise ImproperlyConfigured("MODELSHIP_SECRET_KEY needs at least 32 characters.")
        return given
    path = home / "secret_key"
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
