# Shared by run.sh and test.sh: packages of the distribution and a private PostgreSQL.
# shellcheck shell=bash

say() { echo "babyhelm: $*" >&2; }
die() { say "$*"; exit 1; }

need_dotnet() {
  command -v dotnet >/dev/null || die "the .NET SDK 10 is missing; install it first: https://dotnet.microsoft.com/download"
  local sdks
  sdks=$(dotnet --list-sdks)
  [[ $'\n'$sdks == *$'\n'10.* ]] || die "the .NET SDK 10 is missing; dotnet has: ${sdks//$'\n'/ }"
}

# install_packages PACKAGE ...: from the distribution; asks for sudo only here. Runs in a shell of its own, for its traps.
install_packages() (
  command -v apt-get >/dev/null || die "please install: $* (this machine has no apt-get, so it can't be done from here)"
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "please install as root: apt-get install $*"
    as_root=(sudo)
  fi
  say "installing $* from the distribution${as_root:+ (with sudo)}"
  # Packages must not start services of their own: a policy that says no, unless somebody else has one.
  policy=/usr/sbin/policy-rc.d own=
  log=$(mktemp)
  end() {
    [ -z "$own" ] || "${as_root[@]}" rm -f $policy
    rm -f "$log"
  }
  trap end EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [ ! -e $policy ] || grep -qs '^# babyhelm' $policy; then # the second: left by a run that was killed
    own=1
    printf '#!/bin/sh\n# babyhelm: while packages are installed\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null || exit 1
    "${as_root[@]}" chmod +x $policy || exit 1
  fi
  # One broken source of many must not be in the way; whether the packages can be had, installing tells.
  "${as_root[@]}" apt-get update -qq -o DPkg::Lock::Timeout=300 >"$log" 2>&1 || say "apt-get update had problems; going on with what it knows"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1 ||
    { tail -5 "$log" >&2; die "installing $* failed"; }
)

# Folder with initdb, pg_ctl and postgres: of version $1 where given, else the newest installed one. Prints nothing without.
postgres_bin() {
  local dir
  for dir in $(ls -d /usr/lib/postgresql/${1:-*}/bin 2>/dev/null | sort -Vr); do
    [ -x "$dir/initdb" ] && { echo "$dir"; return; }
  done
  if command -v initdb >/dev/null; then
    dir=$(dirname "$(readlink -f "$(command -v initdb)")")
    [[ -n ${1:-} && $("$dir/postgres" --version) != *" $1."* ]] || echo "$dir"
  fi
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
  local first=$2 version log
  shift 2
  mkdir -p "$(dirname "$PG_DIR")"
  PG_DIR=$(cd "$(dirname "$PG_DIR")" && pwd)/$(basename "$PG_DIR")
  if [ "$(id -u)" = 0 ] && ! runuser -u postgres -- test -x "$(dirname "$PG_DIR")"; then
    # Not in a folder for temporary files: these are swept, and anybody may make a name there first.
    PG_DIR=/var/lib/babyhelm-$(printf %s "$PG_DIR" | sha256sum | cut -c1-12)
    say "the user postgres can't enter this folder; the database lives in $PG_DIR"
  fi
  mkdir -p "$PG_DIR"
  if [ "$(id -u)" = 0 ]; then
    case $(stat -c %U "$PG_DIR") in
      root | postgres) ;;
      *) die "$PG_DIR belongs to $(stat -c %U "$PG_DIR"), not to root or postgres; it is not used for the database" ;;
    esac
    chown postgres "$PG_DIR"
  fi
  chmod 700 "$PG_DIR"
  if [ -f "$PG_DIR/cluster/PG_VERSION" ]; then
    version=$(<"$PG_DIR/cluster/PG_VERSION")
    PG_BIN=$(postgres_bin "$version")
    [ -n "$PG_BIN" ] || die "the database in $PG_DIR was made by PostgreSQL $version, which is not installed: apt-get install postgresql-$version"
  else
    say "making a private PostgreSQL cluster in $PG_DIR"
    as_postgres rm -rf "$PG_DIR/cluster" "$PG_DIR/cluster.new"
    (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$PG_DIR/password")
    [ "$(id -u)" != 0 ] || chown postgres "$PG_DIR/password"
    log=$(mktemp)
    # Under its name only once it is whole.
    as_postgres "$PG_BIN/initdb" -D "$PG_DIR/cluster.new" -U babyhelm -E UTF8 --locale=C.UTF-8 \
      --auth=scram-sha-256 --pwfile="$PG_DIR/password" >"$log" 2>&1 ||
      { cat "$log" >&2; rm -f "$log"; die "making the database failed"; }
    rm -f "$log"
    as_postgres mv "$PG_DIR/cluster.new" "$PG_DIR/cluster"
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
  [ "$("$PG_BIN/psql" -h 127.0.0.1 -p "$PG_PORT" -U babyhelm -d postgres -qtAc "SELECT 1 FROM pg_database WHERE datname = 'babyhelm'")" = 1 ] ||
    "$PG_BIN/createdb" -h 127.0.0.1 -p "$PG_PORT" -U babyhelm babyhelm
  unset PGPASSWORD
  CONNECTION="Host=127.0.0.1;Port=$PG_PORT;Username=babyhelm;Password=$(cat "$PG_DIR/password");Database=babyhelm"
}

stop_postgres() { as_postgres "$PG_BIN/pg_ctl" -D "$PG_DIR/cluster" -m fast -w stop >/dev/null 2>&1 || true; }
