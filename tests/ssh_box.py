"""A real sshd on the loopback address, which plays the other machine.

It runs as the current user with keys, a home and a configuration of its own; the system's are not
touched. `Line` stands in between: it counts bytes, and cuts the connection.
"""

import contextlib
import getpass
import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

import assistant

_SERVER = """\
ListenAddress 127.0.0.1:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/user_key.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowTcpForwarding no
SetEnv HOME={folder}/home PATH={folder}/there:/usr/bin:/bin
"""
_CLIENT = """\
Host box
    HostName 127.0.0.1
    HostKeyAlias box
    Port {port}
    User {user}
    IdentityFile {folder}/user_key
    IdentityAgent none
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known_hosts
    GlobalKnownHostsFile /dev/null
    StrictHostKeyChecking yes
"""


class Box:
    """The other machine: its sshd, its home and its programs."""

    def __init__(self, folder: Path) -> None:
        """Skips the test where sshd is missing, or lets no one in."""
        self._folder = folder
        self.port = free_port()
        self.home, self.there, self.here = folder / "home", folder / "there", folder / "here"
        for each in (self.home, self.there, self.here):
            each.mkdir(parents=True)
        sshd = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        ssh, keygen = shutil.which("ssh"), shutil.which("ssh-keygen")
        if not (sshd and ssh and keygen):
            pytest.skip("sshd is not installed (Debian: openssh-server)")
        _make_privilege_folder()
        for name in ("host_key", "user_key"):
            command = [keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(command, check=True)
        self._user_key = (folder / "user_key.pub").read_text()
        values = {"port": self.port, "folder": folder, "user": getpass.getuser()}
        (folder / "sshd_config").write_text(_SERVER.format(**values))
        self.reset()
        wrapper = f'#!/bin/sh\nexec {ssh} -F {folder}/ssh_config "$@"\n'
        _script(self.here / "ssh", wrapper)
        self._log = (folder / "sshd.log").open("wb")
        self._sshd = subprocess.Popen(
            [sshd, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=self._log
        )
        self._require_login()

    def reset(self) -> None:
        """As after the start: reachable, with the right keys, and without any program."""
        self.point_to(self.port)
        key = (self._folder / "host_key.pub").read_text()
        (self._folder / "known_hosts").write_text(f"box {key}")
        (self._folder / "user_key.pub").write_text(self._user_key)
        for each in self.there.iterdir():
            each.unlink()

    def point_to(self, port: int) -> None:
        """Makes `box` lead to this port."""
        values = {"port": port, "folder": self._folder, "user": getpass.getuser()}
        (self._folder / "ssh_config").write_text(_CLIENT.format(**values))

    def has_assistant(self, **environment: str) -> None:
        """Puts this program on the path there, with these variables."""
        package = Path(assistant.__file__).parent.parent
        values = {"PYTHONPATH": str(package), "OMP_NUM_THREADS": "1", **environment}
        words = [f"{name}={value}" for name, value in values.items()]
        command = shlex.join(["env", *words, sys.executable, "-P", "-m", "assistant"])
        self.has_program("assistant", f'exec {command} "$@"')

    def has_program(self, name: str, text: str) -> None:
        _script(self.there / name, f"#!/bin/sh\n{text}\n")

    def forget_key(self) -> None:
        """The client no longer knows the key of the box."""
        (self._folder / "known_hosts").write_text("")

    def lock_out(self) -> None:
        """The box no longer accepts the client's key."""
        (self._folder / "user_key.pub").write_text("")

    def workers(self) -> list[psutil.Process]:
        """Worker processes that were started over ssh."""
        return [each for each in self._children() if "assistant.engine.worker" in _words(each)]

    def cut(self) -> None:
        """Kills every connection, and not what runs at its other end."""
        for each in self._children():
            if "sshd" in each.name():
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()

    def stop(self) -> None:
        self.cut()
        self._sshd.terminate()
        self._sshd.wait()
        self._log.close()

    def _children(self) -> list[psutil.Process]:
        return psutil.Process(self._sshd.pid).children(recursive=True)

    def _require_login(self) -> None:
        command = [str(self.here / "ssh"), "-oBatchMode=yes", "-oConnectionAttempts=50"]
        done = subprocess.run([*command, "box", "true"], capture_output=True, text=True)
        if done.returncode:
            log = (self._folder / "sshd.log").read_text()
            self.stop()
            pytest.skip(f"sshd lets no one in here: {done.stderr.strip()} {log.strip()[-300:]}")


class Line:
    """A TCP connection to the box that can be cut at a byte."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.received = 0
        """Bytes that the running connection has received from the box."""
        self.cut_at: list[int] = []
        """For the next connections in turn: the number of such bytes after which each is cut."""
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                self.received = 0
                limit = self.cut_at.pop(0) if self.cut_at else sys.maxsize
                server = socket.create_connection(("127.0.0.1", self._target))
                for pair in ((client, server, sys.maxsize), (server, client, limit)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, limit: int) -> None:
        from_box = source.getpeername()[1] == self._target
        count = 0
        with contextlib.suppress(OSError):
            while count < limit and (data := source.recv(min(65536, limit - count))):
                target.sendall(data)
                count += len(data)
                if from_box:
                    self.received = count
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _make_privilege_folder() -> None:
    """sshd wants this folder when root starts it; a package makes it at the next boot."""
    if os.geteuid() == 0 and not Path("/run/sshd").exists():
        with contextlib.suppress(OSError):
            Path("/run/sshd").mkdir(mode=0o755)


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
