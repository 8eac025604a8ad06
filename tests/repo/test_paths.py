"""Classifying files by path alone."""

import pytest

from assistant.repo.paths import is_generated_path, is_secret_path, is_test_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/test_a.py", True),
        ("test_a.py", True),
        ("pkg/a_test.go", True),
        ("src/a.test.ts", True),
        ("spec/a_spec.rb", True),
        ("conftest.py", True),
        ("src/test/java/ATest.java", True),
        ("__tests__/a.js", True),
        ("a.py", False),
        ("contest.py", False),
        ("latest/a.py", False),
        ("testimony.py", False),
        ("attest_a.py", False),
    ],
)
def test_test_paths_are_recognized(path: str, expected: bool) -> None:
    assert is_test_path(path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".env", True),
        ("app/.env.production", True),
        (".env.example", False),
        ("keys/server.pem", True),
        ("id_rsa", True),
        (".ssh/config", True),
        ("secrets.yaml", True),
        ("config/credentials.json", True),
        ("environment.py", False),
        ("secrets.py", False),
        (".envrc", True),
        ("home/.git-credentials", True),
        ("deploy/prod.tfvars", True),
        ("deploy/main.tf", False),
        (".docker/config.json", True),
        ("keys.py", False),
        ("credentials_test.go", False),
    ],
)
def test_secret_paths_are_recognized(path: str, expected: bool) -> None:
    assert is_secret_path(path) is expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("package-lock.json", True),
        ("web/app.min.js", True),
        ("node_modules/a/index.js", True),
        ("Cargo.lock", True),
        ("a_pb2.py", True),
        ("distance.py", False),
        ("lock.py", False),
        ("src/vendors.py", False),
    ],
)
def test_generated_paths_are_recognized(path: str, expected: bool) -> None:
    assert is_generated_path(path) is expected
