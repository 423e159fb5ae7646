"""What every test runs under."""

from hypothesis import settings

# a busy machine is no failure, and no test asserts a time
settings.register_profile("no_clock", deadline=None)
settings.load_profile("no_clock")
