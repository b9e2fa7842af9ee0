#!/bin/sh
# Makes models/demo/clip-demo anew: scenes drawn by the program, training on the processor, export.
# Takes about half an hour on two cores, 1 GB of disk and 3 GB of memory.
# Needs target/release/reeldex (`make build`) and Python 3.11 or newer; everything else is installed
# into the work folder.
#   models/training/train_pictures.sh [WORK_FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=${1:-$here/../../.cache/picture-training}
reeldex=$here/../../target/release/reeldex
mkdir -p "$work"
[ -x "$work/python/bin/python" ] || python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check -r "$here/pictures/requirements.txt"
"$reeldex" demo scenes "$work/train.rgb" --seed 1 --count 24000 --size 104 --split train
"$reeldex" demo scenes "$work/held-out.rgb" --seed 9001 --count 1000 --size 104 --split held-out
"$work/python/bin/python" "$here/pictures/train.py" "$work/train.rgb" "$work/held-out.rgb" "$work/clip-demo" \
  | tee "$here/picture-training-log.csv"
mkdir -p "$here/../demo/clip-demo"
install -m 644 "$work/clip-demo"/* "$here/../demo/clip-demo/"
