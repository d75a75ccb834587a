#!/usr/bin/env bash
# Checks fuzz/build.sh without Docker: builds in a copy of the repository as OSS-Fuzz does, for the address and the
# coverage build, and applies the rules by which its machines accept a target.
# Usage: fuzz/check_build.sh [address|coverage...]; needs nightly Rust, cargo-fuzz, zip, unzip and objdump.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sanitizers=("$@")
if [ ${#sanitizers[@]} -eq 0 ]; then sanitizers=(address coverage); fi

export SRC=$work/src WORK=$work/work FUZZING_ENGINE=libfuzzer FUZZING_LANGUAGE=rust ARCHITECTURE=x86_64
export RUSTUP_TOOLCHAIN=${WASCLEAN_NIGHTLY:-nightly}
mkdir -p "$SRC/wasclean" "$WORK" "$work/bin"
(cd "$repository" && git ls-files -z | xargs -0 cp --parents -t "$SRC/wasclean")
cp "$SRC/wasclean/fuzz/build.sh" "$SRC/build.sh"

# The stand-in for the wrapper of the build machines: a coverage build is a debug build of plain cargo.
real_cargo=$(command -v cargo)
cat >"$work/bin/cargo" <<WRAPPER
#!/bin/bash -eu
if [ "\$SANITIZER" = coverage ] && [ "\${1:-}" = fuzz ] && [ "\${2:-}" = build ]; then
  export RUSTFLAGS="\$RUSTFLAGS -C debug-assertions=no"
  "$real_cargo" build --bins
  mkdir -p target/x86_64-unknown-linux-gnu/release
  cp -r target/debug/* target/x86_64-unknown-linux-gnu/release/
  exit 0
fi
exec "$real_cargo" "\$@"
WRAPPER
chmod +x "$work/bin/cargo"

failures=0
fail() { printf 'FAIL %s\n' "$*"; failures=$((failures + 1)); }

check_target() { # sanitizer, path of the program
  local sanitizer=$1 program=$2 name edges calls log
  name=$(basename "$program")
  log=$work/$name.log
  [[ $name =~ ^[A-Za-z0-9_-]+$ ]] || fail "$name: the name has other characters than A-Z a-z 0-9 _ -"
  [ "$(head -c4 "$program" | tail -c3)" = ELF ] || fail "$name: no ELF file"
  grep -q LLVMFuzzerTestOneInput "$program" || fail "$name: LLVMFuzzerTestOneInput is not in it"
  [ -f "$program.options" ] && head -1 "$program.options" | grep -qx '\[libfuzzer\]' || fail "$name: no options"
  unzip -tqq "$program"_seed_corpus.zip || fail "$name: the seeds cannot be read"
  mkdir -p "$work/seeds/$name" "$work/elsewhere"
  unzip -qqo "$program"_seed_corpus.zip -d "$work/seeds/$name"
  (cd "$work/elsewhere" && LLVM_PROFILE_FILE=$work/$name.profraw "$program" -runs=4 -seed=1337 \
    "-dict=$program.dict" -max_len=512 "$work/seeds/$name") >"$log" 2>&1 || { fail "$name: it does not run"; tail -5 "$log"; }
  objdump -d --no-show-raw-insn "$program" >"$work/$name.asm"
  calls=$(grep -cE 'call.*<__asan' "$work/$name.asm" || true)
  edges=$(sed -nE 's/^INFO: Loaded .*\(([0-9]+) inline 8-bit counters\).*/\1/p' "$log" | head -1)
  if [ "$sanitizer" = address ]; then
    [ "${edges:-0}" -ge 100 ] || fail "$name: ${edges:-0} edges, fewer than 100"
    [ "$calls" -ge 1000 ] || fail "$name: $calls calls of __asan, fewer than 1000"
    for other in __msan __tsan __dfsan; do
      if grep -qE "call.*<${other}_" "$work/$name.asm"; then fail "$name: $other is mixed in"; fi
    done
  else
    [ "$calls" -eq 0 ] || fail "$name: $calls calls of __asan in a coverage build"
    [ -s "$work/$name.profraw" ] || fail "$name: no profile was written"
  fi
  rm -f "$work/$name.asm"
  printf '  %-16s %6s edges %7s asan calls %4s seeds\n' "$name" "${edges:--}" "$calls" \
    "$(find "$work/seeds/$name" -type f | wc -l)"
}

for sanitizer in "${sanitizers[@]}"; do
  export SANITIZER=$sanitizer OUT=$work/out-$sanitizer
  mkdir -p "$OUT"
  case $sanitizer in
    address) export RUSTFLAGS="--cfg fuzzing -Zsanitizer=address -Cdebuginfo=1 -Cforce-frame-pointers" ;;
    coverage) export RUSTFLAGS="--cfg fuzzing -Cinstrument-coverage -Cdebuginfo=1" ;;
    *) echo "no such build: $sanitizer"; exit 2 ;;
  esac
  printf '== %s\n' "$sanitizer"
  PATH=$work/bin:$PATH bash -eu "$SRC/build.sh" >"$work/build.log" 2>&1 || { tail -30 "$work/build.log"; exit 1; }
  # The machines move what was built.
  mv "$OUT" "$work/moved-$sanitizer"
  count=0
  for program in "$work/moved-$sanitizer"/*; do
    case $program in *.zip | *.dict | *.options) continue ;; esac
    check_target "$sanitizer" "$program"
    count=$((count + 1))
  done
  # As in build.sh: a target that needs a feature is not built.
  expected=$(($(grep -cx '\[\[bin\]\]' "$repository/fuzz/Cargo.toml") - $(grep -c '^required-features' "$repository/fuzz/Cargo.toml")))
  [ "$count" -eq "$expected" ] || fail "$count programs were built, and fuzz/Cargo.toml has $expected"
done
if [ "$failures" -gt 0 ]; then printf '%s failures\n' "$failures"; exit 1; fi
echo "every target is accepted"
