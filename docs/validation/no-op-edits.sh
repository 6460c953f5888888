#!/usr/bin/env bash
# What the gate says of edits that change nothing that is measured, with and without relinked layouts.
#
#   docs/validation/no-op-edits.sh TOLLGATE [REPETITIONS]
#
# Makes a small cargo project in a temporary directory (divan comes from the package registry), commits edits that
# only move code, and asks `TOLLGATE check --base HEAD~1` about each, once in either mode. Every red is false by construction.
# Needs cargo, git and jq; takes no input. Progress goes to stderr, the tables to stdout. Set KEEP=1 to keep the
# project and the reports.
set -euo pipefail

if [ $# -lt 1 ] || [ $# -gt 2 ]; then
    echo "usage: $0 TOLLGATE [REPETITIONS]" >&2
    exit 2
fi
tollgate=$(realpath -- "$1")
repetitions=${2:-3}
[ -x "$tollgate" ] || { echo "$0: $1 is not an executable: build it with 'cargo build --release'" >&2; exit 2; }
[[ $repetitions =~ ^[1-9][0-9]*$ ]] || { echo "$0: '$repetitions' is not a number of repetitions" >&2; exit 2; }
for tool in cargo git jq; do
    command -v "$tool" >/dev/null || { echo "$0: needs $tool" >&2; exit 2; }
done

work=$(mktemp -d)
clean() {
    if [ -n "${KEEP:-}" ]; then echo "kept: $work" >&2; else rm -rf -- "$work"; fi
}
trap clean EXIT
# Bases are built in a cache of our own, so that nothing of the user's is touched.
export TOLLGATE_CACHE="$work/cache"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=edits GIT_AUTHOR_EMAIL=edits@example.invalid
export GIT_COMMITTER_NAME=edits GIT_COMMITTER_EMAIL=edits@example.invalid
project="$work/project"
mkdir -p "$project/src" "$project/benches"
cd "$project"
git init --quiet

cat >Cargo.toml <<'TOML'
[package]
name = "noop"
version = "0.1.0"
edition = "2024"

[dev-dependencies]
divan = "0.1"

[[bench]]
name = "micro"
harness = false

# One unit, so that functions lie in the order of the source, and no other inlining after an edit.
[profile.bench]
codegen-units = 1
TOML
echo target >.gitignore

cat >benches/micro.rs <<'RUST'
use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

fn bytes() -> Vec<u8> {
    let mut state = 1u64;
    let text = b"let x1 = (foo[12] + \"bar\") * {7, 88, y}; // z\n";
    (0..4096)
        .map(|_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text[(state >> 33) as usize % text.len()]
        })
        .collect()
}

macro_rules! benches {
    ($($name:ident),*) => {$(
        #[divan::bench]
        fn $name(bencher: Bencher) {
            let input = bytes();
            bencher.bench_local(|| noop::$name::run(black_box(&input)));
        }
    )*};
}
benches!(tokens, brackets, classes, hunt, insertion, collatz);
RUST

for relinks in 0 16; do
    cat >"relinks-$relinks.toml" <<TOML
version = 1

[defaults]
time = "60 s"

[layout]
relinks = $relinks

[[suite]]
name = "micro"
tool = "divan"
bench = "micro"
measure = "30 ms"
warm-up = "5 ms"

[[budget]]
bench = "micro/*"
slower = "3%"
TOML
done

