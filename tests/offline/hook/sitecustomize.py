"""Writes what a Python process does with the network to the file ASSISTANT_TEST_NETWORK.

Python imports this module when it starts, in every process that has this folder on PYTHONPATH.
Each line is a JSON array: "process" and its command line, or the name of an audit event and what
it is about.
"""

import json
import os
import socket
import sys

_LOG = os.environ["ASSISTANT_TEST_NETWORK"]
_LOOKUPS = (
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "socket.getnameinfo",
)
_ADDRESSED = ("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg")
_IP = (socket.AF_INET, socket.AF_INET6)


def _write(*words: str) -> None:
    log = os.open(_LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(log, f"{json.dumps(words)}\n".encode())
    os.close(log)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.__new__" and arguments[1] in _IP:
        _write(event, str(arguments[1]))
    elif event in _LOOKUPS:
        _write(event, str(arguments[0]))
    elif event in _ADDRESSED and isinstance(arguments[1], tuple):  # Unix sockets have a path
        _write(event, str(arguments[1]))


_write("process", " ".join(sys.orig_argv))
sys.addaudithook(_watch)
