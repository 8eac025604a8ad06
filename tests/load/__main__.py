"""Puts the sessions of several users on one model server, and prints how they fared.

    python -m tests.load [--users 16] [--slots 4] [--threads 2] [--seconds 900] [--server URL]

Without `--server`, llama.cpp's server is started with the real 0.5B. Each user asks four times:
a question, an edit, a question that is cancelled after three tokens, and a question after that.
Then all users ask and cancel together. A request is lost if it ends otherwise than it should, or
not in time. Exits with 1 if one was lost.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.llama_server import LlamaServer, gguf
from tests.load.running import after_cancels, sessions
from tests.load.table import by_kind, by_user
from tests.load.users import User


@contextmanager
def _serving(arguments: argparse.Namespace) -> Iterator[str]:
    if arguments.server:
        yield arguments.server
        return
    server = LlamaServer(gguf(), slots=arguments.slots, threads=arguments.threads)
    with closing(server):
        yield server.url


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load")
    parser.add_argument("--users", type=int, default=16)
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=900.0)
    parser.add_argument("--server", default="")
    arguments = parser.parse_args()
    with _serving(arguments) as url:
        users = [User(number) for number in range(arguments.users)]
        asked = sessions(url, users, arguments.seconds)
        print(*by_user(asked), "", *by_kind(asked), sep="\n")
        for each in asked:
            if each.lost:
                print(f"lost: user {each.user + 1}, {each.kind.value}: {each.end}")
        idle, after = after_cancels(url, users, arguments.seconds)
    print(f"\nidle {idle:.2f} s after {arguments.users} cancels", end="; ")
    print("lost" if after.first is None else f"next request's first token: {after.first:.1f} s")
    return int(after.lost or any(each.lost for each in asked))


if __name__ == "__main__":
    sys.exit(main())
