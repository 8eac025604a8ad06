"""A fake server for each test."""

from collections.abc import Iterator

import pytest

from tests.engine.server.fake import Fake, serving


@pytest.fixture
def fake() -> Iterator[Fake]:
    with serving() as fake:
        yield fake
