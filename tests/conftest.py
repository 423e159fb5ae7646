"""What every test runs under."""

import pytest
from hypothesis import settings

# a busy machine is no failure, and no test asserts a time
settings.register_profile("no_clock", deadline=None)
settings.load_profile("no_clock")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with whole runs through Airflow first: where tests go side by side, the longest must not begin last."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