# Each module has one entry and one private function, whose name is an edit's to choose ($1).
tokens() { cat <<RUST
pub mod tokens {
    #[inline(never)]
    fn kind_$1(byte: u8) -> u8 {
        match byte {
            b'a'..=b'z' | b'_' => 1,
            b'0'..=b'9' => 2,
            b' ' | b'\n' => 0,
            b'"' => 3,
            _ => 4,
        }
    }
    #[inline(never)]
    pub fn run(input: &[u8]) -> u64 {
        let (mut last, mut found) = (0, 0u64);
        for &byte in input {
            let kind = kind_$1(byte);
            if kind != last && kind != 0 {
                found += u64::from(kind);
            }
            last = kind;
        }
        found
    }
}
RUST
}
brackets() { cat <<RUST
pub mod brackets {
    #[inline(never)]
    fn step_$1(depth: i64, byte: u8) -> i64 {
        match byte {
            b'(' | b'[' | b'{' => depth + 1,
            b')' | b']' | b'}' if depth > 0 => depth - 1,
            _ => depth,
        }
    }
    #[inline(never)]
    pub fn run(input: &[u8]) -> i64 {
        let (mut depth, mut deepest) = (0, 0);
        for &byte in input {
            depth = step_$1(depth, byte);
            if depth > deepest {
                deepest = depth;
            }
        }
        deepest
    }
}
RUST
}
classes() { cat <<RUST
pub mod classes {
    fn next_$1(state: u8, byte: u8) -> u8 {
        match (state, byte) {
            (0, b'/') => 1,
            (1, b'/') => 2,
            (2, b'\n') => 0,
            (2, _) => 2,
            (0, b'"') => 3,
            (3, b'"') => 0,
            (3, _) => 3,
            _ => 0,
        }
    }
    #[inline(never)]
    pub fn run(input: &[u8]) -> u64 {
        let (mut state, mut sum) = (0, 0u64);
        for &byte in input {
            state = next_$1(state, byte);
            sum += u64::from(state);
        }
        sum
    }
}
RUST
}
hunt() { cat <<RUST
pub mod hunt {
    fn find_$1(sorted: &[u16], wanted: u16) -> usize {
        let (mut low, mut high) = (0, sorted.len());
        while low < high {
            let middle = (low + high) / 2;
            if sorted[middle] < wanted {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
    #[inline(never)]
    pub fn run(input: &[u8]) -> usize {
        let mut sorted = [0u16; 256];
        for (i, slot) in sorted.iter_mut().enumerate() {
            *slot = i as u16 * 3;
        }
        input.iter().take(512).map(|&byte| find_$1(&sorted, u16::from(byte) * 5)).sum()
    }
}
RUST
}
insertion() { cat <<RUST
pub mod insertion {
    #[inline(never)]
    fn place_$1(sorted: &mut [u8], end: usize) {
        let mut at = end;
        while at > 0 && sorted[at - 1] > sorted[at] {
            sorted.swap(at - 1, at);
            at -= 1;
        }
    }
    #[inline(never)]
    pub fn run(input: &[u8]) -> u8 {
        let mut middle = 0;
        for part in input[..512].chunks_exact(32) {
            let mut sorted = [0u8; 32];
            sorted.copy_from_slice(part);
            for end in 1..32 {
                place_$1(&mut sorted, end);
            }
            middle ^= sorted[16];
        }
        middle
    }
}
RUST
}
collatz() { cat <<RUST
pub mod collatz {
    #[inline(never)]
    fn steps_$1(mut n: u64) -> u64 {
        let mut steps = 0;
        while n > 1 {
            if n % 2 == 0 {
                n /= 2;
            } else {
                n = 3 * n + 1;
            }
            steps += 1;
        }
        steps
    }
    #[inline(never)]
    pub fn run(input: &[u8]) -> u64 {
        input.iter().take(256).map(|&byte| steps_$1(u64::from(byte))).sum()
    }
}
RUST
}

modules=(tokens brackets classes hunt insertion collatz)
names=a
dead=0

write_lib() {
    {
        echo '#![allow(dead_code)]'
        # Nothing calls it, and the linker must keep it: the first function of the unit, so that all others move.
        if [ "$dead" -gt 0 ]; then
            echo '#[inline(never)]'
            echo 'pub fn never_called(mut x: u64) -> u64 {'
            for ((line = 1; line <= dead; line++)); do
                echo "    x = (x ^ (x >> $((line % 31 + 1)))).wrapping_mul(0x9e3779b97f4a7c15 + $line);"
            done
            echo '    x'
            echo '}'
            echo '#[used]'
            echo 'static KEEP: fn(u64) -> u64 = never_called;'
        fi
        for module in "${modules[@]}"; do
            "$module" "$names"
        done
    } >src/lib.rs
}

commit() {
    git add --all
    git commit --quiet --message "$1"
}

# Effects are fractions; only rows with a limit against the base are comparisons.
check() { # mode edit
    local report="$work/report-$1-$3.json" status=0
    local started=$SECONDS
    "$tollgate" check --base HEAD~1 --always-measure --quiet --format json --seed "$3" \
        --config "$project/relinks-$1.toml" --run "$work/run-$1-$3.json" \
        >"$report" 2>"$work/stderr" || status=$?
    # 0 and 1 are verdicts, 3 and 4 say that some were not reached: the rows tell. Anything else is no report.
    case $status in
        0 | 1 | 3 | 4) ;;
        *)
            echo "$0: check ended with $status:" >&2
            cat "$work/stderr" >&2
            exit 1
            ;;
    esac
    jq -r --arg mode "$1" --arg edit "$2" '
        (.run.sides[0].layouts) as $layouts
        | .rows[] | select(.limit.kind == "slower")
        | [$mode, $edit, .benchmark, .verdict, (.change.effect // "none"), (.change.candidate_n // 0), $layouts]
        | @tsv' "$report" >>"$work/rows.tsv"
    echo "edit $3 ($2), relinks = $1: exit $status, $((SECONDS - started)) s" >&2
}

write_lib
# The lock file is of the first commit, so that all revisions have the same dependencies.
cargo generate-lockfile --quiet
commit "six small benchmarks"

: >"$work/rows.tsv"
edit=0
for ((repetition = 1; repetition <= repetitions; repetition++)); do
    for kind in dead reorder rename; do
        edit=$((edit + 1))
        case $kind in
            dead) dead=$((3 + 11 * repetition % 37)) ;;
            # The last two first, then the rest turned around by one.
            reorder) modules=("${modules[5]}" "${modules[4]}" "${modules[1]}" "${modules[2]}" "${modules[3]}" "${modules[0]}") ;;
            rename) names="renamed_$repetition" ;;
        esac
        write_lib
        commit "$kind $repetition"
        # Which mode is first alternates: neither has the warmer machine.
        if ((edit % 2)); then order=(0 16); else order=(16 0); fi
        for relinks in "${order[@]}"; do
            check "$relinks" "$kind" "$edit"
        done
    done
