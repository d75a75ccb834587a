# What belongs to a target, for the scripts beside this file, which source it.

fuzz=$(dirname "${BASH_SOURCE[0]}")

# The options in options/TARGET.options as arguments, one a line.
arguments_of() {
  local option value
  while IFS='=' read -r option value; do
    option=${option// /}
    value=${value# }
    case $option in
      '' | '['* | '#'*) ;;
      dict) echo "-dict=$fuzz/dictionaries/$value" ;;
      *) echo "-$option=$value" ;;
    esac
  done <"$fuzz/options/$1.options"
}

# What is instrumented: the branches, but nothing of a target that has features of its own; never the operands of
# comparisons and indirect calls, for every mutator knows the protocol.
instrumentation_of() {
  local level=3
  if has_features "$1"; then level=0; fi
  echo "-Cllvm-args=-sanitizer-coverage-level=$level"
}

# Whether a program is optimised as a whole: where nothing is instrumented, which makes an execution of `world` 7 %
# shorter. No sanitizer bears it.
lto_of() {
  if has_features "$1"; then echo fat; else echo false; fi
}

has_features() {
  grep -q 'wasclean_fuzz::features!' "$fuzz/fuzz_targets/$1.rs"
}
