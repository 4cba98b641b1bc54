# Shared by the scripts of ci/: sourced, not run. Works as root or with sudo, and installs only what is missing.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

BUILD_PACKAGES=(gcc g++ cmake ninja-build pkg-config libpq-dev libyaml-dev libxml2-dev libpcre2-dev libjansson-dev uthash-dev)
SERVER_PACKAGES=(postgresql)
TEST_PACKAGES=(libcmocka-dev python3 python3-yaml python3-jsonschema libxml2-utils postgresql-client procps openssl)
FULL_PACKAGES=(clang clang-tidy valgrind cppcheck)

# The checkout is left as it was but for build*/ and reports/latest.
export PYTHONDONTWRITEBYTECODE=1

say() { printf '== %s\n' "$*"; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs the packages that are missing. PostgreSQL's server comes without the `main` cluster that Debian would create
# and start: the tests make their own.
install_packages() {
    local missing=() package config=/etc/postgresql-common/createcluster.conf made=

    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    if [[ " ${missing[*]} " == *" postgresql "* ]] && [ ! -e "$config" ]; then
        made=1
        as_root mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | as_root tee "$config" >/dev/null
    fi
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o Dpkg::Options::=--force-confold "${missing[@]}" >/dev/null
    # The setting was ours for the moment of the installation only: the package's own file takes its place.
    if [ -n "$made" ] && grep -qx 'create_main_cluster = false' "$config"; then
        as_root rm -f "$config"
        [ ! -e "$config.ucf-dist" ] || as_root mv "$config.ucf-dist" "$config"
    fi
}

# build FOLDER [CMAKE OPTION]...: configures and builds; what the tools say is shown when they fail.
build() {
    local folder=$1 log=$1.log

    shift
    if ! { cmake -S . -B "$folder" -G Ninja -Wno-dev "$@" && cmake --build "$folder"; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
