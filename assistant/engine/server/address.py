"""Reads the address of a model server, and tells whether it is on this machine."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from assistant.errors import UsageError

_HINT = "Write it as http://127.0.0.1:8080 or https://host/v1."


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    scheme: str
    """http or https."""
    host: str
    port: int
    prefix: str = ""
    """Path before those of the API, without a final slash and without `/v1`."""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Raises UsageError for anything that is not an http or https URL with a host.

        A URL with a user name or a password is refused: it would end up in logs.
        """
        try:
            parts = urlsplit(text.strip())
            port = parts.port
        except ValueError as error:
            raise UsageError(f"{text!r} is not the address of a server.", hint=_HINT) from error
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"{text!r} is not the address of a server.", hint=_HINT)
        if parts.username is not None or parts.query or parts.fragment:
            raise UsageError(
                "The address of a server has no user name, password or query.",
                hint="Put the key in the environment variable ASSISTANT_ENGINE_KEY.",
            )
        prefix = parts.path.rstrip("/").removesuffix("/v1")
        port = port or (443 if parts.scheme == "https" else 80)
        return cls(parts.scheme, parts.hostname, port, prefix)

    @property
    def text(self) -> str:
        """The address as users see it, and as consent is recorded for it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.prefix}"

    @property
    def is_local(self) -> bool:
        """Whether it is a loopback address. No name but `localhost` counts: names can change."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def is_address(text: str) -> bool:
    """Whether a text is meant as an address, not as the name of a model."""
    return "://" in text
