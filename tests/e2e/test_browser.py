"""The JavaScript examples of the documented API (seed 002), as they stand, in a real browser on an allowed site.

`browser/*.js` are the examples. They are run with `token` and `formData` set, and with the mesh as the base of their paths.
"""

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from localmesh.ports import is_free
from tests.support.builders import documents
from tests.support.mesh import LocalMesh

EXAMPLES = Path(__file__).parent / "browser"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# The sites that the edge allows by default.
SITES = (5173, 3000)
SECONDS = 240

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed (apt-get install chromium)"),
]

# What the example says is kept; it ends with its value, with a result, or with an error.
PAGE = """<!doctype html><meta charset="utf-8"><base href="{mesh}/"><script type="module">
const report = (outcome) => fetch('{site}/outcome', {{method: 'POST', body: JSON.stringify(outcome)}});
const said = [];
let heard;
const end = new Promise((resolve) => {{ heard = resolve; }});
for (const kind of ['log', 'error']) {{
  console[kind] = (what, value) => {{
    said.push([kind, what, value]);
    if (kind === 'error' || what === 'Result:') heard();
  }};
}}
const example = async (token, formData) => {{
{example}
{ending}
}};
const formData = new FormData();
formData.append('fileType', 'file');
formData.append('file', new Blob([{document}]), 'resume.txt');
try {{
  const value = await example('{token}', formData);
  report({{value, said}});
}} catch (fault) {{
  report({{fault: String(fault), said}});
}}
</script>"""


@dataclass
class Site:
    """Serves one page on a site that the edge allows, and hears what came of it."""

    port: int
    page: str = ""
    outcomes: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/" else 404)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                if self.path == "/":
                    self.wfile.write(site.page.encode())

            def do_POST(self) -> None:
                site.outcomes.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        return Handler


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    port = next((port for port in SITES if is_free(port)), None)
    if port is None:
        pytest.skip(f"ports {SITES} are taken by other programs")
    site = Site(port)
    server = ThreadingHTTPServer(("127.0.0.1", port), site.handler())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def browsing(url: str, profile: Path) -> Iterator[None]:
    assert BROWSER is not None
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
    command = [BROWSER, *options, "--no-proxy-server", f"--user-data-dir={profile}", url]
    with (profile / "browser.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.kill()
            process.wait()


def run(example: str, ending: str, site: Site, mesh: LocalMesh, folder: Path, document: str) -> dict[str, Any]:
    """What came of an example in the browser."""
    site.page = PAGE.format(
        mesh=mesh.url,
        site=site.url,
        example=(EXAMPLES / example).read_text(),
        ending=ending,
        document=json.dumps(document),
        token=mesh.new_token(),
    )
    with browsing(f"{site.url}/", folder):
        try:
            return site.outcomes.get(timeout=SECONDS)
        except queue.Empty:
            pytest.fail(f"the page said nothing:\n{(folder / 'browser.log').read_text()[-2000:]}")


def resume() -> str:
    return f"{documents.text_resume().decode()}\nReference {uuid4()}\n"


def test_the_polling_example_ends_with_the_resume(site: Site, mesh: LocalMesh, tmp_path: Path) -> None:
    outcome = run("polling.js", "return result;", site, mesh, tmp_path, resume())
    assert "fault" not in outcome, outcome
    assert outcome["value"]["personal"]["name"]
    assert outcome["value"]["metadata"]["origin"] == site.url


def test_the_eventsource_example_logs_every_status_and_the_result(site: Site, mesh: LocalMesh, tmp_path: Path) -> None:
    outcome = run("eventsource.js", "await end;", site, mesh, tmp_path, resume())
    assert "fault" not in outcome, outcome
    statuses = [value for kind, what, value in outcome["said"] if what == "Status:"]
    assert statuses[0] == "queued"
    assert statuses[-1] == "completed"
    kind, what, result = outcome["said"][-1]
    assert (kind, what) == ("log", "Result:")
    assert result["personal"]["name"]


def test_the_eventsource_example_logs_why_a_document_cannot_be_read(
    site: Site, mesh: LocalMesh, tmp_path: Path
) -> None:
    outcome = run("eventsource.js", "await end;", site, mesh, tmp_path, "%PDF-1.7 nothing")
    kind, what, error = outcome["said"][-1]
    assert (kind, what) == ("error", "Error:")
    assert isinstance(error, str)
    assert error
