"""What keys and passwords look like: formats of issuers, and names that a value is assigned to.

A table of our own: detect-secrets 1.5 knows neither fine-grained GitHub tokens nor those of
Anthropic, OpenAI's projects, Google and Hugging Face, reports the prefix of some in place of the
whole, so that nothing could be redacted by it, and loads an HTTP client. Of 307,000 lines of ten
Python projects its entropy rules report 526, and this table 4.
"""

import re
from dataclasses import dataclass

PRIVATE_KEY = "private key"
PASSWORD = "password"  # noqa: S105  # a kind of secret, and no secret
TOKEN = "access token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Format:
    """A format that an issuer documents, or a block that a standard defines."""

    kind: str
    """What a message calls it."""
    marks: tuple[str, ...]
    """A text without any of these does not contain the format: looking for them is fast."""
    pattern: re.Pattern[str]
    """The last group is the secret; without a group, the whole match is."""


def _format(kind: str, marks: str, pattern: str) -> Format:
    return Format(kind, tuple(marks.split()), re.compile(pattern))


_START, _END = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"

FORMATS = (
    _format(
        PRIVATE_KEY,
        "-----BEGIN",
        # RFC 7468, with headers of RFC 1421; also inside a string literal with \n in it.
        r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
        r"((?:[A-Za-z0-9+/=\s\"'\\,:.()]|-(?!-)){32,16384})",
    ),
    _format("AWS key id", "AKIA ASIA", rf"{_START}A[KS]IA[A-Z2-7]{{16}}{_END}"),
    _format(
        "AWS secret key",
        "aws_secret_access_key",
        r"aws_secret_access_key[\"']?\s{0,4}[:=]\s{0,4}[\"']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])",
    ),
    _format(
        "GitHub token",
        "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_",
        rf"{_START}(?:gh[pousr]_[A-Za-z0-9]{{36,255}}|github_pat_\w{{50,255}}){_END}",
    ),
    _format("GitLab token", "glpat- gldt- glrt- glcbt- glptt-", rf"{_START}gl[a-z]+-[\w-]{{20,}}"),
    _format(
        "Slack token",
        "xox xapp- hooks.slack.com/services/",
        rf"{_START}(?:xox[abeoprs]-[\w-]{{10,}}|xapp-[\w-]{{20,}})"
        r"|hooks\.slack\.com/services/T\w+/B\w+/\w{16,}",
    ),
    _format(
        "Stripe key", "k_live_ k_test_ whsec_", rf"{_START}(?:[rs]k_(?:live|test)|whsec)_\w{{16,}}"
    ),
    _format("Anthropic key", "sk-ant-", rf"{_START}sk-ant-[\w-]{{20,}}"),
    _format(
        "OpenAI key",
        "sk-",
        rf"{_START}sk-(?:(?:proj|svcacct|admin|or-v1)-[\w-]{{20,}}|[A-Za-z0-9]{{32,}}{_END})",
    ),
    _format("Hugging Face token", "hf_", rf"{_START}hf_[A-Za-z0-9]{{30,}}{_END}"),
    _format(
        "Google key",
        "AIza GOCSPX- ya29.",
        rf"{_START}(?:AIza[\w-]{{35}}|GOCSPX-[\w-]{{20,}}|ya29\.[\w-]{{20,}})",
    ),
    _format("npm token", "npm_", rf"{_START}npm_[A-Za-z0-9]{{36}}{_END}"),
    _format("PyPI token", "pypi-AgE", rf"{_START}pypi-AgE[\w-]{{50,}}"),
    _format("SendGrid key", "SG.", rf"{_START}SG\.[\w-]{{16,}}\.[\w-]{{16,}}"),
    _format("Twilio key", "SK", rf"{_START}SK[0-9a-f]{{32}}{_END}"),
    _format("DigitalOcean token", "_v1_", rf"{_START}do[opr]_v1_[0-9a-f]{{64}}{_END}"),
    _format("Azure storage key", "AccountKey=", r"AccountKey=([A-Za-z0-9+/]{40,}={0,2})"),
    _format("Shopify token", "shp", rf"{_START}shp(?:at|ca|pa|ss)_[0-9a-fA-F]{{32}}{_END}"),
    _format("Docker token", "dckr_pat_", rf"{_START}dckr_pat_[\w-]{{20,}}"),
    _format("Vault token", "hvs.", rf"{_START}hvs\.[\w-]{{20,}}"),
    _format("age key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{40,}"),
    _format("Databricks token", "dapi", rf"{_START}dapi[0-9a-f]{{32}}(?:-\d)?{_END}"),
    _format("Telegram token", ":AA", rf"{_START}\d{{8,10}}:AA[\w-]{{33}}{_END}"),
    _format(
        "JSON web token",
        "eyJ",
        rf"{_START}eyJ[\w-]{{8,}}\.eyJ[\w-]{{8,}}\.[\w-]{{16,}}",
    ),
    _format(
        TOKEN,
        "gsk_ r8_ xai- nvapi- sntrys_ lin_api_ sbp_",
        rf"{_START}(?:gsk_|r8_|xai-|nvapi-|sntrys_|lin_api_|sbp_)[\w-]{{32,}}",
    ),
)

TELLING = ("passw", "pwd", "passphrase", "secret", "token", "key", "credential", "authorization")
"""In lower case: the name of what a secret is assigned to has one of them."""

_NAME = (
    r"(?:passw(?:or)?d|pwd|passphrase|secret|token|credentials?"
    r"|(?:api|access|auth|private|signing|encryption|account|master|service)[_-]?key)"
    r"(?:[_.-]?(?:key|value|text|hash|id|base64|prod|production|live))?"
)
_LITERAL = r"(?:\"([^\"\s]{8,256})\"|'([^'\s]{8,256})'|`([^`\s]{8,256})`)"

ASSIGNED = re.compile(
    rf"{_NAME}[\"'\])]*\s{{0,8}}(?::\s{{0,2}}(?:str|string|String)\s{{0,2}})?"
    rf"(?::=|=>|[:=,])\s{{0,8}}{_LITERAL}",
    re.IGNORECASE,
)
"""A quoted value with a telling name; the group that matches is the value."""

ENVIRONMENT = re.compile(
    rf"^\s*(?:export[ \t]+|-[ \t]+)?(?:[A-Z0-9_]*(?i:{_NAME})=|"
    rf"[\w.-]*(?i:{_NAME}):[ \t]+)([^\s\"'#$<{{(\[]{{1}}[^\s\"'`()<>{{}}\[\];,]{{7,255}})\s*$"
)
"""An unquoted value on a line of its own, as in the environment and in YAML."""

IN_ADDRESS = re.compile(r"://[^\s:/?#@\"'<>]{0,64}:([^\s:/?#@\"'<>]{3,128})@[\w\[]")
"""A password in a URL (RFC 3986, 3.2.1)."""

AUTHORIZATION = re.compile(
    r"authorization[\"']?\s{0,4}[:=,]\s{0,4}[\"']?(?:bearer|basic|token)\s+([\w.~+/=-]{16,})",
    re.IGNORECASE,
)
"""A header with a credential (RFC 9110, 11.6.2)."""
