"""How snapshots bring an app to the state that they show."""

SIZES = [(80, 24), (140, 40)]


async def opened(pilot, until) -> None:
    app = pilot.app
    await until(pilot, lambda: app.screen.session and not app.screen.status.value.running)
    app.screen.prompt.input.cursor_blink = False


async def typed(pilot, until, text: str) -> None:
    await opened(pilot, until)
    await pilot.press(*text, "enter")


def idle(pilot):
    screen = pilot.app.screen
    return lambda: screen.phase == "idle" and screen.job is None
