"""Where fixtures come from; they live in tests/support."""

pytest_plugins = [
    "tests.support.postgres",
    "tests.support.nats",
    "tests.support.otlp",
    "tests.support.mesh",
    "tests.support.s3",
    "tests.support.gateway_process",
]
