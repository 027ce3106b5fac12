#!/bin/sh
# c_layout.sh check|format VENV: lays out the C that git knows as .clang-format says, or says where it is not so, and
# where a line is longer than 120 columns. The headers in include/ are laid out by hand, in as many columns; the tables in
# conformance/tables are made from facts, a row a line.
set -eu
cd "$(dirname "$0")/.."
what=$1
clang_format=$2/bin/clang-format
headers=$(git ls-files --cached --others --exclude-standard include)
files=$(git ls-files --cached --others --exclude-standard '*.c' '*.h' ':!include' ':!conformance/tables/*.c' ':!conformance/tables/codes.h' | while read -r file; do if [ -f "$file" ]; then echo "$file"; fi; done)

case $what in
format)
    "$clang_format" -i $files
    ;;
check)
    "$clang_format" --dry-run --Werror $files || {
        echo 'make format lays the C out as .clang-format says'
        exit 1
    }
    ;;
esac
awk 'length($0) > 120 { print FILENAME ":" FNR ": " length($0) " columns, more than 120"; long = 1 } END { exit long }' $files $headers
