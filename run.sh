#!/usr/bin/env bash
# Sets up and starts Babyhelm on this machine. Ctrl-C stops everything it started.
set -euo pipefail
from=$PWD
cd "$(dirname "$0")"
. scripts/lib.sh

# Paths are meant from where the command was given.
absolute() { realpath -m -- "$(case $1 in /*) echo "$1" ;; *) echo "$from/$1" ;; esac)"; }

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
    --data) data=$(absolute "${2:?--data takes a folder}"); shift 2 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
[[ $port =~ ^[0-9]{1,5}$ ]] && [ "$port" -ge 1 ] && [ "$port" -le 65535 ] || die "--port takes a number from 1 to 65535, not '$port'"
port_is_free "$port" || die "port $port is in use; choose another with --port"

need_dotnet
missing=()
[ -n "${ConnectionStrings__Babyhelm:-}" ] || [ -n "$(postgres_bin)" ] || missing+=(postgresql)
[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
command -v prometheus >/dev/null || install_packages prometheus || say "going on without Prometheus; nothing but metrics needs it"
mkdir -p "$data"
data=$(cd "$data" && pwd)

# Held until this script and the web process are gone. Whatever may outlive them must not inherit it: 9>&-
exec 9>"$data/lock"
! command -v flock >/dev/null || flock -n 9 || die "another run.sh works in $data; stop it, or choose another folder with --data"

export Sandbox__KubeConfigPath
Sandbox__KubeConfigPath=$(absolute "${Sandbox__KubeConfigPath:-$data/sandbox.kubeconfig}")
if [ -n "${KUBECONFIG:-}" ]; then
  files=
  while IFS= read -r -d : file; do [ -z "$file" ] || files+=${files:+:}$(absolute "$file"); done <<<"$KUBECONFIG:"
  if [ "$files" = "$Sandbox__KubeConfigPath" ]; then
    say "KUBECONFIG names the sandbox's own kubeconfig, whose cluster ended with the run before; starting a new sandbox"
    unset KUBECONFIG
  else
    export KUBECONFIG=$files
  fi
fi

say "building"
dotnet build Babyhelm.Web -c Release -v quiet --nologo -clp:ErrorsOnly 9>&- || die "the build failed"

web=
started_postgres=
prometheus=
metrics=$data/prometheus
reloader=
forget_credentials() { rm -f "$metrics"/cluster-* "$metrics"/metrics-token*; }
stop() {
  trap '' INT TERM
  [ -z "$reloader" ] || kill -TERM "$reloader" 2>/dev/null || true
  [ -z "$prometheus" ] || { kill -TERM "$prometheus" 2>/dev/null || true; wait "$prometheus" 2>/dev/null || true; }
  [ -z "$web" ] || { kill -TERM "$web" 2>/dev/null || true; wait "$web" 2>/dev/null || true; }
  # Credentials for the cluster; the web process removes them itself unless it was killed.
  forget_credentials
  [ -z "$started_postgres" ] || { say "stopping PostgreSQL"; stop_postgres; }
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -z "${ConnectionStrings__Babyhelm:-}" ]; then
  need_postgres
  start_postgres "$data/postgres" 25432 9>&-
  started_postgres=1
  export ConnectionStrings__Babyhelm=$CONNECTION
fi

export ASPNETCORE_URLS="http://localhost:$port" # both loopback addresses, or the one there is
export Public__Url=${Public__Url:-http://localhost:$port}
export Public__AppsUrl=${Public__AppsUrl:-http://apps.localhost:$port}
# A Prometheus of its own, unless another one is named. Babyhelm writes what it shall scrape, once it knows the cluster.
own_prometheus=
if [ -n "${Prometheus__Url:-}" ]; then
  say "using the Prometheus at $Prometheus__Url"
elif ! command -v prometheus >/dev/null; then
  say "there is no Prometheus: applications run, but nothing shows what they use"
else
  prometheus_port=$(free_port "${PROMETHEUS_PORT:-29090}")
  own_prometheus=1
  mkdir -p "$metrics"
  chmod 700 "$metrics"
  rm -f "$metrics/prometheus.yml"
  forget_credentials # of a run that was killed
  cp deploy/prometheus/*.rules.yml "$metrics"
  # Behind a public address metrics want a token.
  case $Public__Url in
    http://localhost:* | http://127.*) ;;
    *) export Metrics__Token=${Metrics__Token:-$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')} ;;
  esac
  export Prometheus__Url=http://127.0.0.1:$prometheus_port
  export Metrics__ScrapeFolder=$metrics
fi

# Prometheus reads the files that its configuration names by itself, the configuration only when told. It changes when
# credentials for the cluster come, go or are of another kind.
reload_when_changed() {
  local known=$1 now
  while sleep 5 && kill -0 "$web" && kill -0 "$prometheus"; do
    now=$(cksum <"$metrics/prometheus.yml") || continue
    [ "$now" = "$known" ] || ! kill -HUP "$prometheus" || known=$now
  done
}

# Sessions of their own: Ctrl-C reaches this script first, which then stops things in order.
setsid dotnet Babyhelm.Web/bin/Release/net10.0/Babyhelm.Web.dll &
web=$!
if [ -n "$own_prometheus" ]; then
  until [ -f "$metrics/prometheus.yml" ] || ! kill -0 "$web" 2>/dev/null; do sleep 0.2; done
  if kill -0 "$web" 2>/dev/null; then
    configuration=$(cksum <"$metrics/prometheus.yml")
    setsid prometheus --config.file="$metrics/prometheus.yml" --storage.tsdb.path="$metrics/data" \
      --storage.tsdb.retention.time=31d --storage.tsdb.retention.size=2GB \
      --web.listen-address="127.0.0.1:$prometheus_port" --log.level=warn >"$metrics/log" 2>&1 9>&- &
    prometheus=$!
    # Listening, or ended at once: its port was taken in between, or its data is broken.
    until ! kill -0 "$prometheus" 2>/dev/null || ! port_is_free "$prometheus_port"; do sleep 0.2; done
    if kill -0 "$prometheus" 2>/dev/null; then
      say "Prometheus runs on 127.0.0.1:$prometheus_port, its data in $metrics"
      reload_when_changed "$configuration" >/dev/null 2>&1 9>&- &
      reloader=$!
    else
      say "Prometheus did not start, so nothing shows what applications use: $(tail -1 "$metrics/log")"
      prometheus=
    fi
  fi
fi
wait "$web"
