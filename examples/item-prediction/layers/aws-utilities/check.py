# SPDX-License-Identifier: Apache-2.0
"""A client of each kept service can be made and signs a request; a dropped service says so by name."""
import boto3
from botocore.exceptions import UnknownServiceError

KEPT = ["s3", "lambda", "dynamodb", "sts", "iam", "cloudformation", "logs", "events"]

session = boto3.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="example", region_name="us-west-2")
for service in KEPT:
    client = session.client(service)
    assert client.meta.region_name in ("us-west-2", "aws-global"), service
    assert client.meta.endpoint_url.startswith("https://"), service
    assert client.meta.service_model.operation_names, service

assert session.get_available_services() == sorted(KEPT), session.get_available_services()
try:
    session.client("sqs")
except UnknownServiceError as error:
    assert "sqs" in str(error) and "s3" in str(error), error
else:
    raise AssertionError("sqs is not kept, and yet a client of it could be made")

url = session.client("s3").generate_presigned_url("get_object", Params={"Bucket": "orders", "Key": "rows.json"})
assert "orders" in url and "Signature=" in url, url
assert session.client("s3").get_paginator("list_objects_v2") and session.client("lambda").get_waiter("function_active_v2")
session.resource("dynamodb").Table("orders")
