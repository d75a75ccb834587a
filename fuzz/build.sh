#!/bin/bash -eu
# Builds every target for OSS-Fuzz and ClusterFuzzLite, with seeds, dictionary and options beside each.
# The list of targets is that of fuzz/Cargo.toml. The environment is the one of base-builder-rust: SRC, OUT, SANITIZER.
cd "${SRC:?}/wasclean/fuzz"

# A program that needs a feature compares with other implementations; it is not built here.
targets=$(awk '
  /^\[\[bin\]\]/ { if (name && !needs) print name; name = ""; needs = 0 }
  /^name = / && !package { gsub(/"/, "", $3); name = $3 }
  /^required-features/ { needs = 1 }
  /^\[package\]|^\[profile/ { package = 1 }
  /^\[\[bin\]\]|^\[lib\]/ { package = 0 }
  END { if (name && !needs) print name }
' Cargo.toml)

# The wrapper around cargo on the build machines knows `fuzz build` as the first two words only.
cargo fuzz build

for target in $targets; do
  cp "target/x86_64-unknown-linux-gnu/release/$target" "${OUT:?}/"
  cp "options/$target.options" "dictionaries/$target.dict" "$OUT/"
  folders=("../corpus/$target")
  # Scenario files are what this target reads.
  if [ "$target" = scenario_text ]; then folders+=(../corpus/scenarios); fi
  rm -f "$OUT/${target}_seed_corpus.zip"
  find "${folders[@]}" -type f | sort | zip -q -j "$OUT/${target}_seed_corpus.zip" -@
done
