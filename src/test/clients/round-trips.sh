#!/usr/bin/env bash
# Round trips of everyday S3 clients with their default settings, content compared.
#
#   round-trips.sh ENDPOINT ACCESS_KEY SECRET BUCKET
#
# BUCKET is the beginning of the names of the buckets that are made. A client that is not installed is skipped by
# name; with ENTENTE_CLIENTS=required that is a failure.
set -uo pipefail
endpoint=$1 key=$2 secret=$3 bucket=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Settings of the machine's own that are not these clients' defaults.
unset AWS_CA_BUNDLE AWS_PROFILE AWS_ENDPOINT_URL
export HOME=$work AWS_ACCESS_KEY_ID=$key AWS_SECRET_ACCESS_KEY=$secret AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true
failed=0 passed=0 skipped=0

mkdir -p "$work/data/a folder"
head -c 20000000 /dev/urandom >"$work/data/large"
head -c 1000 /dev/urandom >"$work/data/small"
: >"$work/data/empty"
printf 'a name with spaces and more' >"$work/data/a folder/späce+plus &c.txt"

same() { diff -r "$work/data" "$1"; }

aws_cli() {
  local aws="aws --endpoint-url $endpoint"
  $aws s3 mb "s3://$bucket-awscli" &&
    $aws s3 sync --no-progress "$work/data" "s3://$bucket-awscli/data" &&
    $aws s3 sync --no-progress "s3://$bucket-awscli/data" "$work/awscli" &&
    same "$work/awscli" &&
    $aws s3 rm --recursive "s3://$bucket-awscli" &&
    $aws s3 rb "s3://$bucket-awscli"
}

