"""What is found as a secret, and what is not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.credentials.finding import find
from assistant.credentials.redacting import Placeholders, redacted, redacted_document

LETTERS = "q8Zk3vTb9XwLm2Rd7Yc5Hn4Jg6Pf1Ks0"
"""Tokens are put together here, so that no scanner takes this file for a leak."""
PEM = "\n".join(
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "MIIEpAIBAAKCAQEA" + LETTERS * 2,
        LETTERS * 2,
        "-----END RSA " + "PRIVATE KEY-----",
    ]
)


def long(count: int) -> str:
    return (LETTERS * 8)[:count]


TOKENS = [
    ("AWS key id", "AKIA" + "IOSFODNN7ABCDEFG".replace("7", "Q")),
    ("GitHub token", "ghp_" + long(36)),
    ("GitHub token", "github_pat_" + long(22) + "_" + long(59)),
    ("GitLab token", "glpat-" + long(20)),
    ("Slack token", "xoxb-" + "123456789012-" + long(24)),
    ("Stripe key", "sk_live_" + long(24)),
    ("Anthropic key", "sk-ant-" + "api03-" + long(90)),
    ("OpenAI key", "sk-proj-" + long(80)),
    ("OpenAI key", "sk-" + long(48)),
    ("Hugging Face token", "hf_" + long(34)),
    ("Google key", "AIza" + long(35)),
    ("npm token", "npm_" + long(36)),
    ("PyPI token", "pypi-AgE" + long(80)),
    ("SendGrid key", "SG." + long(22) + "." + long(43)),
    ("Twilio key", "SK" + "0123456789abcdef" * 2),
    ("DigitalOcean token", "dop_v1_" + "0123456789abcdef" * 4),
    ("Shopify token", "shpat_" + "0123456789abcdef" * 2),
    ("Docker token", "dckr_pat_" + long(27)),
    ("Vault token", "hvs." + long(24)),
    ("age key", "AGE-SECRET-KEY-1" + "QPZRY9X8GF" * 6),
    ("Databricks token", "dapi" + "0123456789abcdef" * 2),
    ("Telegram token", "123456789:AA" + long(33)),
    ("JSON web token", "eyJ" + long(20) + ".eyJ" + long(30) + "." + long(43)),
    ("access token", "gsk_" + long(52)),
]


@pytest.mark.parametrize(("kind", "token"), TOKENS, ids=[kind for kind, _ in TOKENS])
def test_formats_of_issuers_are_found_whole(kind, token):
    text = f"first\nclient = Client('{token}')\n"
    (found,) = find(text)
    assert (found.kind, found.line, text[found.start : found.end]) == (kind, 2, token)


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("password = 'hunter2hunter2'", "hunter2hunter2"),
        ('    DB_PASSWORD: str = "Tr0ub4dor&3"', "Tr0ub4dor&3"),
        ('{"api_key": "' + LETTERS + '"}', LETTERS),
        ("setPassword('S3cr3t!pass')".replace("(", " = "), "S3cr3t!pass"),
        ('secret_key := "k9f8e7d6c5b4"', "k9f8e7d6c5b4"),
        ("  'client_secret' => 'k9f8e7d6c5b4',", "k9f8e7d6c5b4"),
        ("DB_PASSWORD=hunter2hunter2", "hunter2hunter2"),
        ("export API_TOKEN=" + LETTERS, LETTERS),
        ("  db_password: hunter2hunter2", "hunter2hunter2"),
        ("aws_secret_access_key = " + long(40), long(40)),
        ("url = postgres://app:s3cr3tpw@db.internal/x", "s3cr3tpw"),
        ("Authorization: Bearer " + LETTERS, LETTERS),
        ('headers = {"Authorization": "Basic ' + LETTERS + '"}', LETTERS),
        ("DefaultEndpointsProtocol=https;AccountKey=" + long(86) + "==;x=1", long(86) + "=="),
        ("x" * 5000 + "password = 'hunter2hunter2'" + "y" * 5000, "hunter2hunter2"),
        ("\u0130\u0130 password = 'hunter2hunter2'", "hunter2hunter2"),
    ],
)
def test_values_with_telling_names_are_found(line, secret):
    assert [line[each.start : each.end] for each in find(line)] == [secret]


@pytest.mark.parametrize(
    "line",
    [
        "password = os.environ['DB_PASSWORD']",
        "def login(user, password=None):",
        "api_key=settings.api_key,",
        'token = "next_token"',
        'password = "changeme1"',
        'password = "your-password-1"',
        'SECRET_KEY = "${SECRET_KEY_1}"',
        'password = "<password1>"',
        'password_url = "https://example.org/a1"',
        'token_type = "Uint8Array"'.replace("8", ""),
        "DB_PASSWORD=$OTHER_1234",
        "postgres://user:password@localhost/x",
        "git clone https://{user}:{token}@host/x",
        'token_path = "/run/secrets/token1"',
        'if "-----BEGIN ' + 'PRIVATE KEY-----" in text:',
        "sort key: alphabetical order of 10 items",
        "monkey = 'banana12345'",
        "sha = '" + "0123456789abcdef" * 4 + "'",
        "task-ant-" + "colony",
    ],
)
def test_code_that_only_speaks_of_secrets_has_none(line):
    assert find(line) == ()


def test_a_private_key_is_one_secret_without_its_frame():
    text = f"x\n{PEM}\nafter = 1\n"
    (found,) = find(text)
    assert (found.kind, found.line) == ("private key", 3)
    assert text[found.start : found.end] == "\n".join(PEM.split("\n")[1:-1])
    literal = 'KEY = "' + PEM.replace("\n", "\\n") + '"'
    (found,) = find(literal)
    assert LETTERS in literal[found.start : found.end]


def test_in_a_secret_file_every_value_counts_that_is_no_plain_word():
    text = (
        "DEBUG=true\nPORT=8080\nAPP_ENV=development\nHOST=db.example.com\nLOG=/var/log/x\n"
        "# PASSWORD=old\nPASSWORD=abcdef\nFOO='aB3xY9kk22'\n\nREGION=eu-west-1\n"
    )
    found = [
        (each.kind, each.line, text[each.start : each.end]) for each in find(text, secret_file=True)
    ]
    assert found == [("password", 7, "abcdef"), ("secret value", 8, "aB3xY9kk22")]
    assert find(text) == ()


def test_redacting_keeps_lines_and_names_the_kind():
    token = "ghp_" + long(36)
    assert redacted(f"a\nuse '{token}' twice: {token}\n") == (
        "a\nuse 'REDACTED_GITHUB_TOKEN' twice: REDACTED_GITHUB_TOKEN\n"
    )
    text = f"x\n{PEM}\ny"
    assert redacted(text).count("\n") == text.count("\n")
    assert LETTERS not in redacted(text)


def test_a_list_of_lines_in_a_document_is_read_as_one_text():
    lines = [f"{line}\n" for line in PEM.split("\n")]
    document = {"hunks": [{"new": lines, "line": 3}], "note": "token: none", "none": None}
    found = redacted_document(document)
    assert found["hunks"][0]["new"] == [lines[0], *["REDACTED_PRIVATE_KEY\n"] * 2, lines[3]]
    assert (found["note"], found["none"], found["hunks"][0]["line"]) == ("token: none", None, 3)
    assert redacted_document([line.rstrip("\n") for line in lines])[1] == "REDACTED_PRIVATE_KEY"


def test_placeholders_can_be_put_back_and_stay_the_same():
    hidden = Placeholders()
    token = "ghp_" + long(36)
    first = hidden.hide(f"a = '{token}'\npassword = 'hunter2hunter2'")
    assert first == "a = 'REDACTED_GITHUB_TOKEN_1'\npassword = 'REDACTED_PASSWORD_2'"
    assert hidden.hide("login('hunter2hunter2')") == "login('REDACTED_PASSWORD_2')"
    assert hidden.show("x REDACTED_PASSWORD_2.") == "x hunter2hunter2."
    assert (
        hidden.show("REDACTED_PASSWORD_22 REDACTED_OTHER_9")
        == "REDACTED_PASSWORD_22 REDACTED_OTHER_9"
    )


def test_a_placeholder_is_none_that_the_text_has_already():
    hidden = Placeholders()
    text = "REDACTED_PASSWORD_1 = 1\npassword = 'hunter2hunter2'"
    assert hidden.hide(text) == "REDACTED_PASSWORD_1 = 1\npassword = 'REDACTED_PASSWORD_2'"
    assert hidden.show(hidden.hide(text)) == text


def test_known_values_are_hidden_wherever_they_are():
    hidden = Placeholders(lambda: ("aB3xY9kk22",))
    assert hidden.hide("assert x == aB3xY9kk22") == "assert x == REDACTED_SECRET_VALUE_1"


def test_a_known_value_that_is_part_of_a_placeholder_does_not_break_it():
    hidden = Placeholders(lambda: ("PASSWORD", "SECRET", "hunter2hunter2"))
    text = "password = 'hunter2hunter2' SECRET PASSWORD"
    masked = hidden.hide(text)
    assert "hunter2" not in masked
    assert hidden.show(masked) == text


@given(st.lists(st.sampled_from([t for _, t in TOKENS] + ["a\n", " = '", "'", "password", PEM])))
def test_what_is_hidden_is_shown_again_and_no_token_stays(parts):
    text, hidden = "\n".join(parts), Placeholders()
    masked = hidden.hide(text)
    assert hidden.show(masked) == text
    assert not any(token in masked for _, token in TOKENS)
    assert redacted(masked) == masked


def test_long_and_hostile_text_takes_no_more_than_linear_time():
    pieces = (
        "password",
        "-----BEGIN " + "PRIVATE KEY-----" + "A" * 40,
        "://a:",
        "eyJ",
        "key = '",
        " ",
    )
    for piece in pieces:
        text = piece * (500_000 // len(piece))
        started = time.process_time()
        find(text)
        assert time.process_time() - started < 5
