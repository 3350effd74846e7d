"""`python -m edgeconfig render|openapi|errors`: prints what is made from the contract."""

import argparse
import json

from edgeconfig import EdgeAddresses, EdgeSettings, render
from edgeconfig.errors_page import page
from edgeconfig.openapi import document


def main() -> None:
    """Prints one document. The settings of `render` come from the environment."""
    parser = argparse.ArgumentParser(prog="python -m edgeconfig", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("openapi", help="the OpenAPI 3.1 document")
    commands.add_parser("errors", help="docs/errors.md")
    addresses = commands.add_parser("render", help="Envoy's configuration; settings come from HIREMESH_...")
    addresses.add_argument("--listen", default="0.0.0.0:8000", metavar="HOST:PORT")  # inside a pod
    addresses.add_argument("--admin-port", default=9901, type=int)
    for service in ("gateway", "auth", "matching"):
        addresses.add_argument(f"--{service}", required=True, metavar="HOST:PORT")
    addresses.add_argument("--access-log", default="/dev/stdout")
    arguments = parser.parse_args()
    printers = {"openapi": _openapi, "errors": lambda _: page(), "render": _render}
    print(printers[arguments.command](arguments), end="")


def _openapi(_: argparse.Namespace) -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _render(arguments: argparse.Namespace) -> str:
    host, _, port = arguments.listen.rpartition(":")
    addresses = EdgeAddresses(
        listen_host=host,
        listen_port=int(port),
        admin_port=arguments.admin_port,
        gateway=arguments.gateway,
        auth=arguments.auth,
        matching=arguments.matching,
        access_log=arguments.access_log,
    )
    return render(EdgeSettings(), addresses) + "\n"


if __name__ == "__main__":
    main()
