#!/usr/bin/env bash
# Builds the jars, and tests them as others use them. --vectors stops behind the vectors; --again runs them once more, elsewhere; --spark runs a job of Spark too, for which Maven
# fetches 250 MB.
set -euo pipefail
here=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
target=${CARGO_TARGET_DIR:-$here/../target}
mkdir -p "$target/sdk-java"
work=$(cd "$target/sdk-java" && pwd)
export CARGO_TARGET_DIR=${work%/sdk-java}
say() { printf -- '-- %s\n' "$*"; }
fail() { printf 'sdk-java: %s\n' "$*" >&2; exit 1; }
cd "$here"

shopt -s nullglob
find_jars() { printf '%s:' "$here"/vatic/target/vatic-*[0-9].jar "$here"/vatic/target/vatic-*-{linux,osx,windows}-*.jar; }
if [ "${1-}" = --again ]; then exec java -cp "$(find_jars)$here/vatic/target/test-classes" vectors.Main "${@:2}"; fi

if [ "${1-}" = --vectors ]; then
  say "jars"
  mvn -q -B package -pl vatic -am -DskipTests -Dmaven.javadoc.skip -Dmaven.source.skip
else
  say "jars, tests, javadoc"
  mvn -q -B install
fi
jars=$(find_jars)

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
say "a project that depends on it, with modules and without"
cd "$here/example"
classifier=$(cd ../vatic/target && echo vatic-*-{linux,osx,windows}-*.jar | grep -oE '(linux|osx|windows)-[a-z0-9_]*')
mvn -q -B package -Dvatic.classifier="$classifier"
for way in "-p target/lib:target/vatic-example-1.jar --add-modules dev.vatic.natives -m example/example.Main" \
  "-cp target/lib/*:target/vatic-example-1.jar example.Main"; do
  # shellcheck disable=SC2086
  [ "$(set -f; java $way | tr '\n' ' ')" = '9000 9000 ' ] || fail "example: java $way"
done
if [ "${1-}" = --spark ]; then
  say "a job of Spark"
  cd "$here/spark"
  mvn -q -B package -Dvatic.classifier="$classifier"
  opens=$(printf -- '--add-opens=java.base/%s=ALL-UNNAMED ' java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio \
    java.util java.util.concurrent java.util.concurrent.atomic sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar)
  rm -rf "$work/spark"
  mkdir -p "$work/spark"
  # shellcheck disable=SC2086
  java $opens -cp "target/classes:target/lib/*" example.Job "$work/spark" 2>"$work/spark/log" || { tail -n 50 "$work/spark/log"; fail "the job failed"; }
fi
say "sdk-java: all passed"
