"""Finds the key for a server: in the environment, else in the system's keyring. Never in a file of
a repository, and never in the settings, which hold only the name of the variable."""

import importlib
import os
from collections.abc import Mapping

from assistant.engine.server.address import Address

SERVICE = "assistant"
"""The name under which the keyring holds keys; the user name there is the server's address."""


def key_for(address: Address, variable: str, environ: Mapping[str, str] = os.environ) -> str:
    """Empty where there is none, or where the `keyring` package is not installed."""
    if found := environ.get(variable, "").strip():
        return found
    try:
        keyring = importlib.import_module("keyring")
        return str(keyring.get_password(SERVICE, address.text) or "")
    except Exception:  # noqa: BLE001 - backends of the keyring raise anything
        return ""
