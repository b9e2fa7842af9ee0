#!/bin/sh
# Makes models/demo/whisper-demo/ggml-demo.bin anew: speech by espeak-ng, training on the processor, export and
# measurement. Takes about an hour on two cores, 6 GB of disk and 6 GB of memory.
# Needs espeak-ng 1.51 and Python 3.11 or newer; everything else is installed into the work folder.
#   models/training/train_speech.sh [WORK_FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=${1:-$here/../../.cache/speech-training}
whisper=openai_whisper-20250625
mkdir -p "$work"
[ -x "$work/python/bin/python" ] || python3 -m venv "$work/python"
"$work/python/bin/pip" install --quiet --disable-pip-version-check -r "$here/speech/requirements.txt"
# Of this package only the token table is used.
if [ ! -e "$work/multilingual.tiktoken" ]; then
  "$work/python/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary :all: \
    --dest "$work" openai-whisper==20250625
  tar -xzf "$work/$whisper.tar.gz" -C "$work" "$whisper/whisper/assets/multilingual.tiktoken"
  mv "$work/$whisper/whisper/assets/multilingual.tiktoken" "$work/multilingual.tiktoken"
fi
# One thread for each process that mixes sound; the training takes all processors.
[ -e "$work/data/long.json" ] ||
  OPENBLAS_NUM_THREADS=1 "$work/python/bin/python" "$here/speech/prepare.py" "$work/data"
"$work/python/bin/python" "$here/speech/train.py" "$work/data" "$work/multilingual.tiktoken" \
  "$work/whisper-demo.bin" "$here/speech-training-log.csv"
"$work/python/bin/python" "$here/speech/evaluate.py" "$work/whisper-demo.bin" "$here/speech-figures.csv"
mkdir -p "$here/../demo/whisper-demo"
cp "$work/whisper-demo.bin" "$here/../demo/whisper-demo/ggml-demo.bin"
