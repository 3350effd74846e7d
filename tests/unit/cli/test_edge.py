"""The edge's client against a scripted edge: patience, credentials, and what is told."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from hiremesh_cli.account import GivenToken, LocalAccount
from hiremesh_cli.edge import Edge, open_edge
from hiremesh_cli.faults import EdgeUnreachable, NoCredentials, Refused
from localmesh.data_folder import DataFolder

Answer = Callable[[httpx.Request], httpx.Response]
RESUME = {"metadata": {"resume_id": "r-1"}}


def problem(status: int, code: str, detail: str = "Something", **headers: str) -> httpx.Response:
    body = {"status": status, "code": code, "detail": detail}
    return httpx.Response(status, json=body, headers={"content-type": "application/problem+json", **headers})


class ScriptedEdge:
    """Answers parse calls with the script, account calls like a small auth service."""

    def __init__(self, *script: httpx.Response | httpx.TransportError) -> None:
        self.script = list(script)
        self.calls: list[httpx.Request] = []
        self.paths: list[str] = []
        self.users: dict[str, str] = {}
        self.refresh_tokens: set[str] = set()
        self.issued = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        if request.url.path in ("/api/v1/register", "/api/v1/login", "/api/v1/token/refresh"):
            return self._account(request.url.path, json.loads(request.content))
        self.calls.append(request)
        answer = self.script.pop(0)
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer

    def _account(self, path: str, body: dict[str, str]) -> httpx.Response:
        if path.endswith("register"):
            self.users[body["email"]] = body["password"]
            return httpx.Response(201, json={"id": "u-1"})
        if path.endswith("refresh"):
            if body["refresh_token"] not in self.refresh_tokens:
                return problem(401, "INVALID_TOKEN")
            self.refresh_tokens.remove(body["refresh_token"])
        elif self.users.get(body["email"]) != body["password"]:
            return problem(401, "INVALID_CREDENTIALS")
        self.issued += 1
        self.refresh_tokens.add(f"refresh-{self.issued}")
        tokens = {"access_token": f"access-{self.issued}", "refresh_token": f"refresh-{self.issued}", "expires_in": 900}
        return httpx.Response(200, json=tokens)


@pytest.fixture
def resume(tmp_path: Path) -> Path:
    path = tmp_path / "resume.txt"
    path.write_text("Ada Example")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    made.create()
    return made


class Waits:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


def client(edge: ScriptedEdge) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url="http://localhost:8000", transport=httpx.MockTransport(edge))


async def test_a_file_goes_out_as_the_documented_form(resume: Path, waits: Waits) -> None:
    edge = ScriptedEdge(httpx.Response(200, json=RESUME))
    assert await Edge(client(edge), GivenToken("t"), pause=waits).parse(resume, fresh=True) == RESUME
    request = edge.calls[0]
    assert request.headers["authorization"] == "Bearer t"
    assert request.headers["content-type"].startswith("multipart/form-data")
    for part in (b'name="fileType"', b'name="fresh"\r\n\r\ntrue', b'filename="resume.txt"', b"Ada Example"):
        assert part in request.content


async def test_a_rate_limit_is_waited_out_as_often_as_it_takes(resume: Path, waits: Waits) -> None:
    limited = [problem(429, "RATE_LIMITED", **{"retry-after": str(seconds)}) for seconds in (7, 3, 60, 1, 1, 1, 1)]
    edge = ScriptedEdge(*limited, httpx.Response(200, json=RESUME))
    assert await Edge(client(edge), GivenToken("t"), pause=waits).parse(resume, fresh=False) == RESUME
    assert waits.seconds == [7, 3, 60, 1, 1, 1, 1]


async def test_an_analysis_is_asked_for_again_while_a_service_is_away(resume: Path, waits: Waits) -> None:
    edge = ScriptedEdge(problem(503, "SERVICE_UNAVAILABLE"), httpx.Response(200, json={"data": {"analysis": {}}}))
    answer = await Edge(client(edge), GivenToken("t"), pause=waits).analyze(resume, "A job", anonymised=True)
    assert answer == {"analysis": {}}
    assert len(waits.seconds) == 1
    sent = edge.calls[-1].content
    assert b"A job" in sent
    assert resume.name.encode() in sent


async def test_a_service_that_stays_away_is_told_with_its_code(resume: Path, waits: Waits) -> None:
    edge = ScriptedEdge(*[problem(503, "SERVICE_UNAVAILABLE", "The parser is away")] * 6)
    with pytest.raises(Refused, match=r"The parser is away \(SERVICE_UNAVAILABLE\)"):
        await Edge(client(edge), GivenToken("t"), pause=waits).parse(resume, fresh=False)


async def test_a_broken_connection_is_tried_again(resume: Path, waits: Waits) -> None:
    edge = ScriptedEdge(httpx.ReadError("reset"), httpx.Response(200, json=RESUME))
    assert await Edge(client(edge), GivenToken("t"), pause=waits).parse(resume, fresh=False) == RESUME


async def test_an_edge_that_stays_away_is_told_with_its_address(resume: Path, waits: Waits) -> None:
    edge = ScriptedEdge(*[httpx.ConnectError("refused")] * 6)
    with pytest.raises(EdgeUnreachable, match="http://localhost:8000"):
        await Edge(client(edge), GivenToken("t"), pause=waits).parse(resume, fresh=False)


async def test_a_fault_of_the_document_is_not_tried_again(resume: Path, waits: Waits) -> None:
    edge = ScriptedEdge(problem(400, "DOCUMENT_EMPTY", "The document is empty"))
    with pytest.raises(Refused, match=r"The document is empty \(DOCUMENT_EMPTY\)"):
        await Edge(client(edge), GivenToken("t"), pause=waits).parse(resume, fresh=False)
    assert waits.seconds == []


async def test_an_error_page_of_a_proxy_is_told_by_its_status(resume: Path, waits: Waits) -> None:
    edge = ScriptedEdge(httpx.Response(502, text="<html>"))
    with pytest.raises(Refused, match=r"Bad Gateway \(HTTP 502\)"):
        await Edge(client(edge), GivenToken("t"), pause=waits).parse(resume, fresh=False)


async def test_a_token_of_the_user_that_is_refused_is_told_after_one_more_try(resume: Path, waits: Waits) -> None:
    edge = ScriptedEdge(*[problem(401, "INVALID_TOKEN", "Invalid or expired token")] * 2)
    with pytest.raises(Refused, match="Invalid or expired token"):
        await Edge(client(edge), GivenToken("t"), pause=waits).parse(resume, fresh=False)


async def test_a_local_account_is_made_once_and_its_token_is_kept(folder: DataFolder) -> None:
    edge = ScriptedEdge()
    first = await LocalAccount(folder, "http://localhost:8000").token(client(edge))
    second = await LocalAccount(folder, "http://localhost:8000").token(client(edge))
    assert first == second == "access-1"
    assert edge.paths == ["/api/v1/register", "/api/v1/login"]
    assert folder.account.stat().st_mode & 0o777 == 0o600


async def test_a_token_that_the_edge_refuses_is_refreshed(folder: DataFolder, resume: Path, waits: Waits) -> None:
    edge = ScriptedEdge(problem(401, "INVALID_TOKEN"), httpx.Response(200, json=RESUME))
    account = LocalAccount(folder, "http://localhost:8000")
    assert await Edge(client(edge), account, pause=waits).parse(resume, fresh=False) == RESUME
    assert [call.headers["authorization"] for call in edge.calls] == ["Bearer access-1", "Bearer access-2"]
    assert edge.paths.count("/api/v1/token/refresh") == 1


async def test_a_session_that_was_ended_is_replaced_by_a_login(folder: DataFolder) -> None:
    edge = ScriptedEdge()
    account = LocalAccount(folder, "http://localhost:8000")
    account.drop(await account.token(client(edge)))
    edge.refresh_tokens.clear()
    assert await account.token(client(edge)) == "access-2"
    assert edge.paths[-1] == "/api/v1/login"


async def test_an_account_that_the_mesh_no_longer_knows_is_replaced(folder: DataFolder) -> None:
    account = LocalAccount(folder, "http://localhost:8000")
    account.drop(await account.token(client(ScriptedEdge())))
    empty = ScriptedEdge()
    await account.token(client(empty))
    assert len(empty.users) == 1


async def test_a_mesh_elsewhere_needs_a_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HIREMESH_DATA", str(tmp_path))
    with pytest.raises(NoCredentials, match="HIREMESH_TOKEN"):
        async with open_edge("https://mesh.example.com", None):
            pass
