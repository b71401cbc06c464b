#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install-client.sh UV CACHE [RUNTIME [ARCHITECTURE]]: puts the pinned runtime client where `lamella` looks for it,
# CACHE/runtime-client/RUNTIME-ARCHITECTURE-VERSION.  Every wheel must match its sha256 in client.txt.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
uv=$1
cache=$2
runtime=${3:-python3.11}
architecture=${4:-x86_64}
version=$(sed -n 's/^awslambdaric = "\(.*\)"$/\1/p' "$here/pins.toml")
case $architecture in
  x86_64) platform=x86_64-manylinux2014 ;;
  arm64) platform=aarch64-manylinux2014 ;;
  *) echo "install-client.sh: unknown architecture $architecture" >&2; exit 2 ;;
esac
# The interpreter that compiles it: the one that lamella is pointed at, else the machine's.
pointed=LAMELLA_INTERPRETER_$(printf '%s' "$runtime" | tr 'a-z.' 'A-Z_')
python=$(printenv "$pointed" || command -v "/usr/bin/$runtime" || printf '%s' "$runtime")
target=$cache/runtime-client/$runtime-$architecture-$version
[ ! -d "$target" ] || exit 0
mkdir -p "$cache/runtime-client"
fresh=$(mktemp -d "$cache/runtime-client/.new-XXXXXX")
trap 'rm -rf "$fresh"' EXIT
"$uv" pip install --no-config --quiet --no-deps --require-hashes --only-binary :all: --compile-bytecode \
  --python "$python" --python-version "${runtime#python}" --python-platform "$platform" \
  --target "$fresh" -r "$here/client.txt"
chmod 0755 "$fresh"
mv -T "$fresh" "$target" 2>/dev/null || [ -d "$target" ]
