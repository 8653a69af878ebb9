"""A real SSH server on loopback that serves one folder by SFTP."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paramiko
from paramiko import SFTP_OK, SFTPAttributes, SFTPHandle, SFTPServer, SFTPServerInterface

from datasets.sources.sftp import fingerprint_of
from tests.datasets.sources.servers.site import SECRET


class Door(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        is_right = (username, password) == ("alice", SECRET)
        return paramiko.AUTH_SUCCESSFUL if is_right else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


class Folder(SFTPServerInterface):
    def __init__(self, server: Any, root: Path) -> None:
        super().__init__(server)
        self.root = root

    def _real(self, path: str) -> Path:
        return self.root / self.canonicalize(path).lstrip("/")

    def list_folder(self, path: str) -> Any:
        try:
            return [SFTPAttributes.from_stat(os.lstat(one), one.name) for one in self._real(path).iterdir()]
        except OSError as error:
            return SFTPServer.convert_errno(error.errno)

    def stat(self, path: str) -> Any:
        try:
            return SFTPAttributes.from_stat(os.lstat(self._real(path)))
        except OSError as error:
            return SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        try:
            file = self._real(path).open("rb")
        except OSError as error:
            return SFTPServer.convert_errno(error.errno)
        handle = SFTPHandle(flags)
        handle.filename, handle.readfile = str(path), file
        handle.stat = lambda: SFTPAttributes.from_stat(os.fstat(file.fileno()))
        return handle


class SshServer:
    def __init__(self, root: Path) -> None:
        self.root, self.key = root, paramiko.ECDSAKey.generate()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.connections = 0
        self.transports: list[paramiko.Transport] = []

    @property
    def port(self) -> int:
        return self.socket.getsockname()[1]

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.key)

    def serve(self) -> None:
        while True:
            try:
                wire, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            transport = paramiko.Transport(wire)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", SFTPServer, Folder, self.root)
            self.transports.append(transport)
            try:
                transport.start_server(server=Door())
            except (paramiko.SSHException, EOFError, OSError):
                continue


@contextmanager
def serving_sftp(root: Path) -> Iterator[SshServer]:
    assert SFTP_OK == 0
    server = SshServer(root)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.socket.shutdown(socket.SHUT_RDWR)
        server.socket.close()
        thread.join()
        for transport in server.transports:
            transport.close()
