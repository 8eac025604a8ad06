"""Builds the engine for a model server, or for a worker on another machine, after the user has
agreed to send code there.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli.composition import LoadedModel
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.engine.remote.link import Link
    from assistant.engine.server.connection import Connection
    from assistant.engine.server.record import Record


def connection_to(settings: Settings) -> "Connection":
    """The connection to the server of the settings. Raises UsageError for a bad address."""
    from assistant.engine.server.address import Address
    from assistant.engine.server.connection import Connection
    from assistant.engine.server.keys import key_for

    address = Address.parse(settings.engine)
    return Connection(address, key_for(address, settings.engine_key_variable))


def asks_for(settings: Settings, root: Path) -> str:
    """The address that the user has to agree to before code is sent there; empty if there is none.

    Every host of ssh counts as another machine: its name says nothing about where it leads.

    Raises UsageError for a bad address.
    """
    from assistant.checks.consent import Consents

    text, is_local = _destination(settings)
    if is_local or settings.engine_trusted:
        return ""
    return "" if Consents(settings.state_dir).may_send(root, text) else text


def leaves_machine(settings: Settings) -> bool:
    """Whether prompts go to another machine. Raises UsageError for a bad address."""
    return settings.elsewhere != "" and not _destination(settings)[1]


def _destination(settings: Settings) -> tuple[str, bool]:
    """The address of the host or the server of the settings, and whether it is this machine."""
    from assistant.engine.remote.host import Host
    from assistant.engine.server.address import Address

    if settings.host:
        return Host.parse(settings.host).text, False
    address = Address.parse(settings.engine)
    return address.text, address.is_local


def require_consent(settings: Settings, root: Path, ask: Callable[[str], str] | None) -> None:
    """Asks before code of a repository is sent to another machine for the first time.

    Raises UsageError for a bad address, and CheckError without consent.
    """
    from assistant.checks.consent import Consents
    from assistant.headless.consent import require_sending

    if address := asks_for(settings, root):
        require_sending(address, root, Consents(settings.state_dir), ask)


def load_server(settings: Settings, root: Path | None) -> LoadedModel:
    """The engine on the server of the settings; sends no code yet.

    The context is that of `server_window`. Raises EngineError and ModelError.
    """
    from assistant.engine.server.engine import ServerEngine, shown_model
    from assistant.engine.server.probing import probe
    from assistant.engine.server.window import server_window

    connection = connection_to(settings)
    server = probe(connection, settings.model)
    window = server_window(server, settings.context_tokens)
    record = _record(settings, root) if root is not None else None
    engine = ServerEngine(connection, server, context_tokens=window, record=record)
    settings = replace(
        settings,
        engine=connection.address.text,
        model=shown_model(server),
        context_tokens=window,
    )
    return LoadedModel(settings, engine, engine.tokens)


def load_host(settings: Settings, root: Path | None) -> LoadedModel:
    """The engine on the other machine of the settings; connects, and sends no code yet.

    Raises EngineError, ModelError, and UsageError for a bad name.
    """
    from assistant.engine.remote.engine import RemoteEngine

    link = link_to(settings)
    record = _record(settings, root) if root is not None else None
    engine = RemoteEngine(link, record=record)
    try:
        engine.ready()
    except BaseException:
        engine.close()
        raise
    opened = link.opened
    settings = replace(
        settings,
        host=link.host.text,
        model=opened.model,
        context_tokens=opened.context_tokens,
    )
    return LoadedModel(settings, engine, link.counter)


def _record(settings: Settings, root: Path) -> "Record":
    """Keeps what is sent of the repository at `root`."""
    from assistant.context.confidential import SecretValues
    from assistant.engine.server.record import SentLog
    from assistant.repo.git import Repository

    return SentLog(settings.state_dir, root, known=SecretValues(Repository.open(root))).add


def link_to(settings: Settings) -> "Link":
    """The connection to the other machine of the settings. Raises UsageError for a bad name."""
    from assistant.engine.remote.host import Host
    from assistant.engine.remote.link import Link, Wish

    wish = Wish(settings.model, settings.context_tokens, settings.thinking_tokens)
    return Link(Host.parse(settings.host), wish, settings.cache_dir / "tokenizers")
