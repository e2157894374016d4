#!/usr/bin/env python3
"""Asks an S3 service and another the same, and says where they answer otherwise.

usage: surface.py URL,KEY,SECRET,PREFIX URL,KEY,SECRET,PREFIX

The first is the one to be held to. Buckets' names begin with the prefix. A line for each question that was
answered otherwise, then how many there were.
"""
import base64
import json
import sys
import uuid

import boto3
import botocore.config
import botocore.exceptions
import requests

MIB = 1 << 20
CASES = []

# What cannot be the same: times, ids, and who the owner is.
OWN = {"LastModified", "Initiated", "CreationDate", "UploadId", "VersionId", "DeleteMarkerVersionId", "CopySourceVersionId",
       "NextVersionIdMarker", "NextUploadIdMarker", "NextContinuationToken", "ContinuationToken", "Owner", "Initiator",
       "Location", "ObjectLockRetainUntilDate", "RetainUntilDate", "ResponseMetadata", "RequestCharged"}


def case(function):
    CASES.append(function)
    return function


def normal(value):
    """What of an answer should be the same: not what is empty, nor whether a tag is quoted."""
    if isinstance(value, dict):
        return {k: v.strip('"') if k == "ETag" else normal(v) for k, v in value.items() if k not in OWN and v != ""}
    if isinstance(value, list):
        return [normal(v) for v in value]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value if isinstance(value, (str, int, bool, float, type(None))) else str(value)


def unordered(reply, field):
    reply = dict(reply)
    if field in reply:
        reply[field] = sorted(reply[field], key=lambda item: json.dumps(normal(item), sort_keys=True))
    return reply


class Asking:
    """Puts questions to one of the services, and keeps the answers."""

    def __init__(self, service, name):
        url, key, secret, prefix = service.split(",")
        config = botocore.config.Config(signature_version="s3v4", retries={"max_attempts": 1},
                                        s3={"addressing_style": "path"})
        self.s3 = boto3.client("s3", endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret,
                               region_name="us-east-1", config=config)
        self.bucket = prefix + name.replace("_", "-")[:30] + "-" + uuid.uuid4().hex[:12]
        self.answers = {}

    def keep(self, label, answer):
        if label in self.answers:
            raise AssertionError("two questions are called " + label)
        text = json.dumps(normal(answer), sort_keys=True)
        self.answers[label] = json.loads(text.replace(self.bucket, "BUCKET"))

    def ask(self, label, operation, unordered_field=None, **arguments):
        """The reply, or None for an error; either is kept."""
        try:
            reply = getattr(self.s3, operation)(**{"Bucket": self.bucket, **arguments})
        except botocore.exceptions.ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            self.keep(label, f"{status} {error.response['Error']['Code']}")
            return None
        if "Body" in reply:
            reply["Body"] = reply["Body"].read()
        self.keep(label, unordered(reply, unordered_field) if unordered_field else reply)
        return reply

    def put(self, key, body=b"x", **arguments):
        return self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, **arguments)


@case
def objects(a):
    a.ask("put", "put_object", Key="k", Body=b"hello", Metadata={"a": "b"}, ContentType="text/x", CacheControl="no-cache",
          ContentDisposition="inline", ContentEncoding="gzip", Expires="Thu, 01 Dec 1994 16:00:00 GMT")
    a.ask("get", "get_object", Key="k")
    a.ask("head", "head_object", Key="k")
    a.ask("get with other headers", "get_object", Key="k", ResponseContentType="foo/bar", ResponseCacheControl="no-store",
          ResponseContentDisposition="bla", ResponseContentEncoding="aaa", ResponseExpires="Thu, 01 Dec 1994 16:00:00 GMT")
    a.ask("put of an unknown storage class", "put_object", Key="c", Body=b"x", StorageClass="STANDARD")
    a.ask("delete", "delete_object", Key="k")
    a.ask("delete again", "delete_object", Key="k")
    a.ask("get what is gone", "get_object", Key="k")
    a.ask("head what is gone", "head_object", Key="k")
    a.ask("tags of what is gone", "get_object_tagging", Key="k")


@case
def ranges(a):
    a.put("k", b"0123456789")
    a.put("empty", b"")
    for text in ("bytes=0-3", "bytes=5-", "bytes=-3", "bytes=20-30", "bytes=3-2", "bytes=0-100", "bites=1"):
        a.ask(text, "get_object", Key="k", Range=text)
    a.ask("of nothing", "get_object", Key="empty", Range="bytes=0-1")


