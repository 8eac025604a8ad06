"""Theme files: validation, switching, reloading, and colours that everybody can read."""

import itertools

import pytest
from textual.color import Color

from assistant.errors import UsageError
from assistant.ui.app import AssistantApp
from assistant.ui.contrast import contrast, from_oklch, oklch, with_contrast
from assistant.ui.themes import TERMINAL, load_themes, palette_of, theme_folders
from tests.ui.seeing import difference, drawn, hard_to_read, in_sixteen_colours, seen
from tests.ui.stage import make_services

SHIPPED = load_themes(theme_folders()[:1])[0]
COLOURED = [theme for theme in SHIPPED if not theme.ansi]
SAFE = [theme for theme in SHIPPED if "safe" in theme.name]
TEXT = (
    "foreground", "muted", "faint", "primary", "secondary", "accent", "success", "warning",
    "error", "unsure", "git-changed", "git-staged", "git-untracked", "git-conflict",
    "syntax-keyword", "syntax-string", "syntax-number", "syntax-comment", "syntax-class",
    "added-sign", "removed-sign",
)  # fmt: skip
PLAIN = ("background", "surface", "panel", "hunk", "cursor-blurred")
OTHERS = ("cursor", "hunk-current", "added", "added-word", "removed", "removed-word")


def variables(theme) -> dict[str, str]:
    return {**theme.to_color_system().generate(), **theme.variables}


def least(theme) -> float:
    return 7.0 if "contrast" in theme.name else 4.5


def test_the_themes_that_ship_define_the_same_variables() -> None:
    names = {theme.name.removeprefix("assistant-") for theme in SHIPPED}
    assert names >= {"dark", "light", "contrast", "contrast-light", "safe-dark", "safe-light"}
    assert len(SHIPPED) >= 8
    assert len({frozenset(theme.variables) for theme in SHIPPED}) == 1


@pytest.mark.parametrize("kind", ["contrast", "safe"])
def test_there_is_a_dark_and_a_light_one_of_each_kind(kind: str) -> None:
    assert {theme.dark for theme in SHIPPED if kind in theme.name} == {True, False}


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
def test_text_is_readable_on_every_ground(theme) -> None:
    table = variables(theme)
    palette = palette_of(table)
    bad = {}
    for text, ground in itertools.product(TEXT, PLAIN):
        bad[text, ground] = contrast(Color.parse(table[text]), Color.parse(table[ground]))
    for text, ground in itertools.product(TEXT, OTHERS):
        style = palette(text, ground)
        fore, back = (Color.from_rich_color(c) for c in (style.color, style.bgcolor))
        bad[text, ground] = contrast(fore, back)
    assert {pair: ratio for pair, ratio in bad.items() if ratio < least(theme)} == {}


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
def test_grounds_that_mean_something_differ_from_the_background(theme) -> None:
    table = {name: Color.parse(value) for name, value in variables(theme).items() if "#" in value}
    for ground in OTHERS:
        assert difference(table[ground], table["background"]) > 0.03
    for kind in ("added", "removed"):
        assert difference(table[kind], table[f"{kind}-word"]) > 0.05


@pytest.mark.parametrize("deficiency", ["deuteranopia", "protanopia"])
@pytest.mark.parametrize("theme", SAFE, ids=lambda theme: theme.name)
def test_added_and_removed_differ_for_colour_blind_people(theme, deficiency: str) -> None:
    table = {name: Color.parse(value) for name, value in variables(theme).items() if "#" in value}

    def apart(suffix: str) -> float:
        return difference(
            seen(table[f"added{suffix}"], deficiency), seen(table[f"removed{suffix}"], deficiency)
        )

    assert apart("-sign") > 0.2
    assert apart("-word") > 0.1
    assert apart("") > 0.05


def test_red_and_green_are_confused_by_the_simulation() -> None:
    red, green = Color.parse("#b3303a"), Color.parse("#1f7a3d")
    plain = difference(red, green)
    assert difference(seen(red, "deuteranopia"), seen(green, "deuteranopia")) < plain / 3


@pytest.mark.parametrize("text", ["#14171d", "#faf8f4", "#ff0000", "#00ff00", "#7cb7ff", "#808080"])
def test_a_colour_survives_the_way_to_oklch_and_back(text: str) -> None:
    assert from_oklch(*oklch(Color.parse(text))).hex.lower() == text


