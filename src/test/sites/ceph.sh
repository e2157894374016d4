#!/usr/bin/env bash
# A RADOS gateway with its cluster of one, in memory, until this process ends.
# usage: ceph.sh DIRECTORY PORT MONITOR_PORT ACCESS_KEY SECRET_KEY
set -euo pipefail
dir=$1 port=$2 key=$4 secret=$5
mkdir -p "$dir/mon" "$dir/osd"
conf=$dir/ceph.conf
monitor=v2:127.0.0.1:$3
cat >"$conf" <<C
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = [$monitor]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
# Without authentication there is no secure mode, which a gateway would prefer.
ms mon client mode = crc secure
ms mon service mode = crc secure
ms mon cluster mode = crc secure
run dir = $dir
admin socket = $dir/\$name.asok
log file = $dir/\$name.log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 2000
mon data avail crit = 1
[mon]
mon data = $dir/mon
[osd]
osd data = $dir/osd
osd objectstore = memstore
memstore device bytes = 17179869184
[client]
rgw crypt require ssl = false
C
daemons=()
finish() {
  local status=$?
  trap - EXIT TERM INT
  [ "$status" = 0 ] || tail -n 20 "$dir/out"
  kill -9 "${daemons[@]}" 2>/dev/null || true
}
trap finish EXIT
trap 'exit 0' TERM INT

daemon() {
  "$@" >>"$dir/out" 2>&1 &
  daemons+=($!)
}

admin() { timeout 60 "$@" >>"$dir/out" 2>&1; }

admin monmaptool --create --addv a "[$monitor]" --fsid "$(sed -n 's/^fsid = //p' "$conf")" "$dir/monmap"
admin ceph-mon -c "$conf" --mkfs -i a --monmap "$dir/monmap"
daemon ceph-mon -c "$conf" -i a -f
until admin ceph -c "$conf" --connect-timeout 5 osd stat; do kill -0 "${daemons[0]}"; done
osd=$(cat /proc/sys/kernel/random/uuid)
admin ceph -c "$conf" osd new "$osd" 0
admin ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$osd"
daemon ceph-osd -c "$conf" -i 0 -f
until timeout 20 ceph -c "$conf" osd stat 2>>"$dir/out" | grep -q '1 up'; do kill -0 "${daemons[1]}"; done
# Three users by the same secret: the one whose keys were given, another one, and one whose buckets are a world of their own.
user() { admin radosgw-admin -c "$conf" user create "$@" --secret-key="$secret" --max-buckets=0; }
user --uid=tests --display-name=Tests --access-key="$key"
user --uid=others --display-name=Others --access-key="OTHER$key"
user --tenant=elsewhere --uid=tests --display-name=Tests --access-key="ELSEWHERE$key"
daemon radosgw -c "$conf" -n client.rgw -f --rgw-frontends="beast endpoint=127.0.0.1:$port"
wait -n