boto3() {
  python3 - "$endpoint" "$bucket-boto3" "$work/data/large" <<'PY'
import io, sys
import boto3
endpoint, bucket, path = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint)
s3.create_bucket(Bucket=bucket)
content = open(path, "rb").read()
for key, body in {"empty": b"", "small": b"hello", "a key/ünïcode+plus": content[:100000]}.items():
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body, key
s3.upload_fileobj(io.BytesIO(content), bucket, "large")
back = io.BytesIO()
s3.download_fileobj(bucket, "large", back)
assert back.getvalue() == content
keys = [o["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket) for o in page["Contents"]]
assert sorted(keys) == sorted(["empty", "small", "a key/ünïcode+plus", "large"]), keys
s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": k} for k in keys]})
s3.delete_bucket(Bucket=bucket)
PY
}

rclone() {
  local remote=":s3,provider=Other,access_key_id=$key,secret_access_key=$secret,endpoint='$endpoint':$bucket-rclone"
  command rclone mkdir "$remote" &&
    command rclone copy "$work/data" "$remote/data" &&
    command rclone check "$work/data" "$remote/data" &&
    command rclone copy "$remote/data" "$work/rclone" &&
    same "$work/rclone" &&
    command rclone purge "$remote"
}

s3cmd() {
  local host=${endpoint#http://}
  local s3cmd=(command s3cmd --access_key="$key" --secret_key="$secret" --no-ssl --host="$host" --host-bucket="$host" --quiet)
  "${s3cmd[@]}" mb "s3://$bucket-s3cmd" &&
    "${s3cmd[@]}" sync "$work/data/" "s3://$bucket-s3cmd/data/" &&
    mkdir -p "$work/s3cmd" &&
    "${s3cmd[@]}" sync "s3://$bucket-s3cmd/data/" "$work/s3cmd/" &&
    same "$work/s3cmd" &&
    "${s3cmd[@]}" del --recursive --force "s3://$bucket-s3cmd" &&
    "${s3cmd[@]}" rb "s3://$bucket-s3cmd"
}

curl() {
  local curl=(command curl --silent --show-error --fail --aws-sigv4 aws:amz:us-east-1:s3 --user "$key:$secret"
    --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD')
  "${curl[@]}" -X PUT "$endpoint/$bucket-curl" &&
    "${curl[@]}" -T "$work/data/large" "$endpoint/$bucket-curl/large" &&
    "${curl[@]}" -o "$work/curl-large" "$endpoint/$bucket-curl/large" &&
    cmp "$work/data/large" "$work/curl-large" &&
    "${curl[@]}" -X DELETE "$endpoint/$bucket-curl/large" &&
    "${curl[@]}" -X DELETE "$endpoint/$bucket-curl"
}

restic() {
  local restic=(command restic --quiet --repo "s3:$endpoint/$bucket-restic/backups")
  export RESTIC_PASSWORD=secret RESTIC_CACHE_DIR=$work/restic-cache
  "${restic[@]}" init &&
    (cd "$work/data" && "${restic[@]}" backup .) &&
    "${restic[@]}" check --read-data &&
    "${restic[@]}" restore latest --target "$work/restic" &&
    same "$work/restic" &&
    "${restic[@]}" forget --prune --keep-last 1
}

s3fs() {
  local at=$work/mounted
  mkdir "$at" &&
    command curl --silent --fail --aws-sigv4 aws:amz:us-east-1:s3 --user "$key:$secret" -X PUT "$endpoint/$bucket-s3fs" &&
    AWSACCESSKEYID=$key AWSSECRETACCESSKEY=$secret command s3fs "$bucket-s3fs" "$at" -o "url=$endpoint,use_path_request_style" || return 1
  cp -r "$work/data/." "$at/" && same "$at" && mv "$at/small" "$at/moved" && cmp "$at/moved" "$work/data/small" && rm -r "$at"/*
  local result=$?
  fusermount -u "$at"
  return $result
}

javascript_sdk() {
  node - "$endpoint" "$bucket-js" <<'JS'
const { S3Client, CreateBucketCommand, PutObjectCommand, GetObjectCommand, ListObjectsV2Command, CopyObjectCommand,
  CreateMultipartUploadCommand, UploadPartCommand, CompleteMultipartUploadCommand, DeleteObjectsCommand,
  DeleteBucketCommand } = require("@aws-sdk/client-s3");
const assert = require("node:assert");
const { randomBytes } = require("node:crypto");
const [endpoint, Bucket] = process.argv.slice(2);
const s3 = new S3Client({ endpoint, forcePathStyle: true });
const bytes = async (Key) => Buffer.from(await (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToByteArray());
(async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  const key = "a key/ünïcode+plus";
  await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: "hello" }));
  assert.equal((await bytes(key)).toString(), "hello");
  await s3.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `/${Bucket}/${encodeURIComponent(key)}` }));
  const content = randomBytes(6 << 20);
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "large" }));
  const Parts = [];
  for (const [PartNumber, Body] of [[1, content.subarray(0, 5 << 20)], [2, content.subarray(5 << 20)]]) {
    const { ETag, ...rest } = await s3.send(new UploadPartCommand({ Bucket, Key: "large", UploadId, PartNumber, Body }));
    Parts.push({ PartNumber, ETag });
  }
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: "large", UploadId, MultipartUpload: { Parts } }));
  assert.ok(content.equals(await bytes("large")));
  const keys = (await s3.send(new ListObjectsV2Command({ Bucket }))).Contents.map((object) => object.Key);
  assert.deepEqual(keys, [key, "copy", "large"].sort());
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
})().catch((error) => { console.error(error); process.exit(1); });
JS
}

minio_javascript() {
  node - "$endpoint" "$bucket-minio" "$work/data/large" "$work/minio-large" <<'JS'
const Minio = require("minio");
const assert = require("node:assert");
const fs = require("node:fs");
const [endpoint, bucket, large, back] = process.argv.slice(2);
const { hostname, port } = new URL(endpoint);
const client = new Minio.Client({ endPoint: hostname, port: Number(port), useSSL: false,
  accessKey: process.env.AWS_ACCESS_KEY_ID, secretKey: process.env.AWS_SECRET_ACCESS_KEY });
(async () => {
  await client.makeBucket(bucket);
  await client.fPutObject(bucket, "large", large);
  await client.putObject(bucket, "a key/ünïcode+plus", "hello");
  await client.fGetObject(bucket, "large", back);
  assert.ok(fs.readFileSync(large).equals(fs.readFileSync(back)));
  const names = [];
  for await (const object of client.listObjectsV2(bucket, "", true)) names.push(object.name);
  assert.deepEqual(names, ["a key/ünïcode+plus", "large"]);
  await client.removeObjects(bucket, names);
  await client.removeBucket(bucket);
})().catch((error) => { console.error(error); process.exit(1); });
JS
}

# Its extension for S3 is a download as a rule; PyPI has the same as a package.
duckdb() {
  python3 - "$endpoint" "$bucket-duckdb" <<'PY'
import glob, os, sys, urllib.parse
import boto3, duckdb, duckdb_extension_httpfs
endpoint, bucket = sys.argv[1:]
boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=bucket)
database = duckdb.connect()
extension = glob.glob(os.path.dirname(duckdb_extension_httpfs.__file__) + "/**/httpfs.duckdb_extension", recursive=True)[0]
database.execute(f"load '{extension}'")
database.execute("create secret (type s3, key_id '%s', secret '%s', endpoint '%s', use_ssl false, url_style 'path')" % (
    os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], urllib.parse.urlsplit(endpoint).netloc))
# As many rows as take parts to upload; each year is a folder.
database.execute("create table sorties as select range as id, 2024 + range % 3 as year, md5(range::varchar) as code from range(1000000)")
database.execute(f"copy sorties to 's3://{bucket}/sorties' (format parquet, partition_by (year))")
found = f"read_parquet('s3://{bucket}/sorties/*/*.parquet', hive_partitioning = true)"
assert database.execute(f"select count(*), sum(id) from {found}").fetchone() == (1000000, 499999500000)
assert database.execute(f"select code from {found} where id = 4711").fetchone() == database.execute("select md5('4711')").fetchone()
PY
}

try() { # name, whether it is there, function
  if ! eval "$2" >/dev/null 2>&1; then
    echo "SKIPPED $1: not there"
    skipped=$((skipped + 1))
    [ "${ENTENTE_CLIENTS:-}" != required ] || failed=$((failed + 1))
  elif "$3" >"$work/log" 2>&1; then
    echo "PASSED $1"
    passed=$((passed + 1))
  else
    echo "FAILED $1"
    tail -n 30 "$work/log"
    failed=$((failed + 1))
  fi
}

try 'aws cli' 'type -P aws && aws --version' aws_cli
try boto3 "python3 -c 'import boto3'" boto3
try rclone 'type -P rclone' rclone
try s3cmd 'type -P s3cmd' s3cmd
try restic 'type -P restic' restic
# Whether file systems can be mounted is the machine's matter; no installation changes that.
if (: <>/dev/fuse) 2>/dev/null; then
  try s3fs 'type -P s3fs && type -P fusermount' s3fs
else
  echo 'SKIPPED s3fs: nothing can be mounted here'
fi
try 'AWS SDK for JavaScript' "node -e 'require(\"@aws-sdk/client-s3\")'" javascript_sdk
try 'MinIO SDK for JavaScript' "node -e 'require(\"minio\")'" minio_javascript
try DuckDB "python3 -c 'import duckdb, duckdb_extension_httpfs'" duckdb
try curl "command curl --help all | grep -q aws-sigv4" curl
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
