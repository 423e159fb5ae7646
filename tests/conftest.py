"""What every test runs under: the same examples every time, so that what passes here passes everywhere.

`pytest --hypothesis-profile=hunt` looks for other ones, new at every run.
"""

import pytest
from hypothesis import HealthCheck, settings

# a busy machine is no failure, and no test asserts a time
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("hunt", UNHURRIED, derandomize=False, max_examples=500)
settings.register_profile("steady", UNHURRIED, derandomize=True)
settings.load_profile("steady")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with whole runs through Airflow first: where tests go side by side, the longest must not begin last."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)
