"""A folder of an SFTP server, whose key has to be known before anything is told to it.

paramiko over a connection of our own and not django-storages: that one connects by itself, to any address,
and takes host keys from the machine's own file.
"""

import hashlib
import io
import posixpath
import stat
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from datasets.sources.base import (
    CHUNK_BYTES,
    PREFIX,
    Capped,
    Changed,
    Entry,
    Field,
    Kind,
    Outside,
    Values,
    folder_of,
    sdk,
)
from modelship.lib.errors import BadRequest, Unavailable, Unprocessable
from modelship.lib.outbound import connect, judge


class SftpReader:
    def __init__(self, client: Any, values: Values, max_bytes: int) -> None:
        self.client, self.max_bytes = client, max_bytes
        self.folder = folder_of(values).rstrip("/")
        # From the root of the server where it was given so, else from where the account starts.
        self.base = "/" if values.get("prefix", "").startswith("/") else ""

    def entries(self) -> Iterator[Entry]:
        """Folder by folder; links are not followed."""
        waiting = [self.folder]
        while waiting:
            folder = waiting.pop()
            with telling():
                found = self.client.listdir_attr(self._path(folder))
            for one in found:
                key = posixpath.join(folder, one.filename)
                if stat.S_ISDIR(one.st_mode or 0) and one.filename not in (".", ".."):
                    waiting.append(key)
                elif stat.S_ISREG(one.st_mode or 0):
                    yield _entry(key, one)

    def _path(self, key: str) -> str:
        return f"{self.base}{key}" or "."

    def look(self, key: str) -> Entry | None:
        with telling():
            try:
                return _entry(key, self.client.stat(self._path(key)))
            except FileNotFoundError:
                return None

    def fetch(self, entry: Entry, sink: BinaryIO) -> None:
        """SFTP has no revisions: the file must be the same before and after."""
        capped = Capped(sink, self.max_bytes)
        try:
            with telling(), self.client.open(self._path(entry.key), "rb") as file:
                if _entry(entry.key, file.stat()) != entry:
                    raise Changed
                file.prefetch(min(entry.size or 0, self.max_bytes), max_concurrent_requests=32)
                while piece := file.read(min(CHUNK_BYTES, 1 << 15)):
                    capped.write(piece)
        except Unprocessable as problem:
            if problem.code == "source_not_found":
                raise Changed from problem
            raise
        if self.look(entry.key) != entry or capped.tell() != entry.size:
            raise Changed


def _entry(key: str, found: Any) -> Entry:
    return Entry(key, found.st_size, str(found.st_mtime or ""))


@contextmanager
def telling() -> Iterator[None]:
    ssh = sdk("paramiko", "paramiko").SSHException
    try:
        yield
    except FileNotFoundError as error:
        raise Unprocessable(
            "There is no such folder there. Check its name.", code="source_not_found"
        ) from error
    except PermissionError as error:
        raise Unprocessable(
            "This account may not read there. Check its rights.", code="unreadable"
        ) from error
    except (ssh, OSError, EOFError) as error:
        raise _broken() from error


def _broken() -> Unavailable:
    return Unavailable("The SFTP server broke off. Try again later.", code="unreachable")


def fingerprint_of(key: Any) -> str:
    """As `ssh-keygen -lf` prints it."""
    return "SHA256:" + b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


@contextmanager
def opened(values: Values, outside: Outside) -> Iterator[SftpReader]:
    paramiko = sdk("paramiko", "paramiko")
    wire = connect(values["host"], _port(values), policy=outside.policy, is_encrypted=True)
    transport = paramiko.Transport(wire)
    try:
        transport.banner_timeout = transport.handshake_timeout = outside.policy.connect_seconds
        try:
            transport.start_client(timeout=outside.policy.connect_seconds)
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise Unavailable("There is no SSH server at this place. Check host and port.") from error
        _check_server(fingerprint_of(transport.get_remote_server_key()), values)
        _sign_in(transport, values, paramiko)
        client = paramiko.SFTPClient.from_transport(transport)
        client.get_channel().settimeout(outside.policy.idle_seconds)
        yield SftpReader(client, values, outside.max_bytes)
    finally:
        with suppress(OSError):
            transport.close()


def judge_host(values: Values, outside: Outside) -> None:
    host = values["host"]
    # SSH protects itself, as https does.
    judge(f"https://{f'[{host}]' if ':' in host else host}:{_port(values)}", policy=outside.policy)


def _port(values: Values) -> int:
    port = values.get("port") or "22"
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise BadRequest("The port must be a number from 1 to 65535.", code="bad_port", field="port")
    return int(port)


def _check_server(found: str, values: Values) -> None:
    wanted = values.get("fingerprint", "")
    if not wanted:
        raise Unprocessable(
            f"The server shows the key {found}. Ask its operator whether that is right, then enter it here.",
            code="unknown_host",
            fingerprint=found,
            field="fingerprint",
        )
    if wanted.rstrip("=") != found:
        raise Unprocessable(
            f"The server shows the key {found}, not the one that was entered. Nothing was sent to it. "
            "Ask its operator.",
            code="wrong_host",
            fingerprint=found,
            field="fingerprint",
        )


def _sign_in(transport: Any, values: Values, paramiko: Any) -> None:
    key = values.get("private_key", "")
    try:
        if key:
            transport.auth_publickey(values["user"], _key_of(key, values.get("password") or None, paramiko))
        else:
            transport.auth_password(values["user"], values.get("password", ""))
    except paramiko.AuthenticationException as error:
        raise Unprocessable(
            "The SFTP server refused the user or the credentials. Check them.", code="credentials_refused"
        ) from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise _broken() from error


def _key_of(text: str, password: str | None, paramiko: Any) -> Any:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(text), password)
    raise Unprocessable(
        "The private key can't be read. Paste the whole file; a passphrase goes into the password.",
        code="bad_key_file",
        field="private_key",
    )


KIND = Kind(
    "sftp",
    "SFTP server",
    "A folder of a server that you reach by SSH.",
    (
        Field("host", "Host", "Like files.example.com.", required=True, most=255),
        Field("port", "Port", "22 unless it was changed.", default="22", most=5),
        Field("user", "User", required=True, most=200),
        Field("password", "Password", "Or the passphrase of the private key.", secret=True),
        Field(
            "private_key", "Private key", "Ed25519, ECDSA or RSA.", secret=True, many_lines=True, most=20_000
        ),
        Field("fingerprint", "Server key", "Like SHA256:… Leave it empty once: testing shows it.", most=100),
        PREFIX,
    ),
    opened,
    judge_host,
)
