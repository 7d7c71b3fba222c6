#!/usr/bin/env bash
# Builds the jars, and tests them as others use them. --vectors stops behind the vectors.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/../target}
mkdir -p "$target/sdk-java"
work=$(cd "$target/sdk-java" && pwd)
export CARGO_TARGET_DIR=${work%/sdk-java}
say() { printf -- '-- %s\n' "$*"; }
fail() { printf 'sdk-java: %s\n' "$*" >&2; exit 1; }
cd "$here"

if [ "${1-}" = --vectors ]; then
  say "jars"
  mvn -q -B package -pl vatic -am -DskipTests -Dmaven.javadoc.skip -Dmaven.source.skip
else
  say "jars, tests, javadoc"
  mvn -q -B verify
fi
jars=$(printf '%s:' "$here"/vatic/target/vatic-*[0-9].jar "$here"/vatic/target/vatic-*-{linux,osx,windows}-*.jar)

say "vectors"
java -cp "$jars$here/vatic/target/test-classes" vectors.Main "$here/../tests/vectors"
[ "${1-}" != --vectors ] || exit 0

say "the programs of docs/java.md"
rm -rf "$work/recipes"
mkdir -p "$work/recipes"
cd "$work/recipes"
awk '/^<!-- recipe: /{ file = ""; n++ }
     /^```java$/ && n > seen { file = n ".java"; seen = n; next }
     /^```$/ { file = "" }
     file { print >file }' "$here/../docs/java.md"
[ "$(find . -name '*.java' | wc -l)" -ge 6 ] || fail "docs/java.md lost recipes"
for recipe in *.java; do
  java -cp "$jars" "$recipe" >/dev/null || fail "recipe $recipe of docs/java.md failed"
done
say "sdk-java: all passed"
