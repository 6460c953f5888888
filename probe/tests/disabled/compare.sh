#!/usr/bin/env bash
# Without the feature `record`, instrumented code must be the machine code that it is without the probe.
# No input; needs cargo and a POSIX awk; non-zero if a function differs, or if fewer were compared than there are.
set -euo pipefail
cd "$(dirname "$0")/../../.."

target=${CARGO_TARGET_DIR:-target}
cargo build --quiet --release --locked --package tollgate-probe --no-default-features --features tower

# Exactly one of each: an older build of another feature set may lie beside it, so ask cargo and not the directory.
artifacts=$(cargo build --quiet --release --locked --package tollgate-probe --no-default-features --features tower \
    --message-format json)
rlib() { grep -o "\"[^\"]*/lib$1-[0-9a-f]*\.rlib\"\|\"[^\"]*/lib$1\.rlib\"" <<<"$artifacts" | tr -d '"' | head -n 1; }

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
compile() {
    rustc --edition 2024 -C opt-level=3 -C codegen-units=1 -C debuginfo=0 --emit asm -o "$out/$1.s" \
        -L "dependency=$target/release/deps" --extern "tollgate_probe=$(rlib tollgate_probe)" --extern "http=$(rlib http)" \
        "${@:2}" probe/tests/disabled/work.rs
}
compile plain
compile probed --cfg probed

# From the label of a function to its end, without directives, with local labels numbered in order of appearance.
body() {
    awk -v start="^_?$2:" '
        $0 ~ start { inside = 1; next }
        inside && /^[ \t]*\.(cfi_endproc|size)/ { exit }
        inside && (/^[ \t]*\.[a-z]/ || /^\.?L?func_(begin|end)/ || /^[ \t]*$/) { next }
        inside {
            while (match($0, /\.?L[A-Za-z_]*[0-9]+(_[0-9]+)?/)) {
                label = substr($0, RSTART, RLENGTH)
                if (!(label in seen)) seen[label] = ++count
                $0 = substr($0, 1, RSTART - 1) "label" seen[label] "#" substr($0, RSTART + RLENGTH)
            }
            print
        }' "$out/$1.s"
}

compared=0
for name in $(grep -o 'fn body_[a-z]*' probe/tests/disabled/work.rs | cut -d ' ' -f 2); do
    body plain "$name" >"$out/a"
    body probed "$name" >"$out/b"
    if [ ! -s "$out/a" ]; then
        # A function that the compiler found to be the same as another is an alias of it: `.set name, other`.
        echo "$name: no machine code found" >&2
        exit 1
    fi
    if ! diff "$out/a" "$out/b" >&2; then
        echo "$name: instrumented code differs although nothing is recorded" >&2
        exit 1
    fi
    compared=$((compared + 1))
done
if [ "$compared" -lt 9 ]; then
    echo "only $compared functions were compared" >&2
    exit 1
fi
echo "$compared functions are the same machine code with instruments that are compiled out as without them"
