#!/bin/sh
# make demo: the main job on the sample tree, for a CPU that is not this machine's.
# usage: demo.sh PORTFAKE
set -eu
portfake=$1
fixtures=$(dirname "$0")/fixtures
root=build/demo/root

rm -rf build/demo
mkdir -p "$root" build/demo/work
[ "$(id -u)" = 0 ] && as_user= || as_user=--as-user
target="--ports $fixtures/ports --distdir $fixtures/distfiles --abi FreeBSD:14:riscv64"

echo "== Who must be had as a package? Nothing is written."
# shellcheck disable=SC2086
"$portfake" install --root "$root" $as_user $target sysutils/ec2-demo || echo "(status $?)"

echo "== The plan, without what ec2-demo needs to run."
# shellcheck disable=SC2086
"$portfake" plan --root "$root" --no-deps $target sysutils/ec2-demo

echo "== The install."
# shellcheck disable=SC2086
"$portfake" install --root "$root" $as_user --no-deps $target sysutils/ec2-demo

echo "== What lies in the root now."
find "$root" -type f -exec ls -l {} +

echo "== The record."
"$portfake" info --root "$root" ec2-demo
"$portfake" which --root "$root" /usr/local/sbin/configinit
