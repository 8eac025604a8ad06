"""Owns what a path alone says about a file: a test, a secret, made by a program."""

import re

_TEST_FOLDER = re.compile(r"(^|/)(tests?|testing|specs?|__tests__|test_\w+)/", re.IGNORECASE)
_TEST_NAME = re.compile(
    r"(^|/)(test_[^/]*|conftest\.py|[^/]*_test\.\w+|[^/]*_spec\.\w+|[^/]*[.-](test|spec)\.\w+"
    r"|[^/]*Tests?\.(java|kt|cs|swift|scala))$"
)
_SECRET = re.compile(
    r"(^|/)(\.env(\.(?!example$|sample$|template$)[^/]*)?|\.netrc|\.npmrc|\.pypirc|\.pgpass"
    r"|\.htpasswd|id_(rsa|dsa|ecdsa|ed25519)|credentials(\.json)?|secrets?\.(json|ya?ml|toml|env)"
    r"|[^/]*\.(pem|key|p12|pfx|jks|keystore|kdbx|gpg|ovpn))$",
    re.IGNORECASE,
)
_SECRET_FOLDER = re.compile(r"(^|/)(\.ssh|\.aws|\.gnupg|\.kube)/")
_GENERATED = re.compile(
    r"(^|/)(package-lock\.json|[^/]*\.lock|[^/]*\.min\.(js|css)|[^/]*\.map|go\.sum|[^/]*_pb2\.pyi?"
    r"|[^/]*\.svg|pnpm-lock\.yaml)$|(^|/)(node_modules|vendor|third_party|dist|\.venv)/"
)


def is_test_path(path: str) -> bool:
    """True for what is by its name or folder a test, in the customs of common languages."""
    return bool(_TEST_NAME.search(path) or _TEST_FOLDER.search(path))


def is_secret_path(path: str) -> bool:
    """True for what is likely to hold keys or passwords: never sent without being asked for."""
    return bool(_SECRET.search(path) or _SECRET_FOLDER.search(path))


def is_generated_path(path: str) -> bool:
    """True for lock files, minified code, and code that others maintain."""
    return bool(_GENERATED.search(path))
