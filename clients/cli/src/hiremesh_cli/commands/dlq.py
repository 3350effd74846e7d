"""`hiremesh dlq`: background parses that were given up."""

import re
from datetime import UTC
from typing import Annotated, Any

import grpc
import typer

from hiremesh.gateway.v1 import parse_work_service_pb2, parse_work_service_pb2_grpc
from hiremesh_cli.faults import EdgeFault, EdgeUnreachable
from localmesh.control import folder_of
from localmesh.credentials import Credentials
from localmesh.ports import remembered_ports
from localmesh.settings import read_settings

_TIMEOUT_SECONDS = 10
_GATEWAY = re.compile(r"gateway(-\d+)?")
_MESH_TOKEN_HEADER = "x-mesh-token"  # noqa: S105  # the header's name

app = typer.Typer(help="Background parses that were given up.", no_args_is_help=True)

LetterId = Annotated[str, typer.Argument(help="Id of the letter, as `dlq list` shows it.")]


@app.command("list")
def list_letters(limit: Annotated[int, typer.Option("--limit", min=1, max=1000)] = 100) -> None:
    """List them, oldest first."""
    answer = _call("ListDeadLetters", page_size=limit)
    for letter in answer.letters:
        typer.echo(_line(letter))
    typer.echo(f"{len(answer.letters)} of {answer.total}")


@app.command()
def show(letter_id: LetterId) -> None:
    """Show one with the reference to its document."""
    found = [letter for letter in _call("ListDeadLetters", page_size=1000).letters if letter.id == letter_id]
    if not found:
        raise EdgeFault(f"There is no dead letter {letter_id}")
    typer.echo(_line(found[0]))
    typer.echo(f"document {found[0].document_id}")


@app.command()
def retry(letter_id: LetterId) -> None:
    """Queue its job once more."""
    letter = _call("RetryDeadLetter", id=letter_id).letter
    typer.echo(f"job {letter.job_id} is queued again")


@app.command()
def drop(letter_id: LetterId) -> None:
    """Remove it; its job stays failed and its document goes."""
    _call("DropDeadLetter", id=letter_id)
    typer.echo(f"dropped {letter_id}")


def _line(letter: parse_work_service_pb2.DeadLetter) -> str:
    buried = letter.bury_time.ToDatetime(tzinfo=UTC).isoformat(timespec="seconds")
    return f"{letter.id}  job {letter.job_id}  {letter.code}  {letter.attempts} attempts  {buried}"


def _call(method: str, **request: object) -> Any:
    """Asks gateway as a member of the mesh."""
    settings = read_settings()
    folder = folder_of(settings)
    token = Credentials(folder)["mesh_token"]
    replicas = [port for name, port in remembered_ports(folder).items() if _GATEWAY.fullmatch(name)]
    if not replicas:
        raise EdgeUnreachable(f"http://localhost:{settings.edge_port}")
    # The first of them that answers.
    target = "ipv4:" + ",".join(f"127.0.0.1:{port}" for port in replicas)
    with grpc.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)]) as channel:
        stub: Any = parse_work_service_pb2_grpc.ParseWorkServiceStub(channel)
        message = getattr(parse_work_service_pb2, f"{method}Request")(**request)
        try:
            return getattr(stub, method)(message, timeout=_TIMEOUT_SECONDS, metadata=((_MESH_TOKEN_HEADER, token),))
        except grpc.RpcError as fault:
            raise EdgeFault(str(fault.details())) from fault
