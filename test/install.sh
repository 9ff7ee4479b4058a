#!/bin/sh
# Installs what the tests and benchmarks need, from Debian, and only what is missing.
set -eu

missing=""
need() { # need COMMAND PACKAGE
	command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

PATH="$PATH:/usr/sbin:/sbin"
need nginx nginx-light
need curl curl
need sqlite3 sqlite3
need jq jq
need openssl openssl
need git git
need setpriv util-linux
need ip iproute2
need patroni patroni
need etcd etcd-server
need xmllint libxml2-utils
need xmlsec1 xmlsec1
need prometheus prometheus
need wsdl2h gsoap
need node nodejs
need npm npm
need chromium chromium
need /usr/bin/python3 python3
need php php-cli
for module in soap xml; do
	php -m 2>/dev/null | grep -qix "$module" || missing="$missing php-$module"
done
need mcs mono-mcs
need wsdl mono-devel
need mono mono-runtime
need javac default-jdk-headless
need wsimport jaxws
for archive in axis:libaxis-java wss4j:libwss4j-java javax.mail:libmail-java javax.activation:libactivation-java; do
	[ -e "/usr/share/java/${archive%%:*}.jar" ] || missing="$missing ${archive##*:}"
done
perl -MSOAP::Lite -MLWP::Protocol::https -e 1 >/dev/null 2>&1 || missing="$missing libsoap-lite-perl liblwp-protocol-https-perl"
/usr/bin/python3 -c "import suds" >/dev/null 2>&1 || missing="$missing python3-suds"
for module in lxml zeep xmlsec websockets; do
	/usr/bin/python3 -c "import $module" >/dev/null 2>&1 || missing="$missing python3-$module"
done
/usr/bin/python3 -c "import saml2" >/dev/null 2>&1 || missing="$missing python3-pysaml2"
need chromium chromium
need pdftotext poppler-utils
need qpdf qpdf
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"

if ! command -v go >/dev/null 2>&1; then
	echo "install: Go is needed, at least the version that go.mod names" >&2
	exit 1
fi
[ -n "$missing" ] || exit 0

sudo=""
if [ "$(id -u)" -ne 0 ]; then
	sudo="sudo"
fi
# Debian would otherwise create and start a cluster and a web server of its own.
echo "install:$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo mkdir -p /etc/postgresql-common
[ -e /etc/postgresql-common/createcluster.conf ] ||
	echo "create_main_cluster = false" | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
$sudo apt-get update -q
# shellcheck disable=SC2086
$sudo apt-get install -q -y --no-install-recommends $missing
