"""Theme files: validation, switching, and readable contrast."""

import pytest
from textual.color import Color

from assistant.errors import UsageError
from assistant.ui.app import AssistantApp
from assistant.ui.themes import load_themes, theme_folders
from tests.ui.stage import make_services

SHIPPED = load_themes(theme_folders()[:1])[0]
PAIRS = [
    ("foreground", ground)
    for ground in ("background", "surface", "cursor", "hunk-current", "added", "removed")
] + [("muted", "background"), ("added-sign", "added"), ("removed-sign", "removed")]


def colours(theme) -> dict[str, str]:
    base = {name: getattr(theme, name) for name in ("foreground", "background", "surface")}
    return {**theme.variables, **base}


def test_three_themes_ship_and_define_the_same_variables() -> None:
    names = {theme.name for theme in SHIPPED}
    assert {"assistant-dark", "assistant-light", "assistant-contrast"} <= names
    assert len({frozenset(theme.variables) for theme in SHIPPED}) == 1


@pytest.mark.parametrize("theme", SHIPPED, ids=lambda theme: theme.name)
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_readable_on_every_background(theme, text: str, ground: str) -> None:
    table = colours(theme)
    ratio = contrast(Color.parse(table[text]), Color.parse(table[ground]))
    assert ratio >= (7.0 if "contrast" in theme.name else 4.5)


def contrast(one: Color, other: Color) -> float:
    """Returns the contrast ratio as defined by WCAG."""

    def luminance(colour: Color) -> float:
        parts = [c / 255 for c in colour.rgb]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_user_theme_needs_only_what_differs(tmp_path) -> None:
    (tmp_path / "mine.toml").write_text(
        'name = "mine"\ndark = false\n[variables]\nmuted = "#123456"\n'
    )
    themes, errors = load_themes([theme_folders()[0], tmp_path])
    mine = next(theme for theme in themes if theme.name == "mine")
    light = next(theme for theme in themes if theme.name == "assistant-light")
    assert errors == ()
    assert mine.variables == {**light.variables, "muted": "#123456"}


@pytest.mark.parametrize(
    "text",
    [
        "name = [",
        "dark = true\n",
        'name = "x"\ndark = true\n[colors]\nprimary = "ultraviolet"\n',
    ],
)
def test_a_broken_theme_file_is_reported_and_others_still_load(tmp_path, text: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    themes, errors = load_themes([theme_folders()[0], tmp_path])
    assert len(themes) == len(SHIPPED)
    assert len(errors) == 1
    assert "bad.toml" in errors[0].message


def test_missing_built_in_themes_raise_an_error(tmp_path) -> None:
    with pytest.raises(UsageError, match="missing"):
        load_themes([tmp_path])


async def test_the_theme_can_be_switched_at_run_time(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        before = app.screen.styles.background
        await pilot.press(*"/theme assistant-light", "enter")
        await pilot.pause()
        assert app.theme == "assistant-light"
        assert app.screen.styles.background != before
        await pilot.press(*"/theme nothing", "enter")
        assert app.screen.problem.error.message == "There is no theme 'nothing'."
        assert app.theme == "assistant-light"


async def test_an_unknown_theme_in_the_settings_falls_back_to_the_default(
    shop, state, until
) -> None:
    app = AssistantApp(make_services(shop, state, theme="gone"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        assert app.theme == "assistant-dark"
        assert any("gone" in text for _, text in app.screen.log_view.entries)
