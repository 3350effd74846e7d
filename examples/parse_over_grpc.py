"""Parses a resume over gRPC, on the same port as REST: parse_over_grpc.py FILE EMAIL PASSWORD [HOST:PORT]."""

import sys
from pathlib import Path

import grpc
from google.api import httpbody_pb2

from hiremesh.auth.v1 import auth_service_pb2, auth_service_pb2_grpc
from hiremesh.gateway.v1 import resume_service_pb2, resume_service_pb2_grpc


def main(file: str, email: str, password: str, target: str = "localhost:8000") -> None:
    with grpc.insecure_channel(target) as channel:
        auth = auth_service_pb2_grpc.AuthServiceStub(channel)
        login = auth.Login(auth_service_pb2.LoginRequest(email=email, password=password), timeout=10)
        document = httpbody_pb2.HttpBody(content_type="application/pdf", data=Path(file).read_bytes())
        resumes = resume_service_pb2_grpc.ResumeServiceStub(channel)
        response = resumes.ParseResume(
            resume_service_pb2.ParseResumeRequest(document=document, filename=Path(file).name),
            metadata=[("authorization", f"Bearer {login.access_token}")],
            timeout=60,
        )
    resume = response.resume
    print(f"{resume.personal.name}: {len(resume.experience)} positions, {len(resume.skills)} skills")


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except grpc.RpcError as fault:
        sys.exit(f"{fault.code().name}: {fault.details()}")
