#!/bin/sh
# The programs that ours is compared with, unpacked into a folder and installed nowhere: Debian's sieve-filter,
# fetchmail and smtp-source, and a venv with imapautofiler. peers.sh FOLDER; what is there is left as it is, and
# what cannot be had is named, and left out of the comparison.
set -eu
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder/packages" "$folder/programs"
if command -v apt-get >/dev/null && command -v dpkg >/dev/null; then
  cd "$folder/packages"
  for package in dovecot-sieve fetchmail postfix libdb5.3 libicu72; do
    test -e "$folder/.$package" && continue
    if apt-get -qq download "$package" 2>/dev/null; then
      dpkg -x "$package"_*.deb "$folder/programs"
      touch "$folder/.$package"
    else
      echo "no $package (not to be had from Debian's archive)" >&2
    fi
  done
  if test -d "$folder/programs/lib" && ! test -L "$folder/programs/lib"; then # a link to usr/lib by now
    cp -a "$folder/programs/lib/." "$folder/programs/usr/lib/"
    rm -r "$folder/programs/lib"
  fi
else
  echo "Not a Debian: no sieve-filter, fetchmail and smtp-source" >&2
fi
if ! test -x "$folder/venv/bin/imapautofiler"; then
  "${PYTHON:-python3}" -m venv "$folder/venv" &&
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check imapautofiler ||
    echo "no imapautofiler (not to be had from PyPI)" >&2
fi