@pytest.mark.parametrize(("ground", "end"), [("#777777", "#000000"), ("#101010", "#ffffff")])
def test_a_contrast_that_no_colour_has_ends_in_black_or_white(ground: str, end: str) -> None:
    found = with_contrast(Color.parse("#3366ff"), Color.parse(ground), 20.9)
    assert found.hex.lower() == end


async def show_everything(pilot, until) -> None:
    """Brings the app to a state with files, a plan, a diff, checks and a log."""
    screen = pilot.app.screen
    await until(pilot, lambda: screen.session and not screen.status.value.running)
    await pilot.press(*"count in @shop/cart.py ", "enter")
    await until(pilot, lambda: len(screen.plan.steps) == 4 and screen.job is None)
    await pilot.press("a", "j", "r", "i", *"/edit count quantities", "enter")
    await until(pilot, lambda: screen.review.proposal and screen.review.diff._colours.new)
    await until(pilot, lambda: screen.job is None)
    await pilot.press("a", "r")


@pytest.mark.parametrize("theme", COLOURED, ids=lambda theme: theme.name)
async def test_whatever_is_drawn_can_be_read(shop, state, until, theme) -> None:
    app = AssistantApp(make_services(shop, state, theme=theme.name), clock=lambda: 100.0)
    app.animation_level = "none"
    async with app.run_test(size=(180, 50)) as pilot:
        await show_everything(pilot, until)
        bad = hard_to_read(app, least(theme))
        for key in ("1", "2", "4", "5"):
            await pilot.press(key)
            await pilot.pause()
            bad |= hard_to_read(app, least(theme))
        await pilot.press("f1")
        await pilot.pause()
        bad |= hard_to_read(app, least(theme), ".box")
    assert bad == set()


async def test_without_colours_lines_are_told_apart_by_marks(
    shop, state, until, monkeypatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = AssistantApp(make_services(shop, state, theme=TERMINAL), clock=lambda: 100.0)
    async with app.run_test(size=(120, 40)) as pilot:
        await show_everything(pilot, until)
        strips = app.screen._compositor.render_strips(app.screen.size)
        segments = [
            segment
            for strip in strips
            for segment in strip.apply_filter(app.get_line_filters()[-1], Color(0, 0, 0))
        ]
    default = {None, "default"}
    assert {s.color and s.color.name for _, s, _ in segments if s} <= default
    assert {s.bgcolor and s.bgcolor.name for _, s, _ in segments if s} <= default
    marked = [text for text, style, _ in segments if style and style.reverse]
    assert any("undecided" in text for text in marked)
    assert any("sum" in text for text in marked)
    lines = ["".join(segment.text for segment in strip) for strip in strips]
    assert any("− " in line and "return total" in line for line in lines)
    assert any("+ " in line and "return round_money(total)" in line for line in lines)


async def test_the_theme_of_the_terminal_has_only_its_sixteen_colours(shop, state, until) -> None:
    app = AssistantApp(make_services(shop, state, theme=TERMINAL), clock=lambda: 100.0)
    async with app.run_test(size=(180, 50)) as pilot:
        await show_everything(pilot, until)
        styles = [style for _, style in drawn(app)]
    assert styles
    assert all(in_sixteen_colours(style) for style in styles)


async def test_a_theme_file_is_applied_while_the_program_runs(
    shop, state, until, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("assistant.ui.app.theme_folders", lambda: (theme_folders()[0], tmp_path))
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\ndark = true\n[colors]\nbackground = "#102030"\n')
    app = AssistantApp(make_services(shop, state, theme="mine"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.screen.session)
        assert app.screen.styles.background.hex == "#102030"
        file.write_text('name = "mine"\ndark = true\n[colors]\nbackground = "#000000"\n# more\n')
        app.reload_themes()
        await until(pilot, lambda: app.screen.styles.background.hex == "#000000")
        assert app.theme_variables["background"] == "#000000"
        file.write_text('name = "mine"\ndark = true\n[colors]\nbackground = "#3')
        app.reload_themes()
        await until(pilot, lambda: any("mine.toml" in n.message for n in app._notifications))
        assert app.screen.styles.background.hex == "#000000"


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
        'name = "x"\ndark = true\n[colors]\nultraviolet = "#123456"\n',
        'name = "x"\ndark = true\ncontrast = "high"\n',
        'name = "x"\ndark = true\ncontrast = 30\n',
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
