#!/bin/sh
# Debian's Cyrus, Courier and Postfix, unpacked into a folder and installed nowhere: they cannot be installed
# beside Dovecot, or beside each other. unpack.sh FOLDER; what is there already is left as it is.
set -eu
folder=$1
test -e "$folder/.complete" && exit 0
command -v apt-get >/dev/null && command -v dpkg >/dev/null || { echo "Not a Debian: no other servers" >&2; exit 0; }
mkdir -p "$folder/packages" "$folder/programs"
cd "$folder/packages"
for package in cyrus-imapd cyrus-common courier-imap courier-base courier-authlib courier-authlib-userdb gamin \
  postfix sasl2-bin libsasl2-modules-db libsasl2-modules libpcre3 libxapian30 libical3 libzephyr4 libwrap0 \
  libclamav12 libpq5 libjansson4 libldap-2.5-0 libnsl2 libdb5.3 libcourier-unicode4 libidn12 libltdl7 \
  libgamin0 libgdbm6; do
  apt-get -qq download "$package" 2>/dev/null || { echo "no $package: no other servers" >&2; exit 0; }
done
for package in *.deb; do dpkg -x "$package" "$folder/programs"; done
if test -d "$folder/programs/lib"; then # which is a link to usr/lib by now
  cp -a "$folder/programs/lib/." "$folder/programs/usr/lib/"
  rm -r "$folder/programs/lib"
fi
touch "$folder/.complete"
