#!/usr/bin/env bash
# Sets up and starts Babyhelm on this machine. Ctrl-C stops everything it started.
set -euo pipefail
cd "$(dirname "$0")"
. scripts/lib.sh

port=5080
data=.data
usage() {
  cat <<'U'
Usage: ./run.sh [--port N] [--data FOLDER]

  --port N        port of http://localhost:N (default 5080)
  --data FOLDER   where the database and the sandbox's kubeconfig live (default .data)

With KUBECONFIG set, or inside a cluster, Babyhelm uses that cluster; otherwise it starts the sandbox, an in-memory one.
With ConnectionStrings__Babyhelm set it uses that PostgreSQL and starts none.
U
}
while [ $# -gt 0 ]; do
  case $1 in
    --port) port=${2:?--port takes a number}; shift 2 ;;
    --data) data=${2:?--data takes a folder}; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
[[ $port =~ ^[0-9]{1,5}$ ]] && [ "$port" -ge 1 ] && [ "$port" -le 65535 ] || die "--port takes a number from 1 to 65535, not '$port'"
port_is_free "$port" || die "port $port is in use; choose another with --port"

need_dotnet
missing=()
[ -n "${ConnectionStrings__Babyhelm:-}" ] || [ -n "$(postgres_bin)" ] || missing+=(postgresql)
command -v prometheus >/dev/null || missing+=(prometheus)
[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
mkdir -p "$data"
data=$(cd "$data" && pwd)

say "building"
dotnet build Babyhelm.Web -c Release -v quiet --nologo -clp:ErrorsOnly || die "the build failed"

web=
started_postgres=
stop() {
  trap '' INT TERM
  [ -z "$web" ] || { kill -TERM "$web" 2>/dev/null || true; wait "$web" 2>/dev/null || true; }
  [ -z "$started_postgres" ] || { say "stopping PostgreSQL"; stop_postgres; }
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -z "${ConnectionStrings__Babyhelm:-}" ]; then
  need_postgres
  start_postgres "$data/postgres" 25432
  started_postgres=1
  export ConnectionStrings__Babyhelm=$CONNECTION
fi

export ASPNETCORE_URLS="http://127.0.0.1:$port;http://[::1]:$port"
export Public__Url=${Public__Url:-http://localhost:$port}
export Public__AppsUrl=${Public__AppsUrl:-http://apps.localhost:$port}
export Sandbox__KubeConfigPath=${Sandbox__KubeConfigPath:-$data/sandbox.kubeconfig}
# A session of its own: Ctrl-C reaches this script first, which then stops things in order.
setsid dotnet Babyhelm.Web/bin/Release/net10.0/Babyhelm.Web.dll &
web=$!
wait "$web"
