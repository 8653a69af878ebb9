"""Typed readers of the environment: each variable is read once, in base.py, and a bad value stops the start."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

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


def choice(name: str, allowed: tuple[str, ...]) -> str:
    """One of the words allowed, the first where nothing is said."""
    value = text(name, allowed[0]).lower()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def origin(name: str) -> str:
    """A scheme, a host and maybe a port, without a path; "" where nothing is set."""
    value = text(name).rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or value.count("/") != 2):
        raise ImproperlyConfigured(f"{name} must be like http://127.0.0.1:8001, without a path.")
    return value


def folder(name: str, default: Path) -> Path:
    path = Path(os.environ.get(name, "").strip() or default).expanduser().resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


# PostgreSQL takes a page read out of order for four times as dear, as on disks that turn. With solid ones and caches it
# then reads whole tables where an index has the answer. Options of the URL take its place, also empty ones (`?options=`):
# poolers like PgBouncer refuse what they don't know.
PAGES_COST = "-c random_page_cost=1.1"


def database(url: str) -> dict:
    """Django's database settings of `url`; SQLite gets WAL and IMMEDIATE, PostgreSQL its pool.

    What the query of a PostgreSQL URL says (`?sslmode=require`) goes to the driver.
    """
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
        ours = (
            {}
            if "options" in parse_qs(urlsplit(url).query, keep_blank_values=True)
            else {"options": PAGES_COST}
        )
        pool = {"min_size": 1, "max_size": 16, "timeout": 20}
        config["OPTIONS"] = {**ours, **config.get("OPTIONS", {}), "pool": pool}
    else:
        raise ImproperlyConfigured("DATABASE_URL must be sqlite:// or postgres://.")
    return config


def store_origin(endpoint: str, bucket: str, region: str) -> str:
    """The one origin that presigned URLs of an S3-compatible store have: the endpoint's, or Amazon's of the bucket."""
    if endpoint:
        parts = urlsplit(endpoint)
        return f"{parts.scheme}://{parts.netloc}"
    if "." not in bucket:
        return f"https://{bucket}.s3.amazonaws.com"
    # No certificate covers the dots of such a bucket, so it is part of the path.
    return "https://s3.amazonaws.com" if region in ("", "us-east-1") else f"https://s3.{region}.amazonaws.com"


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


def mail(url: str) -> dict[str, Any]:
    """Django's settings for a mail server like smtp+tls://user:password@mail.example:587; without one mail is printed."""
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtp+tls", "smtp+ssl") or not parts.hostname:
        raise ImproperlyConfigured("MODELSHIP_EMAIL_URL must be like smtp+tls://user:password@host:587.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtp+ssl",
    }
