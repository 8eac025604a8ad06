"""Classifies files by path alone: tests, secrets and generated files."""

import re

_TEST_FOLDER = re.compile(r"(^|/)(tests?|testing|specs?|__tests__|test_\w+)/", re.IGNORECASE)
_TEST_NAME = re.compile(
    r"(^|/)(test_[^/]*|conftest\.py|[^/]*_test\.\w+|[^/]*_spec\.\w+|[^/]*[.-](test|spec)\.\w+"
    r"|[^/]*Tests?\.(java|kt|cs|swift|scala))$"
)
_SECRET = re.compile(
    r"(^|/)(\.env(\.(?!example$|sample$|template$)[^/]*)?|\.envrc|\.netrc|\.npmrc|\.pypirc|\.pgpass"
    r"|\.htpasswd|\.git-credentials|id_(rsa|dsa|ecdsa|ed25519)(_sk)?|credentials(\.json)?"
    r"|secrets?\.(json|ya?ml|toml|env)|[^/]*\.(tfvars|tfstate)"
    r"|[^/]*\.(pem|key|p12|pfx|jks|keystore|kdbx|gpg|ovpn))$",
    re.IGNORECASE,
)
_SECRET_FOLDER = re.compile(r"(^|/)(\.ssh|\.aws|\.azure|\.docker|\.gnupg|\.kube)/")
_GENERATED = re.compile(
    r"(^|/)(package-lock\.json|[^/]*\.lock|[^/]*\.min\.(js|css)|[^/]*\.map|go\.sum|[^/]*_pb2\.pyi?"
    r"|[^/]*\.svg|pnpm-lock\.yaml)$|(^|/)(node_modules|vendor|third_party|dist|\.venv)/"
)


def is_test_path(path: str) -> bool:
    """True if the name or folder marks a test, by the conventions of common languages."""
    return bool(_TEST_NAME.search(path) or _TEST_FOLDER.search(path))


def is_secret_path(path: str) -> bool:
    """True if the file is likely to contain keys or passwords; sent only when selected."""
    return bool(_SECRET.search(path) or _SECRET_FOLDER.search(path))


def is_generated_path(path: str) -> bool:
    """True for lock files, minified or generated code, and vendored code."""
    return bool(_GENERATED.search(path))
