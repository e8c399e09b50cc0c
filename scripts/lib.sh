# Shared by run.sh and test.sh: packages of the distribution and a private PostgreSQL.
# shellcheck shell=bash

say() { echo "babyhelm: $*" >&2; }
die() { say "$*"; exit 1; }

need_dotnet() {
  command -v dotnet >/dev/null || die "the .NET SDK 10 is missing; install it first: https://dotnet.microsoft.com/download"
  dotnet --list-sdks | grep -q '^10\.' || die "the .NET SDK 10 is missing; dotnet has: $(dotnet --list-sdks | tr '\n' ' ')"
}

# install PACKAGE ...: from the distribution; asks for sudo only here.
install_packages() {
  command -v apt-get >/dev/null || die "please install: $* (this machine has no apt-get, so run.sh can't)"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "please install as root: apt-get install $*"
    as_root=(sudo)
  fi
  say "installing $* from the distribution${as_root:+ (with sudo)}"
  # Packages must not start services of their own: a policy that says no, unless there is one already.
  local policy=/usr/sbin/policy-rc.d own=
  if [ ! -e $policy ]; then
    own=1
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
    "${as_root[@]}" chmod +x $policy
  fi
  local failed=
  {
    "${as_root[@]}" apt-get update -qq &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
  } >"${TMPDIR:-/tmp}/babyhelm-apt-$$.log" 2>&1 || failed=1
  [ -z "$own" ] || "${as_root[@]}" rm -f $policy
  if [ -n "$failed" ]; then
    tail -5 "${TMPDIR:-/tmp}/babyhelm-apt-$$.log" >&2
    die "installing $* failed"
  fi
  rm -f "${TMPDIR:-/tmp}/babyhelm-apt-$$.log"
}

# Folder with initdb, pg_ctl and postgres; the newest installed version.
postgres_bin() {
  local dir
  for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr); do
    [ -x "$dir/initdb" ] && { echo "$dir"; return; }
  done
  command -v initdb >/dev/null && dirname "$(readlink -f "$(command -v initdb)")"
}

need_postgres() {
  [ -n "$(postgres_bin)" ] || install_packages postgresql
  PG_BIN=$(postgres_bin)
  [ -n "$PG_BIN" ] || die "PostgreSQL was installed but its programs are not found"
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port FIRST: the first free port of the loopback address from there on. Below 32768: from there on Linux gives ports
# to outgoing connections, so that one which is free now may be taken in a moment.
free_port() {
  local port=$1
  until port_is_free "$port"; do port=$((port + 1)); done
  echo "$port"
}

# PostgreSQL refuses to run as root; then it runs as the user that its package made.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

# start_postgres FOLDER FIRST_PORT [OPTION ...]: starts, or finds again, the private cluster in FOLDER.
# Sets PG_DIR, PG_PORT and CONNECTION.
start_postgres() {
  PG_DIR=$1
  local first=$2
  shift 2
  mkdir -p "$PG_DIR"
  PG_DIR=$(cd "$PG_DIR" && pwd)
  if [ "$(id -u)" = 0 ]; then
    if ! runuser -u postgres -- test -x "$(dirname "$PG_DIR")"; then
      PG_DIR=/var/tmp/babyhelm-$(printf %s "$PG_DIR" | sha256sum | cut -c1-12)
      mkdir -p "$PG_DIR"
      say "the user postgres can't enter this folder; the database lives in $PG_DIR"
    fi
    chown postgres "$PG_DIR"
  fi
  chmod 700 "$PG_DIR"
  if [ ! -f "$PG_DIR/cluster/PG_VERSION" ]; then
    say "making a private PostgreSQL cluster in $PG_DIR"
    as_postgres rm -rf "$PG_DIR/cluster"
    (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$PG_DIR/password")
    [ "$(id -u)" != 0 ] || chown postgres "$PG_DIR/password"
    as_postgres "$PG_BIN/initdb" -D "$PG_DIR/cluster" -U babyhelm -E UTF8 --locale=C.UTF-8 \
      --auth=scram-sha-256 --pwfile="$PG_DIR/password" >"${TMPDIR:-/tmp}/babyhelm-initdb-$$.log" 2>&1 ||
      { cat "${TMPDIR:-/tmp}/babyhelm-initdb-$$.log" >&2; die "making the database failed"; }
    rm -f "${TMPDIR:-/tmp}/babyhelm-initdb-$$.log"
  fi
  if as_postgres "$PG_BIN/pg_ctl" -D "$PG_DIR/cluster" status >/dev/null 2>&1; then
    PG_PORT=$(sed -n 4p "$PG_DIR/cluster/postmaster.pid")
    say "PostgreSQL still runs on 127.0.0.1:$PG_PORT"
  else
    local tries=5
    PG_PORT=$(free_port "$first")
    until as_postgres "$PG_BIN/pg_ctl" -D "$PG_DIR/cluster" -l "$PG_DIR/log" -w -t 180 start \
      -o "-p $PG_PORT -c listen_addresses=127.0.0.1 -c unix_socket_directories='' $*" >/dev/null; do
      # Somebody else may have taken the port since; anything else does not mend by itself.
      tries=$((tries - 1))
      if [ $tries = 0 ] || port_is_free "$PG_PORT"; then
        as_postgres tail -5 "$PG_DIR/log" >&2
        die "PostgreSQL did not start; its log is $PG_DIR/log"
      fi
      PG_PORT=$(free_port $((PG_PORT + 1)))
    done
    say "PostgreSQL runs on 127.0.0.1:$PG_PORT, its data in $PG_DIR"
  fi
  export PGPASSWORD
  PGPASSWORD=$(cat "$PG_DIR/password")
  "$PG_BIN/psql" -h 127.0.0.1 -p "$PG_PORT" -U babyhelm -d postgres -qtAc "SELECT 1 FROM pg_database WHERE datname = 'babyhelm'" | grep -q 1 ||
    "$PG_BIN/createdb" -h 127.0.0.1 -p "$PG_PORT" -U babyhelm babyhelm
  unset PGPASSWORD
  CONNECTION="Host=127.0.0.1;Port=$PG_PORT;Username=babyhelm;Password=$(cat "$PG_DIR/password");Database=babyhelm"
}

stop_postgres() { as_postgres "$PG_BIN/pg_ctl" -D "$PG_DIR/cluster" -m fast -w stop >/dev/null 2>&1 || true; }
