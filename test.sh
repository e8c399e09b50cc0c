#!/usr/bin/env bash
# Installs what the tests need and runs them all. Arguments go to dotnet test, for example: --filter SlugTests
set -euo pipefail
cd "$(dirname "$0")"
. scripts/lib.sh

need_dotnet
missing=()
[ -n "$(postgres_bin)" ] || missing+=(postgresql)
browser() { command -v "${BABYHELM_TEST_CHROMIUM:-chromium-headless-shell}" || command -v "${BABYHELM_TEST_CHROMIUM:-chromium}"; }
browser >/dev/null || missing+=(chromium-headless-shell fonts-dejavu-core) # draws what a whole Chromium does, for two thirds of the work
command -v prometheus >/dev/null || missing+=(prometheus)
[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
need_postgres
chromium=$(browser) || die "there is no program '${BABYHELM_TEST_CHROMIUM:-chromium-headless-shell}': name a Chromium or Chrome in BABYHELM_TEST_CHROMIUM"
export BABYHELM_TEST_CHROMIUM=$chromium

compiler=babyhelm-test-$$
work=$(mktemp -d /var/tmp/babyhelm-test.XXXXXX)
chmod 755 "$work"
# It would wait for more to compile for ten minutes.
stop_compiler() {
  local process
  for process in /proc/[0-9]*; do
    ! grep -qs -- "-pipename:$compiler" "$process/cmdline" || kill "${process#/proc/}" 2>/dev/null || true
  done
}
stop() {
  stop_compiler
  [ -z "${PG_DIR:-}" ] || stop_postgres
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Nothing of it is kept, so it need not reach the disk.
start_postgres "$work/postgres" 26432 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c max_connections=300
export BABYHELM_TEST_POSTGRES=${CONNECTION%;Database=*}

# Short lives, busy with compiling themselves: profiling that code, and guarding the memory it is written to, costs more than it brings here.
export DOTNET_TieredPGO=0 DOTNET_EnableWriteXorExecute=0
# One compiler for all projects, for this run alone: it need not be warmed up for each.
dotnet build Babyhelm.sln -v quiet --nologo -clp:ErrorsOnly -p:UseSharedCompilation=true -p:SharedCompilationId=$compiler
stop_compiler
# Nor is anything compiled once more before a thousand calls, or memory collected before there is some to collect.
export DOTNET_TC_CallCountThreshold=400 DOTNET_GCgen0size=0x6000000
code=0
dotnet test Babyhelm.Tests --no-build --nologo --logger "trx;LogFileName=$work/results.trx" --logger "console;verbosity=minimal" "$@" || code=$?
counters=$(grep -o '<Counters [^>]*' "$work/results.trx" 2>/dev/null || true)
count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counters"; }
total=$(count total) passed=$(count passed) executed=$(count executed)
echo "${passed:-0} passed, $((${executed:-0} - ${passed:-0})) failed, $((${total:-0} - ${executed:-0})) skipped"
[ "${passed:-0}" -gt 0 ] || code=1
exit $code