@case
def conditions_of_reads(a):
    tag = a.put("k")["ETag"]
    for label, condition in {"match": {"IfMatch": tag}, "no match": {"IfMatch": '"no"'}, "none match": {"IfNoneMatch": tag},
                             "none match other": {"IfNoneMatch": '"no"'},
                             "modified since 1994": {"IfModifiedSince": "Sat, 29 Oct 1994 19:43:31 GMT"},
                             "modified since 2094": {"IfModifiedSince": "Sat, 29 Oct 2094 19:43:31 GMT"},
                             "unmodified since 1994": {"IfUnmodifiedSince": "Sat, 29 Oct 1994 19:43:31 GMT"}}.items():
        a.ask("get " + label, "get_object", Key="k", **condition)
        a.ask("head " + label, "head_object", Key="k", **condition)


@case
def conditions_of_writes(a):
    a.ask("create", "put_object", Key="k", Body=b"1", IfNoneMatch="*")
    a.ask("create again", "put_object", Key="k", Body=b"2", IfNoneMatch="*")
    a.ask("what it holds", "get_object", Key="k")
    a.ask("replace another", "put_object", Key="k", Body=b"3", IfMatch='"no"')
    a.ask("what it holds still", "get_object", Key="k")
    upload = a.s3.create_multipart_upload(Bucket=a.bucket, Key="k")["UploadId"]
    tag = a.s3.upload_part(Bucket=a.bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"4")["ETag"]
    a.ask("create from parts", "complete_multipart_upload", Key="k", UploadId=upload, IfNoneMatch="*",
          MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    a.ask("delete another", "delete_object", Key="k", IfMatch='"no"')
    a.ask("what is there still", "get_object", Key="k")


@case
def what_is_missing(a):
    other = {"Bucket": a.bucket + "-no"}
    a.ask("get", "get_object", Key="k", **other)
    a.ask("head", "head_bucket", **other)
    a.ask("list", "list_objects", **other)
    a.ask("put", "put_object", Key="k", Body=b"x", **other)
    a.ask("delete", "delete_bucket", **other)
    a.ask("copy of nothing", "copy_object", Key="x", CopySource=a.bucket + "/no")


@case
def listings(a):
    for key in ("a/1", "a/2", "b", "c/d/e", "\u00fc", "a+b c"):
        a.put(key, key.encode())
    for label, arguments in {"all": {}, "folders": {"Delimiter": "/"}, "prefix": {"Prefix": "a/"}, "two": {"MaxKeys": 2},
                             "none": {"MaxKeys": 0}, "other delimiter": {"Delimiter": "d"}, "no delimiter": {"Delimiter": ""},
                             "prefix that is none": {"Prefix": "zzz"}, "encoded": {"EncodingType": "url"}}.items():
        a.ask("v1 " + label, "list_objects", **arguments)
        a.ask("v2 " + label, "list_objects_v2", **arguments)
    a.ask("v1 after", "list_objects", Marker="a/2", Delimiter="/", MaxKeys=1)
    a.ask("v2 after", "list_objects_v2", StartAfter="b")
    page, number = a.s3.list_objects_v2(Bucket=a.bucket, MaxKeys=2), 1
    while page.get("NextContinuationToken"):
        number += 1
        page = a.ask(f"v2 page {number}", "list_objects_v2", MaxKeys=2, ContinuationToken=page["NextContinuationToken"])


@case
def deletes_of_many(a):
    for key in "abc":
        a.put(key)
    a.ask("two and a missing one", "delete_objects", "Deleted", Delete={"Objects": [{"Key": k} for k in ("a", "b", "no")]})
    a.ask("quietly", "delete_objects", "Deleted", Delete={"Objects": [{"Key": "c"}], "Quiet": True})
    a.ask("what is left", "list_objects_v2")


@case
def copies(a):
    a.put("k a", Metadata={"m": "1"}, ContentType="text/a")
    source = {"Bucket": a.bucket, "Key": "k a"}
    a.ask("copy", "copy_object", Key="t", CopySource=source)
    a.ask("what it is", "head_object", Key="t")
    a.ask("copy with other metadata", "copy_object", Key="u", CopySource=source, MetadataDirective="REPLACE",
          Metadata={"n": "2"}, ContentType="text/b")
    a.ask("what that is", "head_object", Key="u")
    a.ask("onto itself", "copy_object", Key="k a", CopySource=source)
    a.ask("onto itself with other metadata", "copy_object", Key="k a", CopySource=source, MetadataDirective="REPLACE",
          Metadata={"z": "1"})
    a.ask("what it is now", "head_object", Key="k a")
    a.ask("if it were another", "copy_object", Key="v", CopySource=source, CopySourceIfMatch='"no"')


@case
def uploads_in_parts(a):
    upload = a.s3.create_multipart_upload(Bucket=a.bucket, Key="k", Metadata={"m": "1"}, ContentType="text/m")["UploadId"]
    its = {"Key": "k", "UploadId": upload}
    parts = [{"PartNumber": number, "ETag": a.ask(f"part {number}", "upload_part", PartNumber=number,
                                                  Body=bytes([number]) * size, **its)["ETag"]}
             for number, size in ((1, 5 * MIB), (2, 5 * MIB), (3, 7))]
    a.ask("list of parts", "list_parts", **its)
    a.ask("a page of parts", "list_parts", MaxParts=1, **its)
    a.ask("list of uploads", "list_multipart_uploads")
    a.ask("complete with a part that is not there", "complete_multipart_upload",
          MultipartUpload={"Parts": [parts[0], {"PartNumber": 9, "ETag": parts[1]["ETag"]}]}, **its)
    a.ask("complete in the wrong order", "complete_multipart_upload",
          MultipartUpload={"Parts": [parts[1], parts[0]]}, **its)
    a.ask("complete", "complete_multipart_upload", MultipartUpload={"Parts": parts}, **its)
    a.ask("complete again", "complete_multipart_upload", MultipartUpload={"Parts": parts}, **its)
    a.ask("what it is", "head_object", Key="k")
    a.ask("its attributes", "get_object_attributes", Key="k", ObjectAttributes=["ETag", "ObjectSize", "StorageClass"])
    a.ask("across two parts", "get_object", Key="k", Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")


@case
def uploads_that_go_wrong(a):
    upload = a.s3.create_multipart_upload(Bucket=a.bucket, Key="k")["UploadId"]
    its = {"Key": "k", "UploadId": upload}
    a.ask("part of none", "upload_part", Key="k", UploadId="no", PartNumber=1, Body=b"x")
    a.ask("abort of none", "abort_multipart_upload", Key="k", UploadId="no")
    a.ask("complete without parts", "complete_multipart_upload", MultipartUpload={"Parts": []}, **its)
    a.ask("part 10001", "upload_part", PartNumber=10001, Body=b"x", **its)
    parts = [{"PartNumber": n, "ETag": a.s3.upload_part(Bucket=a.bucket, PartNumber=n, Body=b"small", **its)["ETag"]}
             for n in (1, 2)]
    a.ask("complete with small parts", "complete_multipart_upload", MultipartUpload={"Parts": parts}, **its)
    a.ask("abort", "abort_multipart_upload", **its)
    a.ask("abort again", "abort_multipart_upload", **its)
    a.ask("parts of what is gone", "list_parts", **its)


@case
def parts_that_are_copies(a):
    a.put("s", b"0123456789")
    upload = a.s3.create_multipart_upload(Bucket=a.bucket, Key="k")["UploadId"]
    its = {"Key": "k", "UploadId": upload, "PartNumber": 1, "CopySource": {"Bucket": a.bucket, "Key": "s"}}
    tag = a.s3.upload_part_copy(Bucket=a.bucket, CopySourceRange="bytes=2-5", **its)["CopyPartResult"]["ETag"]
    for text in ("bytes=0-100", "0-2", "bytes=0", "bytes=a-b"):
        a.ask(text, "upload_part_copy", CopySourceRange=text, **its)
    a.ask("complete", "complete_multipart_upload", Key="k", UploadId=upload,
          MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    a.ask("what it holds", "get_object", Key="k")


@case
def tags(a):
    a.ask("put with tags", "put_object", Key="k", Body=b"x", Tagging="a=b&c=d")
    a.ask("get them", "get_object_tagging", "TagSet", Key="k")
    a.ask("how many", "get_object", Key="k")
    a.ask("put others", "put_object_tagging", Key="k", Tagging={"TagSet": [{"Key": "z", "Value": "1"}]})
    a.ask("get the others", "get_object_tagging", Key="k")
    for label, set_ in {"eleven": [{"Key": str(i), "Value": "v"} for i in range(11)],
                        "a long key": [{"Key": "k" * 129, "Value": "v"}], "a long value": [{"Key": "k", "Value": "v" * 257}],
                        "one twice": [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]}.items():
        a.ask("put " + label, "put_object_tagging", Key="k", Tagging={"TagSet": set_})
    a.ask("delete them", "delete_object_tagging", Key="k")
    a.ask("get none", "get_object_tagging", Key="k")


@case
def versions(a):
    a.ask("none yet", "get_bucket_versioning")
    a.ask("enable", "put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
    ids = [a.put("k", str(i).encode()).get("VersionId", "none") for i in range(3)]
    for number, version in enumerate(ids):
        a.ask(f"get version {number}", "get_object", Key="k", VersionId=version)
    a.ask("list", "list_object_versions")
    marker = (a.ask("delete", "delete_object", Key="k") or {}).get("VersionId", "none")
    a.ask("get what is deleted", "get_object", Key="k")
    a.ask("list with a marker", "list_object_versions")
    a.ask("delete the marker", "delete_object", Key="k", VersionId=marker)
    a.ask("get what is back", "get_object", Key="k")
    a.ask("copy a version", "copy_object", Key="t", CopySource={"Bucket": a.bucket, "Key": "k", "VersionId": ids[0]})
    a.ask("delete versions", "delete_objects", "Deleted",
          Delete={"Objects": [{"Key": "k", "VersionId": ids[0]}, {"Key": "t"}]})
    a.ask("suspend", "put_bucket_versioning", VersioningConfiguration={"Status": "Suspended"})
    a.ask("put a null version", "put_object", Key="k", Body=b"null")
    a.ask("list with a null version", "list_object_versions")


@case
def locks(a):
    a.put("k")
    a.ask("of a bucket without", "get_object_lock_configuration")
    a.ask("retention without", "put_object_retention", Key="k",
          Retention={"Mode": "GOVERNANCE", "RetainUntilDate": "2040-01-01T00:00:00Z"})
    locked = {"Bucket": a.bucket + "-l"}
    a.ask("make one with", "create_bucket", ObjectLockEnabledForBucket=True, **locked)
    rule = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}}
    a.ask("say for how long", "put_object_lock_configuration", ObjectLockConfiguration=rule, **locked)
    a.ask("how long", "get_object_lock_configuration", **locked)
    version = (a.ask("put", "put_object", Key="k", Body=b"x", **locked) or {}).get("VersionId", "none")
    a.ask("retention", "get_object_retention", Key="k", **locked)
    a.ask("delete what is retained", "delete_object", Key="k", VersionId=version, **locked)
    a.ask("hold", "put_object_legal_hold", Key="k", LegalHold={"Status": "ON"}, **locked)
    a.ask("is it held", "get_object_legal_hold", Key="k", **locked)
    bypass = {"Key": "k", "VersionId": version, "BypassGovernanceRetention": True}
    a.ask("bypass what is held", "delete_object", **bypass, **locked)
    a.ask("let go", "put_object_legal_hold", Key="k", LegalHold={"Status": "OFF"}, **locked)
    a.ask("bypass", "delete_object", **bypass, **locked)


@case
def checksums(a):
    for algorithm in ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"):
        a.ask("put with " + algorithm, "put_object", Key=algorithm, Body=b"hello world", ChecksumAlgorithm=algorithm)
    a.ask("a wrong one", "put_object", Key="k", Body=b"hello", ChecksumSHA256=base64.b64encode(bytes(32)).decode())
    a.ask("wrong bytes", "get_object", Key="k")
    a.ask("a wrong MD5", "put_object", Key="k", Body=b"hello", ContentMD5=base64.b64encode(bytes(16)).decode())


@case
def encryption(a):
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"0" * 32}
    a.ask("put with a key", "put_object", Key="c", Body=b"secret", **key)
    a.ask("get without", "get_object", Key="c")
    a.ask("get with", "get_object", Key="c", **key)
    a.ask("get with another", "get_object", Key="c", SSECustomerAlgorithm="AES256", SSECustomerKey=b"1" * 32)


@case
def lifecycles(a):
    rules = [{"ID": "one", "Expiration": {"Days": 1}, "Filter": {"Prefix": "a/"}, "Status": "Enabled"},
             {"ID": "two", "Expiration": {"Days": 2}, "Filter": {"Prefix": "b/"}, "Status": "Disabled"}]
    a.ask("none", "get_bucket_lifecycle_configuration")
    a.ask("put", "put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": rules})
    a.ask("get", "get_bucket_lifecycle_configuration", "Rules")
    for label, change in {"a long id": {"ID": "x" * 256}, "no such status": {"Status": "enabled"},
                          "no days": {"Expiration": {"Days": 0}}}.items():
        a.ask("put " + label, "put_bucket_lifecycle_configuration",
              LifecycleConfiguration={"Rules": [{**rules[0], **change}]})
    a.ask("put one twice", "put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": [rules[0]] * 2})
    a.ask("delete", "delete_bucket_lifecycle")
    a.ask("none again", "get_bucket_lifecycle_configuration")


