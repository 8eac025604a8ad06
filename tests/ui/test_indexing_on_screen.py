"""The search index of a large repository is made while the interface is in use."""

from dataclasses import replace

from assistant.repo.indexing.lookup import SearchIndex
from assistant.solving.request import Workspace
from assistant.ui.app import AssistantApp
from assistant.ui.controllers import indexing
from assistant.ui.controllers.indexing import IndexProgress
from tests.ui.stage import make_services


def indexed_services(root, state):
    services = make_services(root, state)

    def open_workspace(model: str) -> Workspace:
        workspace = services.open_workspace(model)
        repository = workspace.repository
        repository.index = SearchIndex(repository.git, repository.git_dir, state)
        return workspace

    return replace(services, open_workspace=open_workspace)


async def test_a_large_repository_is_indexed(shop, state, until, monkeypatch) -> None:
    monkeypatch.setattr(indexing, "INDEXED_FROM", 1)
    app = AssistantApp(indexed_services(shop, state))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        index = app.screen.session.workspace.repository.index
        # That git refreshes its own index meanwhile makes ours outdated, but it is there.
        await until(pilot, index.file.exists)
        await until(pilot, lambda: app.screen.status.value.indexed is None)


async def test_a_small_repository_is_not(shop, state, until) -> None:
    app = AssistantApp(indexed_services(shop, state))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        await pilot.pause()
    assert not (state / "search").exists()


async def test_the_status_line_tells_how_far_it_is(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test(size=(140, 40)) as pilot:
        await until(pilot, lambda: app.screen.session)
        controller = app.screen.controllers.indexing
        controller.post_message(IndexProgress(0.34))
        await until(pilot, lambda: app.screen.status.value.indexed == 0.34)
        assert "indexing 34%" in app.screen.status.render_line(0).text
        controller.post_message(IndexProgress(None))
        await until(pilot, lambda: app.screen.status.value.indexed is None)
        assert "indexing" not in app.screen.status.render_line(0).text
