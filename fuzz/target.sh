# What belongs to a target, for the scripts beside this file, which source it.

fuzz=$(dirname "${BASH_SOURCE[0]}")

# No sanitizer is linked here, which would not bear it; an execution of `world` is 7 % shorter.
export CARGO_PROFILE_RELEASE_LTO=fat

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
  if grep -q 'wasclean_fuzz::features!' "$fuzz/fuzz_targets/$1.rs"; then level=0; fi
  echo "-Cllvm-args=-sanitizer-coverage-level=$level"
}
