"""What tests of the engine for any tables begin with."""

from collections.abc import Callable

import pytest

from tests.latin import KINDS, Made, people
from transforms.matching.generic.prepared import Wanted


@pytest.fixture(scope="session")
def make() -> Callable[[int, int, int], Made]:
    """See people."""
    return people


@pytest.fixture
def wanted() -> Wanted:
    """The config for `people`."""
    return Wanted(dict(KINDS), [])