@case
def documents_of_buckets(a):
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:ListBucket",
                                                      "Resource": ["arn:aws:s3:::" + a.bucket]}]}
    for kind, name, document in (
            ("cors", "CORSConfiguration", {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*.example"]}]}),
            ("tagging", "Tagging", {"TagSet": [{"Key": "a", "Value": "b"}]}),
            ("policy", "Policy", json.dumps(policy))):
        a.ask(f"no {kind}", f"get_bucket_{kind}")
        a.ask(f"put {kind}", f"put_bucket_{kind}", **{name: document})
        a.ask(f"get {kind}", f"get_bucket_{kind}")
        a.ask(f"delete {kind}", f"delete_bucket_{kind}")
        a.ask(f"{kind} gone", f"get_bucket_{kind}")
    a.ask("put a block", "put_public_access_block", PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": False})
    a.ask("get the block", "get_public_access_block")
    a.ask("put a public policy", "put_bucket_policy", Policy=json.dumps(policy))
    a.ask("delete the block", "delete_public_access_block")
    a.ask("location", "get_bucket_location")
    a.ask("notification", "get_bucket_notification_configuration")


@case
def buckets(a):
    a.ask("again", "create_bucket")
    a.ask("head", "head_bucket")
    a.put("k")
    a.ask("delete what is full", "delete_bucket")
    a.s3.delete_object(Bucket=a.bucket, Key="k")
    a.ask("delete", "delete_bucket")
    a.ask("delete again", "delete_bucket")


@case
def odd_keys(a):
    for key in ("a//b", "a/./b", "a/../b", "./x", "+ %20", "\u00fc/\u65e5\u672c", "tail/", "~", "a?b#c", '"quoted"',
                "<xml>&amp;", "x" * 1024, " lead", "a\\b", "%2F", "a;b=c", "\U0001f600", "a\tb"):
        label = json.dumps(key)[:20]
        a.ask("put " + label, "put_object", Key=key, Body=key.encode())
        a.ask("get " + label, "get_object", Key=key)
    a.ask("list", "list_objects_v2")


@case
def presigned(a):
    a.put("k", b"hello")

    def url(operation, **arguments):
        return a.s3.generate_presigned_url(operation, Params={"Bucket": a.bucket, **arguments}, ExpiresIn=60)

    get = url("get_object", Key="k")
    a.keep("get", requests.get(get).text)
    a.keep("get with a wrong signature", requests.get(get + "x").status_code)
    a.keep("put", requests.put(url("put_object", Key="p"), data=b"q").status_code)
    a.ask("what was put", "get_object", Key="p")
    a.keep("delete", requests.delete(url("delete_object", Key="k")).status_code)
    a.keep("get what is gone", requests.get(get).status_code)
    a.keep("unsigned", requests.get(get.split("?")[0]).status_code)


def main(first, second):
    same = different = 0
    for function in CASES:
        answers = []
        for service in (first, second):
            asking = Asking(service, function.__name__)
            asking.s3.create_bucket(Bucket=asking.bucket)
            try:
                function(asking)
            except Exception as error:  # the questions after it could not be asked
                asking.keep("broke off", f"{type(error).__name__}: {error}")
            answers.append(asking.answers)
        for label in dict.fromkeys([*answers[0], *answers[1]]):
            one, other = (answer.get(label, "was not asked") for answer in answers)
            if one == other:
                same += 1
            else:
                different += 1
                print(f"DIFFERENT {function.__name__}: {label} | {str(one)[:200]} | {str(other)[:200]}")
    print(f"SAME {same} of {same + different}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
