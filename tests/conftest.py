"""Where fixtures come from; they live in tests/support."""

from hypothesis import settings

pytest_plugins = [
    "tests.support.postgres",
    "tests.support.nats",
    "tests.support.otlp",
    "tests.support.mesh",
    "tests.support.s3",
    "tests.support.gateway_process",
    "tests.support.matching_service",
    "tests.support.background",
]

# The same examples in every run: what a search by chance finds becomes a test of its own.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
