"""The list of hostile inputs and faults, with the tests that prove each line."""

from tests.hostile.attacks import HOSTILE, SHOWN
from tests.hostile.faults import APPLY, PROCESS, USERS_TESTS, WEIGHTS
from tests.hostile.inputs import FILES, REPOSITORY, WRITTEN

LINES = (
    *REPOSITORY,
    *FILES,
    *WRITTEN,
    *HOSTILE,
    *SHOWN,
    *APPLY,
    *PROCESS,
    *WEIGHTS,
    *USERS_TESTS,
)
