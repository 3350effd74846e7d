#!/bin/bash
# vLLM on a GPU beside the service: bench/gpu/README.md. GPU_VENV=FOLDER keeps the environment elsewhere than in build/gpu.
set -euo pipefail
cd "$(dirname "$0")/../.."

export PYTHONPATH=$PWD/libs/contracts/src:$PWD/libs/meshkit/src:$PWD/services/inference/src:$PWD
if [[ " $* " == *" --check "* ]]; then
  exec .venv/bin/python -m bench.gpu.bench "$@"
fi
if ! command -v nvidia-smi > /dev/null; then
  echo "No GPU here: nvidia-smi is missing. 'bench/gpu/run.sh --check' checks what can be checked without one." >&2
  exit 1
fi
venv=${GPU_VENV:-$PWD/build/gpu}
if [ ! -e "$venv/.ready" ]; then
  python3.11 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --no-deps --require-hashes -r requirements/inference-gpu.lock
  touch "$venv/.ready"
fi
nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv
exec "$venv/bin/python" -m bench.gpu.bench "$@"
