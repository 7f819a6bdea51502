#!/bin/bash
# deb-life.sh: runs inside the fresh Debian of deb-check.sh, beside the bundle and four other versions of custodyd.
# Never runs on a machine that has a ledger: it purges the package.
#
#   /srv/deb-life.sh install   from the bundle, as its README says; it brings systemd along
#   /srv/deb-life.sh live      all that follows; what it says goes to /srv/said
set -euo pipefail
export AUTOPKGTEST_TMP=/srv/life
mkdir -p $AUTOPKGTEST_TMP
# shellcheck source=deploy/debian/tests/lib
. /srv/tests/lib
state=/var/lib/custodyd
settings=/etc/custodyd/custodyd.conf
list=/etc/apt/sources.list.d/custody.list

if [ "$1" = install ]; then
    echo 'APT::Get::Assume-Yes "true";' > /etc/apt/apt.conf.d/yes
    cd /srv/bundle
    sed -n 's/^    //p' README > /srv/commands
    grep -q '^apt-get install' /srv/commands
    sh -ex /srv/commands
    [ -z "$(ls -A $state)" ] || fail 'the installation founded a ledger'
    [ -z "$(dpkg --audit)" ]
    exit 0
fi

exec > /srv/said 2>&1
/srv/tests/ledger

# still_there: the ledger on disk is the one that was written, and answers.
still_there() { traced | cmp - $AUTOPKGTEST_TMP/trace; }
settings_kept() { grep -qx '# written by the operator' $settings; }
number() { dpkg-query -W -f='${Version}' custodyd; }

say 'upgrade while it serves'
echo '# written by the operator' >> $settings
dpkg -i /srv/next.deb
still_there
stop
start
still_there

say 'upgrades that fail, before and after unpacking'
was=$(number)
if dpkg -i /srv/refuses.deb; then fail 'an upgrade whose preinst fails was taken'; fi
[ "$(number)" = "$was" ]
still_there
if dpkg -i /srv/breaks.deb; then fail 'an upgrade whose postinst fails was taken'; fi
[ -n "$(dpkg --audit)" ]
still_there
stop
start
still_there
dpkg -i /srv/mends.deb
[ -z "$(dpkg --audit)" ]
still_there
settings_kept

say 'remove: the ledger and the settings stay'
stop
(cd $state && find ledger mark ledger.key -type f -exec sha256sum {} +) > /srv/sums
dpkg --remove custodyd
[ ! -e /usr/sbin/custodyd ]
settings_kept
(cd $state && sha256sum --quiet --check /srv/sums)

say 'install again: it serves what it finds'
dpkg -i /srv/mends.deb
settings_kept
start
still_there
stop
(cd $state && find ledger mark ledger.key -type f -exec sha256sum {} +) > /srv/sums

say 'purge: the settings go, the ledger stays and is named'
dpkg --purge custodyd 2>&1 | tee /srv/purged
grep -q "stays, with its key: $state\$" /srv/purged
[ ! -e ${settings%/*} ]
(cd $state && sha256sum --quiet --check /srv/sums)
[ "$(stat -c '%U %a' $state)" = 'custodyd 700' ]

say 'purge beside no ledger: nothing is left'
rm -r $state
dpkg -i /srv/mends.deb
[ -d $state ]
dpkg --purge custodyd custody 2>&1 | tee /srv/purged
if grep -q 'stays' /srv/purged; then fail 'a purge speaks of a ledger that is not there'; fi
[ ! -e $state ]
left=$(find /etc /usr /lib /var/lib -xdev \( -name '*custodyd*' -o -name 'libcustody*' \) -not -path "$list" -not -path '/var/lib/apt/*')
[ -z "$left" ] || fail "left behind: $left"