done

# Columns of rows.tsv: mode edit benchmark verdict effect pairs layouts.
summary() { # label, awk condition
    awk -F '\t' "$2" "$work/rows.tsv" | awk -F '\t' -v label="$1" '
        { n++; verdicts[$4]++ }
        $5 != "none" { size = $5 < 0 ? -$5 : $5; compared++; pairs += $6; print size > "/dev/stderr" }
        END {
            printf "| %s | %d | %d | %d | %d | %d | %.1f |", label, n, verdicts["regressed"], verdicts["improved"],
                verdicts["unchanged"] + verdicts["not-slower"], n - verdicts["regressed"] - verdicts["improved"] \
                - verdicts["unchanged"] - verdicts["not-slower"], compared ? pairs / compared : 0
        }' 2>"$work/sizes"
    sort -g "$work/sizes" | awk '
        { size[NR] = $1 }
        END {
            if (NR == 0) { print " - | - |"; exit }
            middle = NR % 2 ? size[(NR + 1) / 2] : (size[NR / 2] + size[NR / 2 + 1]) / 2
            printf " %.2f %% | %.2f %% |\n", 100 * middle, 100 * size[NR]
        }'
}
echo "| relinks, edit | comparisons | false reds | false improvements | passed | undecided | mean pairs | median effect | largest effect |"
echo "|---|---|---|---|---|---|---|---|---|"
for relinks in 0 16; do
    summary "$relinks, all" "\$1 == $relinks"
    for kind in dead reorder rename; do
        summary "$relinks, $kind" "\$1 == $relinks && \$2 == \"$kind\""
    done
done
echo
echo "Largest effects:"
echo
echo "| relinks | edit | benchmark | verdict | effect | pairs |"
echo "|---|---|---|---|---|---|"
awk -F '\t' '$5 != "none" { size = $5 < 0 ? -$5 : $5; print size "\t" $0 }' "$work/rows.tsv" | sort -gr | head -6 |
    awk -F '\t' '{ printf "| %s | %s | %s | %s | %+.2f %% | %s |\n", $2, $3, $4, $5, 100 * $6, $7 }'
echo
echo "Layouts a side that the gate had: $(awk -F '\t' '{ print "relinks = " $1 ": " $7 }' "$work/rows.tsv" | sort -u | paste -sd ',' | sed 's/,/, /g')"
